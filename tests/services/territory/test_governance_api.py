"""Committees, decisions, and the perimeter that changes because of one."""

from typing import Any

import pytest

from tests.services.territory.api import NATIONAL, REGION, SOMEBODY, TEAM, Api
from tests.services.territory.conftest import PublishedFacts
from tests.services.territory.places import (
    COMPANY,
    FAUCIGNY,
    LACQ_PAU_TARBES,
    MINISTRY,
    NOUVELLE_AQUITAINE,
    OCCITANIE,
    PAU_BEARN,
)

OTHER_REGION = f"region:{OCCITANIE}"
NOBODY = "00000000-0000-4000-8000-000000000000"
PERIMETER = f"/v1/territories/{LACQ_PAU_TARBES}/perimeter"


async def test_a_region_establishes_its_committee(api: Api, published: PublishedFacts) -> None:
    committee = await api.establish_regional()

    [fact] = await published()
    assert (fact["fact"], fact["committee_id"], fact["regions"]) == ("CommitteeEstablished.v1", committee["id"], ["75"])
    assert (await api.get("/v1/committees?level=regional&region=75"))["items"] == [committee]
    shown = await api.get(f"/v1/committees/{committee['id']}")
    assert {name: shown[name] for name in committee} == committee
    assert len((await api.get(f"/v1/committees/{committee['id']}/history"))["items"]) == 1


async def test_a_territory_establishes_its_project_committee_once_it_has_a_pilot(api: Api) -> None:
    body = {
        "level": "project",
        "name": "Comité de projet Lacq-Pau-Tarbes",
        "territory": LACQ_PAU_TARBES,
        "chair": PAU_BEARN,
        "established_on": "2019-04-01",
    }

    problem = await api.post("/v1/committees", body, by=TEAM, status=422)
    await api.appoint()
    committee = await api.post("/v1/committees", body, by=TEAM)

    assert "appoint the pair first" in problem["detail"]
    assert (await api.get(f"/v1/committees?territory={LACQ_PAU_TARBES}"))["items"] == [committee]


async def test_the_delegation_establishes_the_national_committee(api: Api) -> None:
    body = {
        "level": "national",
        "name": "Comité de pilotage national",
        "chair": MINISTRY,
        "established_on": "2019-01-07",
    }

    committee = await api.post("/v1/committees", body, by=NATIONAL)

    assert (committee["region"], committee["territory"]) == (None, None)


@pytest.mark.parametrize(
    ("by", "status"), [(OTHER_REGION, 403), (NATIONAL, 403), (TEAM, 403), (f"party:{COMPANY}", 403), (None, 401)]
)
async def test_nobody_else_establishes_a_regions_committee(
    api: Api, published: PublishedFacts, by: str | None, status: int
) -> None:
    body = {
        "level": "regional",
        "name": "Comité",
        "region": "75",
        "chair": NOUVELLE_AQUITAINE,
        "established_on": "2019-01-21",
    }

    await api.post("/v1/committees", body, by=by, status=status)

    assert await published() == []


@pytest.mark.parametrize(
    "change",
    [
        {"region": None},
        {"region": "99"},
        {"territory": LACQ_PAU_TARBES},
        {"chair": OCCITANIE},
        {"chair": PAU_BEARN},
        {"chair": "732829320"},
        {"established_on": "2999-01-01"},
        {"level": "local"},
        {"name": ""},
        {"name": "x" * 301},
    ],
    ids=str,
)
async def test_a_committee_that_cannot_be_is_refused(
    api: Api, published: PublishedFacts, change: dict[str, Any]
) -> None:
    body = {
        "level": "regional",
        "name": "Comité",
        "region": "75",
        "chair": NOUVELLE_AQUITAINE,
        "established_on": "2019-01-21",
    }

    await api.post("/v1/committees", {**body, **change}, by=REGION, status=422)

    assert await published() == []


async def test_a_decision_is_read_by_those_it_concerns(api: Api, published: PublishedFacts) -> None:
    decision = await api.decide(
        await api.establish_regional(), kind="contract_approval", decides=f"contract/{SOMEBODY}"
    )

    fact = (await published())[-1]
    assert (fact["fact"], fact["territories"], fact["regions"]) == (
        "CommitteeDecided.v1",
        [LACQ_PAU_TARBES],
        ["75", "76"],
    )
    for by in (NATIONAL, REGION, OTHER_REGION, TEAM):
        assert (await api.get("/v1/decisions", by=by))["items"] == [decision]
        assert await api.get(f"/v1/decisions/{decision['id']}", by=by) == decision
    for by in (f"territory:{FAUCIGNY}", "region:233500016", f"state:{MINISTRY}"):
        assert (await api.get("/v1/decisions", by=by))["items"] == []
        await api.get(f"/v1/decisions/{decision['id']}", by=by, status=404)
        await api.get(f"/v1/decisions/{decision['id']}/history", by=by, status=404)
    await api.get("/v1/decisions", status=401)
    await api.get("/v1/decisions", by="partner:", status=403)


async def test_decisions_are_filtered(api: Api) -> None:
    committee = await api.establish_regional()
    decision = await api.decide(committee)
    await api.decide(committee, kind="other", decides=None, outcome="deferred", territories=[])

    for chosen in ("kind=perimeter_change", "outcome=favourable", f"territory={LACQ_PAU_TARBES}"):
        assert (await api.get(f"/v1/decisions?{chosen}", by=REGION))["items"] == [decision]
    assert len((await api.get(f"/v1/decisions?committee={committee['id']}", by=REGION))["items"]) == 2


async def test_not_even_the_delegation_decides_in_a_regions_place(api: Api) -> None:
    committee = await api.establish_regional()

    for by in (NATIONAL, OTHER_REGION, TEAM):
        await api.decide(committee, by=by, status=403)


async def test_each_unknown_territory_of_a_decision_is_named(api: Api) -> None:
    committee = await api.establish_regional()
    named = ["2018-ti-9999", LACQ_PAU_TARBES, "2018-ti-9998"]

    problem = await api.decide(committee, kind="action_plan", decides=None, territories=named, status=422)

    assert problem["code"] == "code-not-known"
    assert [error["pointer"] for error in problem["errors"]] == ["/territories/0", "/territories/2"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"committee_id": NOBODY}, 404),
        ({"territories": ["2018-ti-0101"]}, 422),
        ({"territories": ["2018-ti-9999"]}, 422),
        ({"territories": ["ti-7505"]}, 422),
        ({"territories": []}, 422),
        ({"decided_on": "2019-01-20"}, 422),
        ({"decided_on": "2999-01-01"}, 422),
        ({"outcome": "oui"}, 422),
        ({"reference": ""}, 422),
        ({"decides": None}, 422),
        ({"decides": NOBODY}, 422),
        ({"decides": f"perimeter-request/{NOBODY[:-1]}"}, 422),
        ({"decides": f"contract/{NOBODY}"}, 422),
    ],
    ids=str,
)
async def test_a_decision_that_cannot_be_is_refused(api: Api, change: dict[str, Any], status: int) -> None:
    committee = await api.establish_regional()

    await api.decide(committee, status=status, **change)

    assert (await api.get("/v1/decisions", by=REGION))["items"] == []
