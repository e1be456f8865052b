"""Meetings of committees: planned, held with their attendance and quorum, cancelled; decisions name them."""

from datetime import timedelta
from typing import Any

import pytest

from shared.clock import today
from tests.services.territory.api import NATIONAL, REGION, TEAM, Api
from tests.services.territory.conftest import PublishedFacts
from tests.services.territory.places import BPIFRANCE, MINISTRY, NOUVELLE_AQUITAINE, OCCITANIE, PAU_BEARN

DAY = "2019-09-02"


async def committee_of_three(api: Api, **other: Any) -> Any:
    """A regional committee with its chair, a member and an observer, and a quorum of two unless the test says else."""
    committee = await api.establish_regional()
    for siren, capacity in ((OCCITANIE, "member"), (BPIFRANCE, "observer")):
        seat = {"organisation": siren, "capacity": capacity, "since": "2019-02-01"}
        await api.post(f"/v1/committees/{committee['id']}/seats", seat, by=REGION)
    body = {"minimum": 2, "on": "2019-02-01", **other}
    return await api.post(f"/v1/committees/{committee['id']}/quorum", body, by=REGION, status=200)


async def plan(api: Api, committee: Any, *, status: int = 201, **other: Any) -> Any:
    """Plan a meeting of a regional committee."""
    body = {"day": DAY, "agenda": ["Examen du projet de contrat", "Questions diverses"], **other}
    return await api.post(f"/v1/committees/{committee['id']}/meetings", body, by=REGION, status=status)


async def hold(api: Api, meeting: Any, present: list[str], *, status: int = 200) -> Any:
    """Record the attendance of a meeting."""
    path = f"/v1/committees/{meeting['committee_id']}/meetings/{meeting['id']}/hold"
    return await api.post(path, {"present": present}, by=REGION, status=status)


async def test_a_held_meeting_shows_its_attendance_and_quorum(api_on_both: Api) -> None:
    api = api_on_both
    committee = await committee_of_three(api)
    meeting = await plan(api, committee, title="Réunion (synthétique)", place="Bordeaux")

    assert (meeting["status"], meeting["is_quorate"], meeting["present"]) == ("planned", None, [])
    short = await hold(api, meeting, [NOUVELLE_AQUITAINE, BPIFRANCE])
    assert (short["voting_present"], short["voting_seats"], short["quorum"], short["is_quorate"]) == (1, 2, 2, False)
    full = await hold(api, await plan(api, committee), [OCCITANIE, NOUVELLE_AQUITAINE])
    assert (full["status"], full["voting_present"], full["is_quorate"]) == ("held", 2, True)
    path = f"/v1/committees/{committee['id']}/meetings"
    assert [each["id"] for each in (await api.get(f"{path}?status=held"))["items"]] == [short["id"], full["id"]]
    assert len((await api.get(f"{path}?limit=1"))["items"]) == 1
    await api.get(f"{path}?status=unknown", status=422)
    shown = await api.get(f"/v1/meetings/{full['id']}")
    assert {name: shown[name] for name in full} == full
    assert len((await api.get(f"/v1/meetings/{full['id']}/history"))["items"]) == 2
    await hold(api, full, [NOUVELLE_AQUITAINE], status=409)


async def test_a_held_meeting_is_published(api: Api, published: PublishedFacts) -> None:
    committee = await committee_of_three(api)

    await hold(api, await plan(api, committee), [OCCITANIE, NOUVELLE_AQUITAINE])

    quorum, held = (await published())[-2:]
    assert (quorum["fact"], quorum["quorum"]) == ("CommitteeChanged.v1", 2)
    assert (held["fact"], held["day"], held["agenda_items"], held["is_quorate"]) == ("MeetingHeld.v1", DAY, 2, True)
    assert held["present"] == sorted([OCCITANIE, NOUVELLE_AQUITAINE])


