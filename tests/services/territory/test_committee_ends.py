"""Ends of committees and of seats: nothing that a committee did is left after its end."""

from datetime import timedelta
from typing import Any

import pytest

from shared.clock import today
from tests.services.territory.api import NATIONAL, PILOTS, REGION, SOMEBODY, SOMEBODY_ELSE, TEAM, Api
from tests.services.territory.places import (
    BPIFRANCE,
    COMPANY,
    LACQ_PAU_TARBES,
    NOUVELLE_AQUITAINE,
    OCCITANIE,
    PAU_BEARN,
)


async def regional(api: Api) -> tuple[Any, str]:
    """The committee of Nouvelle-Aquitaine since 2019-01-21, and its path."""
    committee = await api.establish_regional()
    return committee, f"/v1/committees/{committee['id']}"


async def seat(api: Api, path: str, siren: str, *, since: str, by: str = REGION, status: int = 201) -> Any:
    """Give an organisation a seat as a member."""
    body = {"organisation": siren, "capacity": "member", "since": since}
    return await api.post(f"{path}/seats", body, by=by, status=status)


async def meet(api: Api, path: str, day: str, present: list[str] | None = None, *, by: str = REGION) -> Any:
    """Plan a meeting; hold it if somebody was present."""
    meeting = await api.post(f"{path}/meetings", {"day": day}, by=by)
    if present is None:
        return meeting
    return await api.post(f"{path}/meetings/{meeting['id']}/hold", {"present": present}, by=by, status=200)


async def end(api: Api, path: str, on: str, *, by: str = REGION, status: int = 200) -> Any:
    """Dissolve a committee, or end a seat."""
    action = "end" if "/seats/" in path else "dissolve"
    return await api.post(f"{path}/{action}", {"on": on}, by=by, status=status)


async def test_the_composition_of_a_dissolved_committee_no_longer_changes(api: Api) -> None:
    _, path = await regional(api)
    given = await seat(api, path, OCCITANIE, since="2019-02-01")
    await end(api, path, "2020-07-01")

    for action, body in (
        ("chair", {"chair": NOUVELLE_AQUITAINE, "on": "2020-01-01"}),
        ("seats", {"organisation": BPIFRANCE, "capacity": "member", "since": "2020-01-01"}),
        (f"seats/{given['id']}/end", {"on": "2020-01-01"}),
        ("quorum", {"minimum": 1, "on": "2020-01-01"}),
    ):
        problem = await api.post(f"{path}/{action}", body, by=REGION, status=409)
        assert problem["code"] == "committee-dissolved"
        assert "dissolved on 2020-07-01" in problem["detail"]
    assert (await api.get(f"{path}?as_of=2022-01-01"))["seats"] == []
    # What it did on its days may be recorded later.
    assert (await meet(api, path, "2020-06-30", [NOUVELLE_AQUITAINE]))["status"] == "held"


async def test_a_committee_is_dissolved_after_all_that_it_did(api: Api) -> None:
    committee, path = await regional(api)
    held = await meet(api, path, "2019-09-02", [NOUVELLE_AQUITAINE])
    decision = await api.decide(committee, kind="other", territories=[], decided_on="2019-10-01")
    given = await seat(api, path, OCCITANIE, since="2019-11-01")

    late_seat = await end(api, path, "2019-10-31", status=422)
    await end(api, f"{path}/seats/{given['id']}", "2019-12-01")
    # That the seat has ended does not matter: it began after the end of the committee.
    ended_seat = await end(api, path, "2019-10-02", status=422)

    for problem in (late_seat, ended_seat):
        assert problem["errors"][0]["pointer"] == "/on"
        assert f"the seat of {OCCITANIE}" in problem["detail"]
        assert "2019-11-01" in problem["detail"]
    assert (await api.get(f"{path}/meetings"))["items"] == [held]
    assert (await api.get("/v1/decisions", by=REGION))["items"] == [decision]


@pytest.mark.parametrize("on", ["2019-06-01", "2019-09-02"])
async def test_a_held_meeting_or_a_decision_is_not_left_after_the_end(api: Api, on: str) -> None:
    committee, path = await regional(api)
    decision = await api.decide(committee, kind="other", territories=[], decided_on="2019-09-02")

    decided = await end(api, path, on, status=422)
    held = await meet(api, path, "2019-09-03", [NOUVELLE_AQUITAINE])
    met = await end(api, path, on, status=422)

    assert decision["id"] in decided["detail"]
    assert "2019-09-02" in decided["detail"]
    assert held["id"] in met["detail"]
    assert "2019-09-03" in met["detail"]
    assert (await end(api, path, "2019-09-04"))["dissolved_on"] == "2019-09-04"


