"""Committees: one at a time, a chair on each day, members and observers, an end."""

from typing import Any

import pytest

from tests.services.territory.api import NATIONAL, REGION, SOMEBODY, SOMEBODY_ELSE, TEAM, Api
from tests.services.territory.conftest import PublishedFacts
from tests.services.territory.places import COMPANY, LACQ_PAU_TARBES, MINISTRY, NOUVELLE_AQUITAINE, PAU_BEARN

BANK = "180020026"


async def establish_project(api: Api) -> Any:
    """The project committee of Lacq-Pau-Tarbes, chaired by its élu since 2019-03-25."""
    await api.register_company()
    await api.appoint()
    await api.appoint("industriel", person=SOMEBODY_ELSE, organisation=COMPANY)
    body = {
        "level": "project", "name": "Comité de projet", "territory": LACQ_PAU_TARBES, "chair": PAU_BEARN,
        "established_on": "2019-04-01",
    }  # fmt: skip
    return await api.post("/v1/committees", body, by=TEAM)


async def test_a_region_has_one_committee_at_a_time(api: Api) -> None:
    first = await api.establish_regional()
    body = {
        "level": "regional", "name": "Autre comité", "region": "75", "chair": NOUVELLE_AQUITAINE,
        "established_on": "2020-07-15",
    }  # fmt: skip

    second = await api.post("/v1/committees", body, by=REGION, status=409)
    dissolved = await api.post(f"/v1/committees/{first['id']}/dissolve", {"on": "2020-07-15"}, by=REGION, status=200)
    third = await api.post("/v1/committees", body, by=REGION)

    assert (second["code"], second["committee_id"]) == ("committee-exists", first["id"])
    assert (dissolved["dissolved_on"], dissolved["seats"]) == ("2020-07-15", [])
    for day, found in (("2019-01-20", []), ("2020-07-14", [first["id"]]), ("2020-07-15", [third["id"]])):
        listed = await api.get(f"/v1/committees?region=75&as_of={day}")
        assert [committee["id"] for committee in listed["items"]] == found
    await api.post("/v1/committees", {**body, "established_on": "2020-07-14"}, by=REGION, status=409)


@pytest.mark.parametrize("level", ["project", "national"])
async def test_a_territory_and_the_nation_have_one_committee_at_a_time(api: Api, level: str) -> None:
    if level == "project":
        by, first = TEAM, await establish_project(api)
        body = {"territory": LACQ_PAU_TARBES, "chair": PAU_BEARN}
    else:
        by, body = NATIONAL, {"chair": MINISTRY}
        founding = {"level": level, "name": "Comité national", "established_on": "2019-01-07", **body}
        first = await api.post("/v1/committees", founding, by=by)

    again = {"level": level, "name": "Un autre", "established_on": "2019-05-01", **body}
    problem = await api.post("/v1/committees", again, by=by, status=409)

    assert problem["committee_id"] == first["id"]


async def test_a_chair_is_succeeded_on_a_day_and_both_have_their_days(api: Api, published: PublishedFacts) -> None:
    committee = await establish_project(api)
    path = f"/v1/committees/{committee['id']}"
    await api.post(f"{path}/seats", {"organisation": COMPANY, "capacity": "member", "since": "2019-04-01"}, by=TEAM)

    changed = await api.post(f"{path}/chair", {"chair": COMPANY, "on": "2020-01-01"}, by=TEAM, status=200)

    assert changed["chair"] == COMPANY
    assert [(seat["organisation"], seat["capacity"]) for seat in changed["seats"]] == [(COMPANY, "chair")]
    before, after = [await api.get(f"{path}?as_of={day}") for day in ("2019-12-31", "2020-01-01")]
    assert (before["chair"], after["chair"]) == (PAU_BEARN, COMPANY)
    assert [(seat["organisation"], seat["capacity"]) for seat in before["seats"]] == [
        (PAU_BEARN, "chair"),
        (COMPANY, "member"),
    ]
    fact = (await published())[-1]
    assert (fact["fact"], fact["chair"], len(fact["seats"])) == ("CommitteeChanged.v1", COMPANY, 1)
    history = (await api.get(f"{path}/history"))["items"]
    assert [line["reason"] for line in history] == [None, "another member", "another chair"]
    for body, status in (
        ({"chair": COMPANY, "on": "2020-02-01"}, 409),
        ({"chair": MINISTRY, "on": "2020-02-01"}, 422),
        ({"chair": PAU_BEARN, "on": "2019-12-31"}, 422),
        ({"chair": PAU_BEARN, "on": "2999-01-01"}, 422),
    ):
        await api.post(f"{path}/chair", body, by=TEAM, status=status)


