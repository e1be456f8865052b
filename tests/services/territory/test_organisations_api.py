"""Organisations: read by everybody, registered by the délégation."""

from typing import Any

import pytest

from services.territory import reference
from tests.services.territory.api import NATIONAL, REGION, TEAM, Api
from tests.services.territory.conftest import PublishedFacts
from tests.services.territory.places import (
    BPIFRANCE,
    BPIFRANCE_HEAD,
    COMPANY,
    FRANCE_TRAVAIL,
    PAU_BEARN,
    PREFECTURE,
    RHONE_LEZ,
)

PREFET: dict[str, Any] = {
    "siren": PREFECTURE,
    "name": "Préfecture de la région Nouvelle-Aquitaine (synthétique)",
    "kind": "state",
    "region": "75",
    "synthetic": True,
}


async def test_an_organisation_is_found_by_an_alias(api: Api) -> None:
    [found] = (await api.get("/v1/organisations?q=pole emploi"))["items"]

    assert (found["siren"], found["name"]) == (FRANCE_TRAVAIL, "France Travail")
    assert found["aliases"] == [{"name": "Pôle emploi", "note": "nom jusqu'au 31/12/2023"}]


async def test_a_successor_has_its_own_siren(api: Api) -> None:
    former = await api.get(f"/v1/organisations/{BPIFRANCE_HEAD}")

    assert (former["successor"], former["valid_to"]) == (BPIFRANCE, "2020-12")
    assert (await api.get(f"/v1/organisations/{BPIFRANCE}"))["successor"] is None


async def test_banque_des_territoires_is_a_brand_of_the_caisse_des_depots(api: Api) -> None:
    [found] = (await api.get("/v1/organisations?q=banque des territoires"))["items"]

    assert found["siren"] == "180020026"


async def test_organisations_are_filtered(api: Api) -> None:
    regions = await api.collect("/v1/organisations?kind=region")
    breton = await api.collect("/v1/organisations?region=53")

    assert len(regions) == 14
    assert "Région Bretagne" in {one["name"] for one in breton}
    assert {one["region"] for one in breton} == {"53"}


async def test_the_delegation_registers_an_organisation(api: Api, published: PublishedFacts) -> None:
    registered = await api.post("/v1/organisations", PREFET, by=NATIONAL)

    [fact] = await published()
    assert (fact["fact"], fact["siren"], fact["synthetic"]) == ("OrganisationRegistered.v1", PREFECTURE, True)
    assert await api.get(f"/v1/organisations/{PREFECTURE}") == registered
    assert (await api.get("/v1/organisations?q=prefecture nouvelle"))["items"] == [registered]
    problem = await api.post("/v1/organisations", PREFET, by=NATIONAL, status=409)
    assert problem["code"] == "organisation-already-registered"


async def test_an_intercommunality_may_be_registered_as_what_it_is(api: Api) -> None:
    body = {"siren": RHONE_LEZ, "name": "CC Rhône Lez Provence", "kind": "epci"}

    assert (await api.post("/v1/organisations", body, by=NATIONAL))["region"] == "93"


@pytest.mark.parametrize("by", [REGION, TEAM, "operator:320252489", "platform:"])
async def test_nobody_else_registers(api: Api, published: PublishedFacts, by: str) -> None:
    await api.post("/v1/organisations", PREFET, by=by, status=403)

    assert await published() == []


@pytest.mark.parametrize(
    "change",
    [
        {"siren": "000000019"},
        {"siren": "12"},
        {"siren": 18},
        {"siren": "٠٠٠٠٠٠٠١٨"},
        {"siren": PAU_BEARN, "synthetic": False},
        {"synthetic": False},
        {"name": "Préfecture de la région Nouvelle-Aquitaine"},
        {"name": "x" * 301},
        {"kind": "region", "region": None},
        {"kind": "epci"},
        {"kind": "préfecture"},
        {"region": "99"},
        {"region": "NA"},
        {"aliases": ["x"] * 21},
        {"aliases": [""]},
        {"phone": "05 00 00 00 00"},
        {"synthetic": "yes"},
    ],
    ids=str,
)
async def test_bad_input_registers_nothing(api: Api, published: PublishedFacts, change: dict[str, Any]) -> None:
    problem = await api.post("/v1/organisations", {**PREFET, **change}, by=NATIONAL, status=422)

    assert problem["errors"]
    assert await published() == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/organisations/200067255", 422),
        (f"/v1/organisations/{COMPANY}", 404),
        ("/v1/organisations?kind=mairie", 422),
        ("/v1/organisations?region=99", 422),
        ("/v1/organisations?siren=200067254", 422),
    ],
)
async def test_bad_reads_are_problems(api: Api, path: str, status: int) -> None:
    await api.get(path, status=status)


@pytest.mark.parametrize(
    ("siren", "day", "name"),
    [
        (BPIFRANCE, "2019-03-05", "Bpifrance Financement"),
        (BPIFRANCE, "2021-01-01", "Bpifrance"),
        (FRANCE_TRAVAIL, "2023-12-31", "Pôle emploi"),
        ("229850003", "2025-12-31", "Département de Mayotte"),
    ],
)
async def test_a_former_name_is_read_from_each_wording_of_its_note(api: Api, siren: str, day: str, name: str) -> None:
    assert (await api.get(f"/v1/organisations/{siren}?as_of={day}"))["name"] == name


def test_a_note_on_a_former_name_without_its_end_is_refused() -> None:
    for note in ("nom d'usage", "ancien nom", "nom jusqu'au changement"):
        with pytest.raises(ValueError, match="until when"):
            reference.former_names([{"name": "Ancien", "note": note}])
