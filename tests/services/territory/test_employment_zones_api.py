"""Zones d'emploi of 2020, beside communes, intercommunalities and territories."""

from typing import Any, Final

import pytest

from tests.services.territory.api import Api
from tests.services.territory.places import LACQ_PAU_TARBES, PAU, PAU_BEARN

pytestmark = pytest.mark.asyncio(loop_scope="session")

ZONE: Final = "7522"
"""Zone d'emploi of Pau."""
BOREAL: Final = "2023-ti-1101"


def codes(rows: list[Any], key: str = "code") -> list[str]:
    """The keys of rows."""
    return [row[key] for row in rows]


async def test_a_commune_names_its_zone(library: Api) -> None:
    zone = (await library.get(f"/v1/communes/{PAU}"))["employment_zone"]

    assert zone == ZONE
    assert await library.get(f"/v1/employment-zones/{zone}") == {
        "code": ZONE,
        "name": "Pau",
        "zoning_year": 2020,
        "departement_codes": ["64", "40"],
        "region_codes": ["75"],
        "commune_count": 286,
        "epci_count": 11,
        "population": 323533,
        "lon": -0.4044,
        "lat": 43.337,
    }


async def test_a_zone_is_drawn(library: Api) -> None:
    drawn = await library.get(f"/v1/employment-zones/{ZONE}", accept="application/geo+json")

    assert drawn["properties"]["name"] == "Pau"
    assert drawn["geometry"]["type"] == "MultiPolygon"


@pytest.mark.parametrize("as_of", ["", "&as_of=2026-01-01"])
async def test_a_territory_is_found_by_each_of_its_zones_and_has_a_share_of_each(library: Api, as_of: str) -> None:
    answer = await library.get(f"/v1/territories/{LACQ_PAU_TARBES}/employment-zones?{as_of.removeprefix('&')}")
    territory = await library.get(f"/v1/territories/{LACQ_PAU_TARBES}")

    assert answer["population"] == territory["population"] == sum(item["population"] for item in answer["items"])
    assert sum(item["share"] for item in answer["items"]) == pytest.approx(1, abs=1e-5)
    assert sum(item["commune_count"] for item in answer["items"]) == territory["commune_count"]
    assert answer["items"][0]["code"] == ZONE
    for item in answer["items"]:
        found = await library.collect(f"/v1/territories?employment_zone={item['code']}&phase=2018{as_of}")
        assert LACQ_PAU_TARBES in codes(found, "key")
    listed = await library.collect(f"/v1/employment-zones?territory={LACQ_PAU_TARBES}")
    assert codes(listed) == sorted(codes(answer["items"]))


async def test_a_territory_of_an_ept_has_zones(library: Api) -> None:
    answer = await library.get(f"/v1/territories/{BOREAL}/employment-zones")

    assert codes(answer["items"])
    assert BOREAL in codes(
        await library.collect(f"/v1/territories?employment_zone={answer['items'][0]['code']}"), "key"
    )


async def test_an_intercommunality_has_a_share_of_each_zone(library: Api) -> None:
    answer = await library.get(f"/v1/epcis/{PAU_BEARN}/employment-zones")
    epci = await library.get(f"/v1/epcis/{PAU_BEARN}")

    assert (answer["population_year"], answer["zoning_year"], answer["weighting"]) == (2022, 2020, "population")
    assert answer["population"] == epci["population"]
    [item] = answer["items"]
    assert (item["code"], item["share"], item["commune_count"]) == (ZONE, 1.0, epci["commune_count"])
    assert item["share_of_zone"] == pytest.approx(item["population"] / 323533, abs=1e-6)


async def test_communes_of_an_ept_and_the_epts_of_a_departement(library: Api) -> None:
    epts = await library.collect("/v1/epts")
    listed = [await library.collect(f"/v1/communes?ept={ept['siren']}") for ept in epts]

    assert [len(rows) for rows in listed] == [ept["commune_count"] for ept in epts]
    assert [sum(row["population"] for row in rows) for rows in listed] == [ept["population"] for ept in epts]
    for departement in ("92", "93", "94", "95"):
        found = await library.collect(f"/v1/epts?departement={departement}")
        assert codes(found, "siren") == [e["siren"] for e in epts if departement in e["departement_codes"]]


@pytest.mark.parametrize(
    ("path", "parameter", "code"),
    [
        ("/v1/communes", "employment_zone", "0099"),
        ("/v1/communes", "employment_zone", "75"),
        ("/v1/communes", "ept", "200067254"),
        ("/v1/epcis", "employment_zone", "0099"),
        ("/v1/territories", "employment_zone", "0099"),
        ("/v1/employment-zones", "territory", "2018-ti-9999"),
        ("/v1/employment-zones", "epci", "200057867"),
        ("/v1/employment-zones", "departement", "96"),
        ("/v1/epts", "departement", "96"),
    ],
)
async def test_unknown_codes_are_refused(library: Api, path: str, parameter: str, code: str) -> None:
    problem = await library.get(f"{path}?{parameter}={code}", status=422)

    assert [each["parameter"] for each in problem["errors"]] == [parameter], problem