async def test_an_organisation_has_one_seat_at_a_time(api: Api) -> None:
    committee = await api.establish_regional()
    path = f"/v1/committees/{committee['id']}"
    body = {"organisation": BANK, "capacity": "observer", "since": "2019-03-25"}
    seat = await api.post(f"{path}/seats", body, by=REGION)

    taken = await api.post(
        f"{path}/seats", {**body, "capacity": "member", "since": "2020-01-01"}, by=REGION, status=409
    )
    await api.post(f"{path}/seats/{seat['id']}/end", {"on": "2019-03-24"}, by=REGION, status=422)
    await api.post(f"{path}/seats/{seat['id']}/end", {"on": "2020-01-01"}, by=REGION, status=200)
    await api.post(f"{path}/seats", {**body, "capacity": "member", "since": "2020-01-01"}, by=REGION)

    assert (taken["code"], taken["seat_id"]) == ("seat-taken", seat["id"])
    [chair] = [one for one in (await api.get(path))["seats"] if one["capacity"] == "chair"]
    await api.post(f"{path}/seats/{chair['id']}/end", {"on": "2020-01-01"}, by=REGION, status=409)
    await api.post(f"{path}/seats/{seat['id']}/end", {"on": "2020-02-01"}, by=REGION, status=404)
    for day, capacities in (("2019-03-24", ["chair"]), ("2019-12-31", ["chair", "observer"])):
        shown = await api.get(f"{path}?as_of={day}")
        assert [one["capacity"] for one in shown["seats"]] == capacities
    await api.get(f"{path}?as_of=2019-01-20", status=404)


async def test_a_dissolved_committee_decides_and_changes_nothing(api: Api) -> None:
    committee = await api.establish_regional()
    path = f"/v1/committees/{committee['id']}"
    await api.post(f"{path}/dissolve", {"on": "2019-01-20"}, by=REGION, status=422)
    await api.post(f"{path}/dissolve", {"on": "2019-09-02"}, by=REGION, status=200)

    late = await api.decide(committee, status=409)
    await api.decide(committee, decided_on="2019-09-01")

    assert late["code"] == "committee-dissolved"
    await api.post(f"{path}/dissolve", {"on": "2020-01-01"}, by=REGION, status=409)
    seat = {"organisation": BANK, "capacity": "member", "since": "2019-10-01"}
    await api.post(f"{path}/seats", seat, by=REGION, status=409)


@pytest.mark.parametrize("by", [NATIONAL, TEAM, "region:200053791", "partner:"])
async def test_each_committee_is_changed_by_its_own(api: Api, by: str) -> None:
    committee = await api.establish_regional()
    path = f"/v1/committees/{committee['id']}"

    for action, body in (
        ("chair", {"chair": NOUVELLE_AQUITAINE, "on": "2020-01-01"}),
        ("seats", {"organisation": BANK, "capacity": "member", "since": "2020-01-01"}),
        (f"seats/{SOMEBODY}/end", {"on": "2020-01-01"}),
        ("dissolve", {"on": "2020-01-01"}),
    ):
        await api.post(f"{path}/{action}", body, by=by, status=403)
