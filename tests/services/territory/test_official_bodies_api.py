"""EPCIs, EPTs, communes, départements, Regions and State services: named by their SIREN without being registered."""

import csv
from collections import Counter
from typing import Any, Final

import pytest

from services.territory.reference import PARIS, SHIPPED, TerritoryReference
from tests.services.territory.api import NATIONAL, Api
from tests.services.territory.conftest import PublishedFacts
from tests.services.territory.places import RHONE_LEZ

BAYONNE: Final = "216401026"
EST_ENSEMBLE: Final = "200057875"
PLACES: Final = {
    BAYONNE: ("Bayonne", "commune", "75"),
    RHONE_LEZ: ("CC Rhône Lez Provence", "epci", "93"),
    EST_ENSEMBLE: ("Est Ensemble", "ept", "11"),
    PARIS: ("Paris", "commune", "11"),
}
"""In no territory, so nobody has registered them."""
WHY: Final = {"reason": "Motif synthétique"}


@pytest.mark.parametrize("siren", PLACES)
async def test_a_place_that_nobody_registered_is_answered_from_the_geography(
    api: Api, published: PublishedFacts, siren: str
) -> None:
    answer = await api.call("GET", f"/v1/organisations/{siren}")

    found = answer.json()
    assert (found["name"], found["kind"], found["region"]) == PLACES[siren]
    assert (found["version"], answer.headers["etag"]) == (1, '"1"')
    assert found["names"] == found["aliases"] == []
    assert await api.get(f"/v1/organisations/{siren}/history") == {"items": [], "next": None}
    assert (await api.get(f"/v1/organisations/{siren}?as_of=2019-03-05"))["name"] == found["name"]
    assert await published() == []
    assert siren not in {each["siren"] for each in await api.collect("/v1/organisations?kind=commune")}


async def test_a_change_of_a_place_registers_it_first(api: Api, published: PublishedFacts) -> None:
    changed = await api.patch(f"/v1/organisations/{BAYONNE}", {"aliases": ["Baiona"], **WHY}, by=NATIONAL)

    assert (changed["version"], changed["aliases"]) == (2, [{"name": "Baiona", "note": None}])
    assert [fact["aliases"] for fact in await published()] == [[], ["Baiona"]]
    lines = (await api.get(f"/v1/organisations/{BAYONNE}/history"))["items"]
    assert [line["operation"] for line in lines] == ["created", "updated"]
    assert await api.get(f"/v1/organisations/{BAYONNE}") == changed


async def test_a_place_ends_and_names_its_successor(api: Api) -> None:
    end = {"valid_to": "2020-12-31", "successor": RHONE_LEZ, **WHY}

    ended = await api.post(f"/v1/organisations/{BAYONNE}/close", end, by=NATIONAL, status=200)

    assert (ended["valid_to"], ended["successor"], ended["version"]) == ("2020-12-31", RHONE_LEZ, 2)


@pytest.mark.parametrize("siren", PLACES)
async def test_a_filter_takes_a_place_that_nobody_registered(api: Api, siren: str) -> None:
    assert (await api.get(f"/v1/mailboxes?organisation={siren}", by=NATIONAL))["items"] == []


async def test_a_filter_refuses_what_is_no_organisation(api: Api) -> None:
    problem = await api.get("/v1/mailboxes?organisation=000000133", by=NATIONAL, status=422)

    assert problem["code"] == "organisation-not-known"
    assert "/v1/communes, /v1/epcis and /v1/epts" in problem["detail"]


async def test_every_listed_state_service_and_departement_is_found_and_named(api: Api) -> None:
    with (TerritoryReference().folder / "organisations_state.csv").open() as file:
        listed = list(csv.DictReader(file))
    found: dict[str, Any] = {each["siren"]: each for each in await api.collect("/v1/organisations")}

    assert len(listed) == 217
    kinds = {row["siren"]: "departement" if row["kind"] == "departement_council" else "state" for row in listed}
    kinds[PARIS] = "commune"
    assert Counter(kinds.values()) == {"departement": 98, "state": 118, "commune": 1}
    for siren, kind in kinds.items():
        answered = await api.get(f"/v1/organisations/{siren}")
        assert (answered["siren"], answered["kind"]) == (siren, kind)
        assert answered["name"]
        assert answered == found.get(siren, answered)
    assert set(kinds) - set(found) == {PARIS}
    assert {row["siren"] for row in SHIPPED.organisations()} >= set(kinds) - {PARIS}
