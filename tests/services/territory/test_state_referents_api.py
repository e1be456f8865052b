"""State referents: one on each day, of a State service of a région of the territory."""

from typing import Any

import pytest

from tests.services.territory.api import NATIONAL, REGION, SOMEBODY, SOMEBODY_ELSE, TEAM, Api
from tests.services.territory.conftest import PublishedFacts
from tests.services.territory.places import LACQ_PAU_TARBES, MINISTRY, PAU_BEARN

REFERENTS = f"/v1/territories/{LACQ_PAU_TARBES}/state-referents"
PREFECTURE = "000000018"
NAMED = {"person_id": SOMEBODY, "organisation": PREFECTURE, "since": "2019-03-25"}


async def register(api: Api, region: str = "75") -> None:
    body = {
        "siren": PREFECTURE, "name": "Préfecture (synthétique)", "kind": "state", "region": region, "synthetic": True
    }  # fmt: skip
    await api.post("/v1/organisations", body, by=NATIONAL)


async def test_a_territory_has_one_state_referent_on_each_day(api: Api, published: PublishedFacts) -> None:
    await register(api)
    first = await api.post(REFERENTS, NAMED, by=TEAM)

    taken = await api.post(REFERENTS, {**NAMED, "person_id": SOMEBODY_ELSE, "since": "2020-01-01"}, by=TEAM, status=409)
    await api.post(f"{REFERENTS}/{first['id']}/end", {"on": "2020-07-15"}, by=TEAM, status=200)
    second = await api.post(REFERENTS, {**NAMED, "person_id": SOMEBODY_ELSE, "since": "2020-07-15"}, by=TEAM)

    assert (taken["code"], taken["day"], taken["referent_id"]) == (
        "state-referent-in-office",
        "2020-01-01",
        first["id"],
    )
    assert [one["id"] for one in (await api.get(REFERENTS))["items"]] == [first["id"], second["id"]]
    for day, referent in (("2020-07-14", first), ("2020-07-15", second)):
        assert [one["id"] for one in (await api.get(f"{REFERENTS}?as_of={day}"))["items"]] == [referent["id"]]
    facts = [fact for fact in await published() if fact["fact"] == "StateReferentNamed.v1"]
    assert [(fact["until"], fact["is_cancelled"]) for fact in facts] == [
        (None, False),
        ("2020-07-15", False),
        (None, False),
    ]
    await api.post(f"{REFERENTS}/{first['id']}/end", {"on": "2020-07-16"}, by=TEAM, status=409)


async def test_a_referent_recorded_by_mistake_is_cancelled_by_the_delegation(
    api: Api, published: PublishedFacts
) -> None:
    await register(api)
    referent = await api.post(REFERENTS, NAMED, by=TEAM)
    address = f"{REFERENTS}/{referent['id']}/cancel"

    await api.post(address, {"reason": "Saisi par erreur"}, by=TEAM, status=403)
    await api.post(address, {"reason": "Saisi par erreur"}, by=NATIONAL, status=200)

    assert (await api.get(REFERENTS))["items"] == []
    assert (await published())[-1]["is_cancelled"] is True
    history = (await api.get(f"/v1/territories/{LACQ_PAU_TARBES}/history"))["items"]
    assert history[-1]["reason"] == "Saisi par erreur"
    await api.post(address, {"reason": "Encore"}, by=NATIONAL, status=404)


@pytest.mark.parametrize(
    "change",
    [
        {"organisation": PAU_BEARN},
        {"organisation": MINISTRY},
        {"since": "2018-11-21"},
        {"since": "2999-01-01"},
        {"until": "2019-03-25"},
        {"person_id": "Jeanne Dupont"},
    ],
    ids=str,
)
async def test_a_referent_who_cannot_be_is_refused(api: Api, change: dict[str, Any]) -> None:
    await register(api)

    problem = await api.post(REFERENTS, {**NAMED, **change}, by=TEAM, status=422)

    assert problem["errors"]
    assert (await api.get(REFERENTS))["items"] == []


async def test_a_state_service_of_another_region_has_no_referent_here(api: Api) -> None:
    await register(api, region="53")

    problem = await api.post(REFERENTS, NAMED, by=TEAM, status=422)

    assert problem["code"] == "referent-not-fitting"


@pytest.mark.parametrize("by", [REGION, f"state:{PREFECTURE}", f"party:{PAU_BEARN}", "partner:"])
async def test_nobody_else_names_a_referent(api: Api, by: str) -> None:
    await register(api)

    await api.post(REFERENTS, NAMED, by=by, status=403)


async def test_nobody_is_in_office_once_the_territory_is_closed(api: Api) -> None:
    await register(api)
    await api.appoint()
    await api.post(REFERENTS, NAMED, by=TEAM)
    territory = f"/v1/territories/{LACQ_PAU_TARBES}"

    await api.post(f"{territory}/close", {"on": "2020-12-01", "reason": "Fin (synthétique)"}, by=NATIONAL, status=200)

    for day, number in (("2020-11-30", 1), ("2020-12-01", 0), ("2022-01-01", 0)):
        found = [(await api.get(f"{territory}/{name}?as_of={day}"))["items"] for name in ("pilots", "state-referents")]
        assert [len(items) for items in found] == [number, number], day
        assert len((await api.get(f"{territory}?as_of={day}"))["pilots"]) == number, day
    assert (await api.get(territory))["pilots"] == []
    assert len((await api.get(f"{territory}/pilots"))["items"]) == 1