async def test_an_organisation_that_does_not_sit_that_day_was_not_present(api: Api) -> None:
    committee = await committee_of_three(api)
    before = await plan(api, committee, day="2019-01-31")

    for present in ([MINISTRY], [NOUVELLE_AQUITAINE, OCCITANIE]):
        problem = await hold(api, before, present, status=422)
        assert problem["code"] == "attendance-not-fitting"
        assert present[-1] in problem["detail"]


async def test_a_plan_may_lie_ahead_but_a_held_meeting_may_not(api: Api) -> None:
    committee = await api.establish_regional()

    ahead = await plan(api, committee, day=(today() + timedelta(days=30)).isoformat())

    await hold(api, ahead, [NOUVELLE_AQUITAINE], status=422)
    for day in ("2019-01-20", (today() + timedelta(days=3000)).isoformat()):
        await plan(api, committee, day=day, status=422)


async def test_a_planned_meeting_is_cancelled_with_its_reason(api: Api) -> None:
    committee = await api.establish_regional()
    meeting = await plan(api, committee)
    path = f"/v1/committees/{committee['id']}/meetings/{meeting['id']}"

    cancelled = await api.post(f"{path}/cancel", {"reason": "Reportée"}, by=REGION, status=200)

    assert (cancelled["status"], cancelled["cancelled_because"]) == ("cancelled", "Reportée")
    await hold(api, meeting, [NOUVELLE_AQUITAINE], status=409)
    await api.post(f"{path}/cancel", {"reason": "Encore"}, by=REGION, status=409)


@pytest.mark.parametrize("agenda", [["x" * 301], ["point"] * 51, ["écrire à a@example.org"], ["  "], ["a\nb"]])
async def test_an_agenda_is_short_lines_without_addresses(api: Api, agenda: list[str]) -> None:
    await plan(api, await api.establish_regional(), agenda=agenda, status=422)


@pytest.mark.parametrize("by", [NATIONAL, TEAM, f"region:{OCCITANIE}"])
async def test_meetings_are_managed_by_whoever_manages_the_committee(api: Api, by: str) -> None:
    committee = await api.establish_regional()
    meeting = await plan(api, committee)
    path = f"/v1/committees/{committee['id']}"

    await api.post(f"{path}/quorum", {"minimum": 1, "on": DAY}, by=by, status=403)
    await api.post(f"{path}/meetings", {"day": DAY}, by=by, status=403)
    await api.post(f"{path}/meetings/{meeting['id']}/hold", {"present": []}, by=by, status=403)
    await api.post(f"{path}/meetings/{meeting['id']}/cancel", {"reason": "Non"}, by=by, status=403)


async def test_a_meeting_of_another_committee_is_not_found(api: Api) -> None:
    meeting = await plan(api, await api.establish_regional())
    other = await api.establish_regional(by=f"region:{OCCITANIE}", region="76", chair=OCCITANIE)

    path = f"/v1/committees/{other['id']}/meetings/{meeting['id']}"
    await api.post(f"{path}/cancel", {"reason": "Non"}, by=f"region:{OCCITANIE}", status=404)
    await api.get("/v1/meetings/00000000-0000-4000-8000-000000000000", status=404)


async def test_a_quorum_holds_from_its_day_until_it_is_lifted(api: Api) -> None:
    committee = await committee_of_three(api)
    path = f"/v1/committees/{committee['id']}"

    lifted = await api.post(f"{path}/quorum", {"minimum": None, "on": "2020-01-01"}, by=REGION, status=200)

    assert lifted["quorum"] is None
    quorums = [(await api.get(f"{path}?as_of={day}"))["quorum"] for day in ("2019-01-31", "2019-02-01", "2020-01-01")]
    assert quorums == [None, 2, None]
    for day in ("2019-12-31", "2999-01-01"):
        await api.post(f"{path}/quorum", {"minimum": 1, "on": day}, by=REGION, status=422)


