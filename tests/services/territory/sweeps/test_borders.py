"""Every place is found from each place that it lies in: computed again from the files."""

import csv
import gzip
from collections import defaultdict
from typing import Any, Final

import pytest

from services.territory.reference import SHIPPED
from tests.services.territory.api import Api

pytestmark = pytest.mark.asyncio(loop_scope="session")

ZONE: Final = "7522"
"""Zone d'emploi of Pau."""
OVER_A_BORDER: Final = "200067361"
"""EPCI of the Lot and of the Aveyron."""


def communes() -> list[dict[str, str]]:
    """The communes of the file."""
    with gzip.open(SHIPPED.folder / "communes.csv.gz", "rt", newline="") as file:
        return [row for row in csv.DictReader(file) if row["siren"]]


def members(phase: str) -> dict[str, list[str]]:
    """Territory of a phase → SIRENs of its members."""
    suffix = "" if phase == "2018" else f"_{phase}"
    found = defaultdict(list)
    with (SHIPPED.folder / f"territory_epcis{suffix}.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            found[f"{phase}-{row['territory_code']}"].append(row["epci_siren"])
    return found


def codes(rows: list[Any], key: str = "code") -> list[str]:
    """The keys of rows."""
    return [row[key] for row in rows]


async def test_every_zone_lists_its_communes_and_intercommunalities(library: Api) -> None:
    expected, epcis = defaultdict(list), defaultdict(set)
    for row in communes():
        expected[row["employment_zone"]].append(row["code"])
        if row["epci_siren"]:
            epcis[row["employment_zone"]].add(row["epci_siren"])

    for code in sorted(expected)[::12]:
        assert codes(await library.collect(f"/v1/communes?employment_zone={code}")) == sorted(expected[code])
        found = await library.collect(f"/v1/epcis?employment_zone={code}")
        assert codes(found, "siren") == sorted(epcis[code])
    siren = sorted(epcis[ZONE])[0]
    assert ZONE in codes(await library.collect(f"/v1/employment-zones?epci={siren}"))


@pytest.mark.parametrize(("parameter", "several"), [("region", "region_codes"), ("departement", "departement_codes")])
async def test_a_zone_over_a_border_is_found_from_each_side(library: Api, parameter: str, several: str) -> None:
    zones = await library.collect("/v1/employment-zones")
    sides = {code for zone in zones for code in zone[several]}

    assert any(len(zone[several]) > 1 for zone in zones)
    for side in sides:
        found = await library.collect(f"/v1/employment-zones?{parameter}={side}")
        assert codes(found) == [zone["code"] for zone in zones if side in zone[several]]


async def test_shares_of_every_territory_agree_with_the_communes(library: Api) -> None:
    parts: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in communes():
        for column in ("siren", "epci_siren", "ept_siren"):
            parts[row[column]][row["employment_zone"]] += int(row["population"])
    for phase in ("2018", "2023"):
        for key, sirens in list(members(phase).items())[::4]:
            expected: defaultdict[str, int] = defaultdict(int)
            for siren in sirens:
                for zone, population in parts[siren].items():
                    expected[zone] += population
            answer = await library.get(f"/v1/territories/{key}/employment-zones")
            assert {item["code"]: item["population"] for item in answer["items"]} == expected


async def test_every_intercommunality_is_found_from_each_departement_and_region_of_its_communes(library: Api) -> None:
    """Computed from the communes: of 1,255, some lie on both sides of a border."""
    for parameter, column in (("departement", "departement_code"), ("region", "region_code")):
        sides = defaultdict(set)
        for row in communes():
            if row["epci_siren"]:
                sides[row[column]].add(row["epci_siren"])

        assert sum(map(len, sides.values())) > 1255
        for code, sirens in sides.items():
            found = await library.collect(f"/v1/epcis?{parameter}={code}")
            assert set(codes(found, "siren")) == sirens, code
    assert OVER_A_BORDER in codes(await library.collect("/v1/epcis?departement=12"), "siren")


@pytest.mark.parametrize("as_of", ["", "&as_of=2026-01-01"])
@pytest.mark.parametrize(("parameter", "column"), [("departement", "departement_code"), ("region", "region_code")])
async def test_every_territory_is_found_from_each_side_of_its_members(
    library: Api, parameter: str, column: str, as_of: str
) -> None:
    places = defaultdict(set)
    for row in communes():
        for body in ("siren", "epci_siren", "ept_siren"):
            places[row[body]].add(row[column])
    sides = defaultdict(set)
    for key, sirens in members("2023").items():
        for code in {code for siren in sirens for code in places[siren]}:
            sides[code].add(key)

    # The states of a day are computed: some of them are enough.
    for code, keys in list(sides.items())[:: 7 if as_of else 1]:
        found = await library.collect(f"/v1/territories?phase=2023&{parameter}={code}{as_of}")
        assert set(codes(found, "key")) == keys, code