async def test_the_end_of_a_committee_cuts_its_seats_and_its_quorum_and_cancels_its_plans(api: Api) -> None:
    _, path = await regional(api)
    given = await seat(api, path, OCCITANIE, since="2019-02-01")
    await end(api, f"{path}/seats/{given['id']}", "2019-12-01")
    await api.post(f"{path}/quorum", {"minimum": 2, "on": "2019-03-01"}, by=REGION, status=200)
    await api.post(f"{path}/quorum", {"minimum": 1, "on": "2020-01-01"}, by=REGION, status=200)
    before = await meet(api, path, "2019-05-31")
    ahead = await meet(api, path, (today() + timedelta(days=30)).isoformat())

    dissolved = await end(api, path, "2019-06-01")

    assert dissolved["quorum"] == 2
    assert [each["organisation"] for each in (await api.get(f"{path}?as_of=2019-05-31"))["seats"]] == [
        NOUVELLE_AQUITAINE,
        OCCITANIE,
    ]
    assert (await api.get(f"{path}?as_of=2019-06-01"))["seats"] == []
    meetings = {each["id"]: each for each in (await api.get(f"{path}/meetings"))["items"]}
    assert meetings[before["id"]]["status"] == "planned"
    cancelled = meetings[ahead["id"]]
    assert (cancelled["status"], cancelled["cancelled_because"]) == ("cancelled", "Comité dissous le 2019-06-01")


async def test_an_organisation_sat_until_the_last_meeting_at_which_it_was_present(api: Api) -> None:
    _, path = await regional(api)
    given = await seat(api, path, OCCITANIE, since="2019-02-01")
    held = await meet(api, path, "2020-05-01", [NOUVELLE_AQUITAINE, OCCITANIE])
    await meet(api, path, "2020-06-01", [NOUVELLE_AQUITAINE])

    for on in ("2020-01-01", "2020-05-01"):
        problem = await end(api, f"{path}/seats/{given['id']}", on, status=422)
        assert held["id"] in problem["detail"]
        assert "2020-05-01" in problem["detail"]
    assert (await end(api, f"{path}/seats/{given['id']}", "2020-05-02"))["until"] == "2020-05-02"


async def project(api: Api) -> str:
    """The path of the project committee of Lacq-Pau-Tarbes, chaired by its élu since 2019-04-01."""
    await api.register_company()
    await api.appoint()
    await api.appoint("industriel", person=SOMEBODY_ELSE, organisation=COMPANY)
    body = {
        "level": "project", "name": "Comité de projet", "territory": LACQ_PAU_TARBES, "chair": PAU_BEARN,
        "established_on": "2019-04-01",
    }  # fmt: skip
    return f"/v1/committees/{(await api.post('/v1/committees', body, by=TEAM))['id']}"


async def test_a_former_chair_presided_the_last_meeting_at_which_it_was_present(api: Api) -> None:
    path = await project(api)
    held = await meet(api, path, "2020-05-01", [PAU_BEARN], by=TEAM)

    problem = await api.post(f"{path}/chair", {"chair": COMPANY, "on": "2020-01-01"}, by=TEAM, status=422)
    await api.post(f"{path}/chair", {"chair": COMPANY, "on": "2020-05-02"}, by=TEAM, status=200)

    assert held["id"] in problem["detail"]


async def test_an_ended_seat_of_a_new_chair_is_cut_on_the_first_day_as_chair(api: Api) -> None:
    path = await project(api)
    given = await seat(api, path, COMPANY, since="2019-05-01", by=TEAM)
    await end(api, f"{path}/seats/{given['id']}", "2020-06-01", by=TEAM)

    await api.post(f"{path}/chair", {"chair": COMPANY, "on": "2020-01-01"}, by=TEAM, status=200)

    seats = (await api.get(f"{path}?as_of=2020-03-01"))["seats"]
    assert [(each["organisation"], each["capacity"]) for each in seats] == [(COMPANY, "chair")]
    held = await meet(api, path, "2020-03-01", [COMPANY], by=TEAM)
    assert (held["voting_seats"], held["voting_present"]) == (1, 1)


async def test_a_new_chair_that_sits_later_is_refused_by_the_day_of_its_seat(api: Api) -> None:
    path = await project(api)
    given = await seat(api, path, COMPANY, since="2020-03-01", by=TEAM)
    await end(api, f"{path}/seats/{given['id']}", "2020-06-01", by=TEAM)

    problem = await api.post(f"{path}/chair", {"chair": COMPANY, "on": "2020-02-29"}, by=TEAM, status=409)

    assert (problem["code"], problem["seat_id"]) == ("seat-taken", given["id"])
    assert "2020-03-01" in problem["detail"]
    await api.post(f"{path}/chair", {"chair": COMPANY, "on": "2020-03-01"}, by=TEAM, status=200)