async def test_the_quorum_that_a_committee_has_is_no_change(api: Api, published: PublishedFacts) -> None:
    path = f"/v1/committees/{(await api.establish_regional())['id']}/quorum"

    none = await api.post(path, {"minimum": None, "on": "2019-02-01"}, by=REGION, status=422)
    await api.post(path, {"minimum": 2, "on": "2019-02-01"}, by=REGION, status=200)
    facts = len(await published())
    for day in ("2019-02-01", "2020-01-01"):
        same = await api.post(path, {"minimum": 2, "on": day}, by=REGION, status=422)
        assert same["code"] == "nothing-changes"
        assert f"a quorum of 2 on {day}" in same["detail"]

    assert "no quorum on 2019-02-01" in none["detail"]
    assert len(await published()) == facts


async def test_with_a_quorum_a_decision_names_a_quorate_meeting_of_its_day(api: Api) -> None:
    committee = await committee_of_three(api)
    short, full, planned = [await plan(api, committee) for _ in range(3)]
    other_day = await plan(api, committee, day="2019-09-03")
    await hold(api, short, [NOUVELLE_AQUITAINE, BPIFRANCE])
    for meeting in (full, other_day):
        await hold(api, meeting, [NOUVELLE_AQUITAINE, OCCITANIE])
    elsewhere = await api.establish_regional(by=f"region:{OCCITANIE}", region="76", chair=OCCITANIE)
    path = f"/v1/committees/{elsewhere['id']}/meetings"
    foreign = await api.post(path, {"day": DAY}, by=f"region:{OCCITANIE}")
    decision: dict[str, Any] = {"kind": "other", "territories": []}

    for meeting, words in (
        (None, "quorum of 2"),
        (planned, "is planned"),
        (other_day, "was held on 2019-09-03"),
        (short, "1 seats with a vote present of 2"),
        (foreign, "is one of the committee"),
    ):
        named = {"meeting_id": meeting["id"]} if meeting else {}
        problem = await api.decide(committee, status=409, **decision, **named)
        assert words in problem["detail"]
    decided = await api.decide(committee, **decision, meeting_id=full["id"])

    assert decided["meeting_id"] == full["id"]
    # Before its first day the quorum asks for nothing.
    assert (await api.decide(committee, **decision, decided_on="2019-01-31"))["meeting_id"] is None
    await api.decide(committee, **decision, meeting_id="00000000-0000-4000-8000-000000000000", status=404)


async def test_without_a_quorum_any_held_meeting_is_quorate(api: Api) -> None:
    committee = await api.establish_regional()
    meeting = await hold(api, await plan(api, committee), [])

    decided = await api.decide(committee, kind="other", territories=[], meeting_id=meeting["id"])

    assert (meeting["is_quorate"], decided["meeting_id"]) == (True, meeting["id"])


async def test_the_checklist_names_the_last_meeting_of_the_project_committee(api: Api) -> None:
    await api.appoint()
    body = {
        "level": "project", "name": "Comité de projet", "territory": "2018-ti-7505", "chair": PAU_BEARN,
        "established_on": "2019-04-01", "quorum": 1,
    }  # fmt: skip
    committee = await api.post("/v1/committees", body, by=TEAM)
    path = f"/v1/committees/{committee['id']}/meetings"
    for day in ("2019-05-01", "2019-06-01"):
        meeting = await api.post(path, {"day": day}, by=TEAM)
        await api.post(f"{path}/{meeting['id']}/hold", {"present": [PAU_BEARN]}, by=TEAM, status=200)
    await api.post(path, {"day": "2019-07-01"}, by=TEAM)

    assert committee["quorum"] == 1
    for query, state, since in (
        ("?as_of=2019-04-30", "lacks", None),
        ("?as_of=2019-05-31", "stands", "2019-05-01"),
        ("", "stands", "2019-06-01"),
    ):
        items = (await api.get(f"/v1/territories/2018-ti-7505/governance{query}"))["items"]
        [item] = [each for each in items if each["code"] == "last_meeting"]
        assert (item["state"], item["since"]) == (state, since)
