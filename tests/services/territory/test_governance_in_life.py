"""Committees, meetings and decisions in the life of their territory, and in its régions of the day."""

from typing import Any

import pytest

from tests.services.territory.api import NATIONAL, SOMEBODY, TEAM, Api
from tests.services.territory.conftest import PublishedFacts
from tests.services.territory.places import (
    COMPANY,
    LACQ_PAU_TARBES,
    LACQ_PAU_TARBES_AGAIN,
    OCCITANIE,
    PACA,
    PAU_BEARN,
    RHONE_LEZ,
)

TERRITORY = f"/v1/territories/{LACQ_PAU_TARBES}"
WHY = "Essai (synthétique)"


async def appoint(api: Api, territory: str, since: str) -> None:
    """Appoint an élu."""
    body = {"capacity": "elu", "person_id": SOMEBODY, "organisation": PAU_BEARN, "since": since}
    await api.post(f"/v1/territories/{territory}/pilots", body, by=TEAM)


async def establish(api: Api, on: str, *, territory: str = LACQ_PAU_TARBES, status: int = 201) -> Any:
    """Establish a project committee, chaired by the élu."""
    body = {
        "level": "project", "name": "Comité de projet", "territory": territory, "chair": PAU_BEARN,
        "established_on": on,
    }  # fmt: skip
    return await api.post("/v1/committees", body, by=TEAM, status=status)


async def meet(api: Api, committee: Any, day: str, *, status: int = 201) -> Any:
    """Plan a meeting of a project committee."""
    return await api.post(f"/v1/committees/{committee['id']}/meetings", {"day": day}, by=TEAM, status=status)


async def hold(api: Api, meeting: Any) -> Any:
    """Record that a meeting was held."""
    path = f"/v1/committees/{meeting['committee_id']}/meetings/{meeting['id']}/hold"
    return await api.post(path, {"present": [PAU_BEARN]}, by=TEAM, status=200)


async def close(api: Api, on: str, *, status: int = 200) -> Any:
    """Close Lacq-Pau-Tarbes."""
    return await api.post(f"{TERRITORY}/close", {"on": on, "reason": WHY}, by=NATIONAL, status=status)


async def correct(api: Api, *members: Any) -> None:
    """Correct the days of members: their SIREN, first and last day."""
    rows = [{"siren": siren, "memberships": [{"entered_on": first, "left_on": left}]} for siren, first, left in members]
    body = {"members": rows, "reason": WHY}
    await api.post(f"{TERRITORY}/perimeter/corrections", body, by=NATIONAL, status=200)


async def test_a_project_committee_is_established_in_the_life_of_its_territory(api: Api) -> None:
    await appoint(api, LACQ_PAU_TARBES_AGAIN, "2023-11-09")
    await appoint(api, LACQ_PAU_TARBES, "2019-03-25")
    await close(api, "2020-12-01")

    early = await establish(api, "2019-01-21", territory=LACQ_PAU_TARBES_AGAIN, status=422)
    late = await establish(api, "2020-12-01", status=422)

    for problem, words in ((early, "exists since 2023-11-09"), (late, "was closed on 2020-12-01")):
        assert (problem["code"], problem["errors"][0]["pointer"]) == ("day-not-plausible", "/established_on")
        assert words in problem["detail"]
    await establish(api, "2023-11-09", territory=LACQ_PAU_TARBES_AGAIN)
    await establish(api, "2020-11-30")


async def test_a_project_committee_is_presided_by_the_pair_of_its_first_day(api: Api) -> None:
    await appoint(api, LACQ_PAU_TARBES, "2019-03-25")

    early = await establish(api, "2019-03-24", status=422)

    assert early["code"] == "chair-not-fitting"
    assert "in office on 2019-03-24" in early["detail"]
    await establish(api, "2019-03-25")


@pytest.mark.parametrize("kind", ["other", "action_plan"])
async def test_a_decision_is_about_territories_in_the_programme_on_its_day(api: Api, kind: str) -> None:
    committee = await api.establish_regional()
    await close(api, "2020-12-01")
    both: dict[str, Any] = {"kind": kind, "territories": [LACQ_PAU_TARBES, LACQ_PAU_TARBES_AGAIN]}

    early = await api.decide(committee, status=422, **both, decided_on="2019-09-02")
    late = await api.decide(committee, status=422, **both, decided_on="2020-12-01")

    assert f"{LACQ_PAU_TARBES_AGAIN} exists since 2023-11-09" in early["detail"]
    assert [error["pointer"] for error in late["errors"]] == ["/decided_on", "/decided_on"]
    assert f"{LACQ_PAU_TARBES} was closed on 2020-12-01" in late["errors"][0]["detail"]
    await api.decide(committee, kind=kind, decided_on="2020-11-30")
    await api.decide(committee, kind=kind, territories=[LACQ_PAU_TARBES_AGAIN], decided_on="2023-11-09")


async def test_the_committee_of_a_closed_territory_does_nothing_from_the_closing_on(api: Api) -> None:
    await api.register_company()
    await appoint(api, LACQ_PAU_TARBES, "2019-03-25")
    committee = await establish(api, "2019-04-01")
    path = f"/v1/committees/{committee['id']}"
    planned = await meet(api, committee, "2020-12-01")
    await close(api, "2020-12-01")

    for action, body in (
        ("seats", {"organisation": COMPANY, "capacity": "member", "since": "2020-12-01"}),
        ("quorum", {"minimum": 1, "on": "2020-12-01"}),
        ("meetings", {"day": "2020-12-01"}),
        ("meetings", {"day": "2999-01-01"}),
    ):
        problem = await api.post(f"{path}/{action}", body, by=TEAM, status=422)
        assert "was closed on 2020-12-01" in problem["detail"]
    decided = await api.decide(committee, by=TEAM, status=422, kind="other", territories=[], decided_on="2020-12-01")
    assert "was closed on 2020-12-01" in decided["detail"]
    cancelled = await api.get(f"/v1/meetings/{planned['id']}")
    assert (cancelled["status"], cancelled["cancelled_because"]) == (
        "cancelled",
        "Territoire sorti du programme le 2020-12-01",
    )
    # Its days before the closing may still be recorded, and it may be dissolved.
    await hold(api, await meet(api, committee, "2020-11-30"))
    await api.post(f"{path}/dissolve", {"on": "2020-12-01"}, by=TEAM, status=200)


