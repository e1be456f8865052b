"""An upgrade makes the stored texts of search anew, of every table that has them."""

from typing import Any

import pytest
from sqlalchemy import MetaData, select, update

from app.embedded import SERVICES
from shared.runtime.platform import Service
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.migrations import migrate, search_texts
from shared.storage.search import Sought
from tests.architecture.test_migrations import fill, settings

__all__ = ["settings"]

BEFORE = {"territory": "0015", "contract": "0011", "catalog": "0007"}
"""Service → last revision with texts by the former rule."""
RELOADED = {"regions", "departements", "epcis", "epts", "communes", "employment_zones", "commune_parts"}
"""Tables of the reference data, which are loaded again."""


@pytest.mark.parametrize("service", [each for each in SERVICES if each.name in BEFORE], ids=lambda each: each.name)
async def test_rows_from_before_are_found_by_the_new_rule(
    settings: Settings, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_texts, "CHUNK", 1)
    database = Database(service.name, settings)
    await migrate(database, service.metadata, service.migrations, to=BEFORE[service.name])
    async with database.engine.begin() as connection:
        await connection.run_sync(fill)
        before = await connection.run_sync(named, "Des formations à St-Étienne")
    await migrate(database, service.metadata, service.migrations)
    async with database.engine.begin() as connection:
        after = await connection.run_sync(texts)
    await database.close()

    # A younger table has no text by the former rule.
    assert before.keys() <= after.keys()
    assert before
    for table in before:
        text = after[table]
        other, whole = Sought.of("formation saint etienne"), Sought.of("Des Formations à St Etienne")
        assert other is not None
        assert whole is not None
        assert other.fits(text), (table, text)
        assert whole.is_whole(text), (table, text)


def named(connection: Any, name: str) -> dict[str, str]:
    """Give each row with a text of search a name, and a text that lacks it. Return the texts."""
    for table in searched(connection):
        column = table.c.get("name", table.c.get("title"))
        connection.execute(update(table).values({column: name, table.c.search: " des formations "}))
    return texts(connection)


def texts(connection: Any) -> dict[str, str]:
    """Return the text of search of the one row of each table that has one."""
    return {table.name: connection.scalar(select(table.c.search)) for table in searched(connection)}


def searched(connection: Any) -> list[Any]:
    """Return the tables whose rows are searched, but those of the reference data."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if "search" in table.c and table.name not in RELOADED]