async def test_a_taken_seat_names_the_way_out_that_is_open(api: Api) -> None:
    path = await project(api)
    given = await seat(api, path, COMPANY, since="2019-05-01", by=TEAM)

    chair = await seat(api, path, PAU_BEARN, since="2020-01-01", by=TEAM, status=409)
    member = await seat(api, path, COMPANY, since="2020-01-01", by=TEAM, status=409)
    await end(api, f"{path}/seats/{given['id']}", "2020-06-01", by=TEAM)
    ended = await seat(api, path, COMPANY, since="2020-01-01", by=TEAM, status=409)

    assert "/chair" in chair["detail"]
    assert "/end" not in chair["detail"]
    assert f"/seats/{given['id']}/end" in member["detail"]
    assert "/end" not in ended["detail"]
    assert "give 2020-06-01 or a later day" in ended["detail"]
    await seat(api, path, COMPANY, since="2020-06-01", by=TEAM)


async def test_a_seat_that_was_given_today_ends_today_and_counts_on_no_day(api: Api) -> None:
    path = f"/v1/committees/{(await api.establish_regional())['id']}"
    now = today().isoformat()
    given = await seat(api, path, OCCITANIE, since=now)

    ended = await end(api, f"{path}/seats/{given['id']}", now)

    assert (ended["since"], ended["until"]) == (now, now)
    assert [each["organisation"] for each in (await api.get(f"{path}?as_of={now}"))["seats"]] == [NOUVELLE_AQUITAINE]
    again = await seat(api, path, OCCITANIE, since=now)
    await end(api, f"{path}/seats/{again['id']}", now)
    duplicate = {"of": BPIFRANCE, "decision": "same", "reason": "Doublon (synthétique)"}
    await api.register_company()
    sits = await seat(api, path, COMPANY, since=now)
    await end(api, f"{path}/seats/{sits['id']}", now)
    await api.post(f"/v1/organisations/{COMPANY}/duplicate", duplicate, by=NATIONAL, status=200)


async def test_a_committee_that_was_established_today_is_dissolved_today_and_another_one_follows(api: Api) -> None:
    now = today().isoformat()
    body = {"level": "regional", "name": "Comité", "region": "75", "chair": NOUVELLE_AQUITAINE, "established_on": now}
    path = f"/v1/committees/{(await api.post('/v1/committees', body, by=REGION))['id']}"
    await seat(api, path, OCCITANIE, since=now)

    dissolved = await end(api, path, now)

    assert (dissolved["dissolved_on"], dissolved["seats"]) == (now, [])
    other = await api.post("/v1/committees", body, by=REGION)
    listed = await api.get(f"/v1/committees?region=75&as_of={now}")
    assert [each["id"] for each in listed["items"]] == [other["id"]]


async def test_another_chair_of_today_replaces_the_one_of_today(api: Api) -> None:
    now = today().isoformat()
    await api.register_company()
    for capacity, organisation in (("elu", PAU_BEARN), ("industriel", COMPANY)):
        person = SOMEBODY if capacity == "elu" else SOMEBODY_ELSE
        await api.appoint(capacity, person=person, organisation=organisation)
    body = {
        "level": "project",
        "name": "Comité de projet",
        "territory": LACQ_PAU_TARBES,
        "chair": PAU_BEARN,
        "established_on": now,
    }
    path = f"/v1/committees/{(await api.post('/v1/committees', body, by=TEAM))['id']}"
    await seat(api, path, COMPANY, since=now, by=TEAM)

    changed = await api.post(f"{path}/chair", {"chair": COMPANY, "on": now}, by=TEAM, status=200)

    seats = [(each["organisation"], each["capacity"]) for each in changed["seats"]]
    assert (changed["chair"], seats) == (COMPANY, [(COMPANY, "chair")])


async def test_no_refusal_names_an_impossible_range_of_days(api: Api) -> None:
    """Each thing begins today, and its end is given as today or before: the refusal says a way that is open."""
    now, before = today().isoformat(), (today() - timedelta(days=1)).isoformat()
    body = {"capacity": "elu", "person_id": SOMEBODY, "organisation": PAU_BEARN, "since": now}
    pilot = await api.post(PILOTS, body, by=TEAM)
    company = {"siren": COMPANY, "name": "Ateliers du Gave (synthétique)", "kind": "company", "synthetic": True}
    tomorrow = (today() + timedelta(days=1)).isoformat()
    await api.post("/v1/organisations", {**company, "created_on": tomorrow}, by=NATIONAL)
    named = {"name": "Ateliers (synthétique)", "renamed_on": now, "reason": "Nom (synthétique)"}
    close = {"valid_to": before, "reason": "Fin (synthétique)"}

    refusals = [
        await api.post(f"{PILOTS}/{pilot['id']}/end", {"on": now}, by=TEAM, status=422),
        await api.patch(f"/v1/organisations/{COMPANY}", named, by=NATIONAL, status=422),
        await api.post(f"/v1/organisations/{COMPANY}/close", close, by=NATIONAL, status=422),
    ]

    for refusal in refusals:
        assert f"give a day from {tomorrow}" not in refusal["detail"]
        assert f"a day after {now}" not in refusal["detail"]
    assert "POST …/cancel" in refusals[0]["detail"]
    assert "record it later" in refusals[1]["detail"]
    assert f"since {tomorrow}: record its end on that day or later" in refusals[2]["detail"]
