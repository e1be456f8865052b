"""Alembic: one branch for the tables of the kit, one for those of each service.

Both run in the database of each service, the kit's branch first. All services can migrate one after another in one
process. Alembic is imported only if there is something to do: it would take a third of a second of every start.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, cast

from sqlalchemy import Connection, MetaData, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.storage.database import Database
from shared.storage.migrations.branches import KIT, newest
from shared.storage.migrations.rights import restrict
from shared.storage.unit_of_work import ReadSession

LOCK: Final = 7_301_001
"""Advisory lock under which one process at a time migrates a database."""


async def migrate(database: Database, metadata: MetaData, revisions: Path, *, to: str = "head") -> None:
    """Bring a service's database to its newest revision, or to that of `to`: all the steps, or none."""
    async with _migrating(database) as connection:
        if not database.is_sqlite:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        if await connection.run_sync(_revisions) != {f"kit_{newest(KIT)}", newest(revisions)} - {None}:
            from shared.storage.migrations import alembic_commands  # noqa: PLC0415

            await connection.run_sync(alembic_commands.upgrade, metadata, revisions, to)
        if not database.is_sqlite:
            await connection.run_sync(restrict, metadata)


@asynccontextmanager
async def _migrating(database: Database) -> AsyncIterator[AsyncConnection]:
    """Open the transaction of the migrations.

    To alter a table, SQLite copies it and drops the old one, of which other tables name rows: it checks foreign keys
    only at the end (https://www.sqlite.org/lang_altertable.html, section 7).
    """
    if not database.is_sqlite:
        async with database.engine.begin() as connection:
            yield connection
        return
    async with database.engine.connect() as connection:
        raw = await connection.get_raw_connection()
        # It has no effect within a transaction, so the driver gets it.
        await cast(Any, raw.driver_connection).execute("PRAGMA foreign_keys=OFF")
        try:
            async with connection.begin():
                yield connection
                if lost := (await connection.exec_driver_sql("PRAGMA foreign_key_check")).all():
                    raise RuntimeError(f"the migrations of {database.service} left rows that name no row: {lost[:5]}")
        finally:
            # Nobody else gets a connection that checks no foreign keys.
            await connection.invalidate()


async def missing_tables(session: ReadSession, metadata: MetaData) -> list[str]:
    """Return the tables that the database lacks; none once it was migrated."""
    connection = await session.connection()
    present = await connection.run_sync(lambda each: inspect(each).get_table_names())
    return sorted(metadata.tables.keys() - set(present))


async def revise(database: Database, metadata: MetaData, revisions: Path, message: str) -> None:
    """Write a new revision, from the differences between models and database.

    A difference in the tables of the kit becomes a revision of the kit.
    """
    from shared.storage.migrations import alembic_commands  # noqa: PLC0415

    async with database.engine.connect() as connection:
        await connection.run_sync(alembic_commands.revise, metadata, revisions, message)


async def differences(database: Database, metadata: MetaData) -> list[Any]:
    """Return the differences between models and database: none if the migrations are complete."""
    from shared.storage.migrations import alembic_commands  # noqa: PLC0415

    async with database.engine.connect() as connection:
        return await connection.run_sync(alembic_commands.differences, metadata)


def _revisions(connection: Connection) -> set[str]:
    """Return the revisions of the database, one for each branch; none if it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return set()
    return set(connection.scalars(text("SELECT version_num FROM alembic_version")))
