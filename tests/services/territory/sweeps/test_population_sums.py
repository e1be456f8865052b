"""Legal populations of all territories: the service, SQL, and figures that were added up elsewhere agree."""

import csv
from fractions import Fraction
from pathlib import Path
from typing import Final

from sqlalchemy import text

from services.territory.models import Territory
from services.territory.queries import get_indicator, get_territory, read_series
from services.territory.rules.places import TerritoryOnDay
from shared.clock import today
from shared.settings import Settings
from shared.storage.database import Database

ELSEWHERE: Final = Path(__file__).parents[1] / "population_of_territories.csv"
"""Sums made commune by commune from the same vintages, by territory and year."""
IN_SQL: Final = text(
    """
    SELECT m.territory_key, v.year, SUM(CAST(v.value_decimal AS INTEGER))
    FROM memberships m
    JOIN indicator_values v ON v.indicator_code = 'population' AND (
        (v.level = 'epci' AND v.geography = m.siren)
        OR (v.level = 'commune' AND v.geography IN (
            SELECT c.code FROM communes c WHERE c.siren = m.siren OR c.ept_siren = m.siren
        ))
    )
    WHERE m.left_on IS NULL
    GROUP BY m.territory_key, v.year
    """
)


async def test_populations_of_all_territories_agree(on_sqlite: Settings) -> None:
    with ELSEWHERE.open() as file:
        elsewhere = {(row["territory"], int(row["year"])): int(row["population"]) for row in csv.DictReader(file)}
    database = Database("territory", on_sqlite)
    async with database.reading() as session:
        in_sql = {(row[0], row[1]): row[2] for row in await session.execute(IN_SQL)}
        population = await get_indicator(session, "population")
        found: dict[tuple[str, int], int | Fraction] = {}
        for key in sorted({key for key, _ in elsewhere}):
            territory: Territory = await get_territory(session, key)
            [series] = await read_series(session, TerritoryOnDay.of(territory, today()), [population])
            assert all(value.method == "sum_of_members" for value in series.values)
            found |= {(key, year): value for year, value in series.points.items()}
    await database.close()

    # Mayotte is absent in 2016: nothing is added up elsewhere either.
    assert len(elsewhere) == (149 + 183) * 6 - 1
    assert found == elsewhere
    assert in_sql == elsewhere