async def test_a_territory_lives_while_its_committee_acts(api: Api) -> None:
    await api.register_company()
    await appoint(api, LACQ_PAU_TARBES, "2019-03-25")
    committee = await establish(api, "2019-04-01")
    seat = {"organisation": COMPANY, "capacity": "member", "since": "2019-05-01"}
    seen = [(committee["id"], "2019-04-01")]

    async def refused() -> None:
        fact, day = seen[-1]
        problem = await close(api, day, status=422)
        assert problem["errors"][0]["pointer"] == "/on"
        assert fact in problem["detail"]
        assert f"give a later day than {day}" in problem["detail"]

    await refused()
    await api.post(f"/v1/committees/{committee['id']}/seats", seat, by=TEAM)
    seen.append((f"the seat of {COMPANY}", "2019-05-01"))
    await refused()
    held = await hold(api, await meet(api, committee, "2019-06-01"))
    seen.append((held["id"], "2019-06-01"))
    await refused()
    own = await api.decide(committee, by=TEAM, kind="other", territories=[], decided_on="2019-07-01")
    seen.append((own["id"], "2019-07-01"))
    await refused()
    regional = await api.decide(await api.establish_regional(), kind="action_plan", decided_on="2019-08-01")
    seen.append((regional["id"], "2019-08-01"))
    await refused()
    await close(api, "2019-08-02")
    corrected = await api.patch(TERRITORY, {"closed_on": "2019-08-01", "reason": WHY}, by=NATIONAL, status=422)
    assert corrected["errors"][0]["pointer"] == "/closed_on"
    assert regional["id"] in corrected["detail"]


async def test_a_corrected_closing_cancels_the_meetings_that_were_planned_from_then_on(api: Api) -> None:
    await appoint(api, LACQ_PAU_TARBES, "2019-03-25")
    committee = await establish(api, "2019-04-01")
    planned = await meet(api, committee, "2020-10-01")
    await close(api, "2020-12-01")

    await api.patch(TERRITORY, {"closed_on": "2020-10-01", "reason": WHY}, by=NATIONAL)

    assert (await api.get(f"/v1/meetings/{planned['id']}"))["status"] == "cancelled"


async def test_a_territory_was_designated_before_its_committee_and_the_decisions_on_it(api: Api) -> None:
    await appoint(api, LACQ_PAU_TARBES, "2019-09-10")
    decision = await api.decide(await api.establish_regional(), kind="action_plan", decided_on="2019-09-02")
    committee = await establish(api, "2019-09-10")

    for day, fact in (("2019-09-03", decision), ("2019-09-10", decision)):
        body = {"designated_on": day, "reason": WHY}
        problem = await api.patch(TERRITORY, body, by=NATIONAL, status=422)
        assert problem["errors"][0]["pointer"] == "/designated_on"
        assert fact["id"] in problem["detail"]
        assert "2019-09-02" in problem["detail"]
    await api.patch(TERRITORY, {"designated_on": "2019-09-02", "reason": WHY}, by=NATIONAL)
    assert committee["established_on"] == "2019-09-10"


async def test_a_committee_that_is_older_than_a_corrected_designation_is_named(api: Api) -> None:
    await appoint(api, LACQ_PAU_TARBES, "2018-12-01")
    committee = await establish(api, "2019-01-01")
    [pilot] = (await api.get(f"{TERRITORY}/pilots"))["items"]
    body = {"since": "2019-09-10", "reason": WHY}
    await api.post(f"{TERRITORY}/pilots/{pilot['id']}/correct", body, by=NATIONAL, status=200)

    body = {"designated_on": "2019-09-10", "reason": WHY}
    problem = await api.patch(TERRITORY, body, by=NATIONAL, status=422)

    assert committee["id"] in problem["detail"]
    assert "2019-01-01" in problem["detail"]


async def test_a_region_decides_on_a_territory_on_the_days_on_which_it_lies_there(
    api: Api, published: PublishedFacts
) -> None:
    paca = await api.establish_regional(by=f"region:{PACA}", region="93", chair=PACA)
    occitanie = await api.establish_regional(by=f"region:{OCCITANIE}", region="76", chair=OCCITANIE)
    # All members but Pau, which lies in Nouvelle-Aquitaine.
    members = [each["siren"] for each in (await api.get(f"{TERRITORY}/members"))["items"]]
    left = [siren for siren in members if siren != PAU_BEARN]
    await correct(api, (RHONE_LEZ, "2020-09-24", None), *((siren, None, "2020-06-01") for siren in left))

    for committee, by, day, status in (
        (paca, PACA, "2020-09-23", 422),
        (paca, PACA, "2020-09-24", 201),
        (occitanie, OCCITANIE, "2020-05-31", 201),
        (occitanie, OCCITANIE, "2020-06-01", 422),
    ):
        answer = await api.decide(committee, by=f"region:{by}", status=status, kind="action_plan", decided_on=day)
        if status == 422:
            assert answer["code"] == "decision-beyond-committee"
            assert day in answer["detail"]
    assert len([fact for fact in await published() if fact["fact"] == "CommitteeDecided.v1"]) == 2
