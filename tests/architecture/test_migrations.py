"""Models and migrations agree, on both databases; all services migrate one after another in one process."""

import asyncio
import secrets
import shutil
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy import Connection, MetaData, Table, func, select

from app.embedded import SERVICES
from deploy.servers import Postgres
from shared.runtime.platform import Service
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.migrations import alembic_commands, branches, differences, migrate, revise
from shared.storage.tables import KIT_TABLES

SOME_VALUES: Final[dict[type, Any]] = {
    bool: True,
    bytes: b"x",
    date: date(2019, 3, 5),
    datetime: datetime(2019, 3, 5, tzinfo=UTC),
    Decimal: Decimal(1),
    dict: [],
    float: 1.0,
    int: 1,
    # The text of an id on SQLite, where it has room.
    str: UUID(int=1).hex,
    UUID: UUID(int=1),
}


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Empty databases."""
    if request.param == "sqlite":
        return Settings(data_dir=tmp_path)
    postgres: Postgres = request.getfixturevalue("postgres")
    prefix = f"migrations_{secrets.token_hex(4)}"
    for service in SERVICES:
        postgres.create_database(f"{prefix}_{service.name}")
    return Settings(data_dir=tmp_path, database_url=postgres.url(f"{prefix}_{{service}}"))


async def test_models_and_migrations_agree(settings: Settings) -> None:
    found = {}
    for service in SERVICES:
        database = Database(service.name, settings)
        await migrate(database, service.metadata, service.migrations)
        await migrate(database, service.metadata, service.migrations)
        found[service.name] = await differences(database, service.metadata)
        await database.close()

    assert found == {service.name: [] for service in SERVICES}


async def test_a_column_that_no_migration_makes_is_seen(settings: Settings) -> None:
    service = SERVICES[0]
    database = Database(service.name, settings)
    await migrate(database, service.metadata, service.migrations)
    async with database.engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE outbox ADD COLUMN more INTEGER")

    found = await differences(database, service.metadata)
    await database.close()

    assert [(kind, column.name) for kind, _, _, column in found] == [("remove_column", "more")]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
async def test_each_revision_keeps_the_rows_of_every_table(settings: Settings, service: Service) -> None:
    database = Database(service.name, settings)
    kept: dict[str, int] = {}

    for revision in range(1, int(branches.newest(service.migrations) or 0) + 1):
        await migrate(database, service.metadata, service.migrations, to=f"{revision:04d}")
        async with database.engine.begin() as connection:
            filled = await connection.run_sync(fill)
        # A revision may take a table away, but empties none.
        assert {table: filled[table] for table in kept if table in filled} == {
            table: count for table, count in kept.items() if table in filled
        }
        kept = dict.fromkeys(filled, 1)

    found = await differences(database, service.metadata)
    await database.close()
    assert found == []


def fill(connection: Connection) -> dict[str, int]:
    """Write a row into each empty table. Return the rows that each had before, which is 1 for those of before."""
    metadata = MetaData()
    metadata.reflect(connection)
    counted = {}
    for table in metadata.sorted_tables:
        if table.name == "alembic_version":
            continue
        counted[table.name] = connection.scalar(select(func.count()).select_from(table)) or 0
        if not counted[table.name]:
            connection.execute(table.insert().values(row_for(connection, table)))
    return counted


def row_for(connection: Connection, table: Table) -> dict[str, Any]:
    """Return a row for a table: what other tables are named by, and some value for what may not be empty."""
    row = {}
    for column in table.columns:
        if column.foreign_keys:
            [key] = column.foreign_keys
            row[column.name] = connection.scalar(select(key.column).limit(1))
        elif not column.nullable and column.server_default is None:
            value = SOME_VALUES[column.type.python_type]
            row[column.name] = value[: getattr(column.type, "length", None)] if isinstance(value, str) else value
    return row


async def test_processes_that_migrate_at_once_wait_for_each_other(settings: Settings) -> None:
    service = SERVICES[-1]
    databases = [
        Database(service.name, settings) for _ in range(1 if settings.database_url.startswith("sqlite") else 4)
    ]

    await asyncio.gather(*(migrate(database, service.metadata, service.migrations) for database in databases))
    found = await differences(databases[0], service.metadata)
    for database in databases:
        await database.close()

    assert found == []


@pytest.mark.parametrize(("table", "branch"), [("outbox", "kit"), ("figures", "own")])
async def test_a_difference_becomes_a_revision_of_the_branch_that_owns_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str, branch: str
) -> None:
    service = SERVICES[0]
    shutil.copytree(branches.KIT, tmp_path / "kit")
    shutil.copytree(service.migrations, tmp_path / "own")
    monkeypatch.setattr(alembic_commands, "KIT", tmp_path / "kit")
    written = f"{branch}/{int(branches.newest(tmp_path / branch) or 0) + 1:04d}_more.py"
    database = Database(service.name, Settings(data_dir=tmp_path))
    await migrate(database, service.metadata, tmp_path / "own")
    async with database.engine.begin() as connection:
        await connection.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN more INTEGER")

    await revise(database, service.metadata, tmp_path / "own", "more")
    await database.close()

    found = await asyncio.to_thread(lambda: {path: path.read_text() for path in tmp_path.glob("*/*_more.py")})
    assert [path.relative_to(tmp_path).as_posix() for path in found] == [written]
    assert "drop_column" in found[tmp_path / written]


def test_the_tables_of_the_kit_are_created_in_one_place() -> None:
    for service in SERVICES:
        text = "".join(path.read_text() for path in service.migrations.glob("[0-9]*.py"))
        assert [table for table in KIT_TABLES if f'create_table(\n        "{table}"' in text] == []
