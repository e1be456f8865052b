"""Alembic: one branch for the tables of the kit, one for those of each service.

Both run in the database of each service, the kit's branch first. All services can migrate one after another in one
process. Alembic is imported only if there is something to do: it would take a third of a second of every start.
"""

from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, MetaData, inspect, text

from shared.storage.database import Database
from shared.storage.migrations.branches import KIT, newest
from shared.storage.migrations.rights import restrict
from shared.storage.unit_of_work import ReadSession

LOCK: Final = 7_301_001
"""Advisory lock under which one process at a time migrates a database."""


async def migrate(database: Database, metadata: MetaData, revisions: Path) -> None:
    """Bring a service's database to the newest revision."""
    async with database.engine.begin() as connection:
        if not database.is_sqlite:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        if await connection.run_sync(_revisions) != {f"kit_{newest(KIT)}", newest(revisions)} - {None}:
            from shared.storage.migrations import alembic_commands  # noqa: PLC0415

            await connection.run_sync(alembic_commands.upgrade, metadata, revisions)
        if not database.is_sqlite:
            await connection.run_sync(restrict, metadata)


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
