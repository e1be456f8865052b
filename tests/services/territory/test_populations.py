"""Populations and counts add up at every level, in one vintage: computed again in SQL from the communes."""

import csv
from typing import Any, Final

import pytest
from sqlalchemy import text

from services.territory.reference import SHIPPED
from shared.storage.database import Database

NATION: Final = 68_017_091
"""Legal population of 2022 of the 101 départements, Mayotte with its last one (INSEE)."""
LEVELS: Final = {
    "regions": ("code", "region_code"),
    "departements": ("code", "departement_code"),
    "epcis": ("siren", "epci_siren"),
    "epts": ("siren", "ept_siren"),
    "employment_zones": ("code", "employment_zone"),
}
"""Table → its key, and the column of communes that names it."""
METROPOLE: Final = "200054781"
"""Métropole du Grand Paris."""


def _stated(phase: str, name: str) -> dict[str, int]:
    with (SHIPPED.folder / name).open(newline="") as file:
        return {f"{phase}-{row['code']}": int(row["population"]) for row in csv.DictReader(file)}


async def _rows(database: Database, statement: str) -> list[Any]:
    async with database.reading() as session:
        return [tuple(row) for row in await session.execute(text(statement))]


@pytest.mark.parametrize("table", LEVELS)
async def test_a_level_has_the_population_and_the_number_of_its_communes(database: Database, table: str) -> None:
    key, column = LEVELS[table]
    differing = await _rows(
        database,
        f"""SELECT t.{key}, t.population, s.p, t.commune_count, s.n FROM {table} t LEFT JOIN
        (SELECT {column} c, SUM(population) p, COUNT(*) n FROM communes GROUP BY {column}) s ON s.c = t.{key}
        WHERE s.c IS NULL OR s.p <> t.population OR s.n <> t.commune_count""",
    )

    assert differing == []


async def test_each_commune_has_a_population_and_the_nation_their_sum(database: Database) -> None:
    [totals] = await _rows(
        database,
        """SELECT SUM(population), SUM(population IS NULL), (SELECT SUM(population) FROM regions),
        (SELECT SUM(population) FROM departements), (SELECT SUM(population) FROM employment_zones) FROM communes""",
    )

    assert totals == (NATION, 0, NATION, NATION, NATION)


async def test_the_metropole_of_paris_has_the_inhabitants_of_its_communes(database: Database) -> None:
    [sums] = await _rows(
        database,
        f"""SELECT (SELECT population FROM epcis WHERE siren = '{METROPOLE}'), SUM(population),
        (SELECT SUM(population) FROM epts) + (SELECT population FROM communes WHERE code = '75056')
        FROM communes WHERE epci_siren = '{METROPOLE}'""",
    )

    assert sums == (7_115_576, 7_115_576, 7_115_576)


async def test_territories_of_both_phases_have_the_population_of_their_members(database: Database) -> None:
    differing = await _rows(
        database,
        """SELECT t.key, t.population, SUM(c.population) FROM territories t
        JOIN memberships m ON m.territory_key = t.key AND m.left_on IS NULL
        JOIN communes c ON m.siren IN (c.siren, c.epci_siren, c.ept_siren)
        GROUP BY t.key, t.population HAVING SUM(c.population) <> t.population""",
    )
    counted = await _rows(database, "SELECT key, population FROM territories ORDER BY key")

    assert differing == []
    assert dict(counted) == _stated("2018", "territories.csv") | _stated("2023", "territories_2023.csv")


async def test_zones_lie_where_their_communes_lie(database: Database) -> None:
    for several, column in (("region_codes", "region_code"), ("departement_codes", "departement_code")):
        parts = await _rows(
            database,
            f"""SELECT z.code, z.{several}, c.{column} FROM employment_zones z
            JOIN communes c ON c.employment_zone = z.code GROUP BY z.code, c.{column}
            ORDER BY z.code, SUM(c.population) DESC, c.{column}""",
        )
        found: dict[str, list[str]] = {}
        for code, _, place in parts:
            found.setdefault(code, []).append(place)
        stated = {code: text_of for code, text_of, _ in parts}
        assert {code: str(places).replace("'", '"') for code, places in found.items()} == stated


async def test_zones_count_the_epcis_of_their_communes(database: Database) -> None:
    differing = await _rows(
        database,
        """SELECT z.code FROM employment_zones z JOIN communes c ON c.employment_zone = z.code
        GROUP BY z.code, z.epci_count HAVING COUNT(DISTINCT c.epci_siren) <> z.epci_count""",
    )

    assert differing == []
