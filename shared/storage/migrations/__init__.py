"""Alembic, one history per service, all of them runnable one after another in one process.

The environment and the template stand here; the revisions stand in each service's `migrations/`. Alembic itself is
loaded when there is something to do: it would take a third of a second of every start.
"""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, inspect, text

from shared.storage.database import Database

LOCK = 7_301_001
"""The advisory lock under which one process at a time migrates a database."""


async def migrate(database: Database, metadata: MetaData, revisions: Path) -> None:
    """Bring a service's database to the newest revision."""
    async with database.engine.begin() as connection:
        if not database.is_sqlite:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        if await connection.run_sync(_revision) == _newest(revisions):
            return
        from shared.storage.migrations import alembic_commands  # noqa: PLC0415

        await connection.run_sync(alembic_commands.upgrade, metadata, revisions)


async def revise(database: Database, metadata: MetaData, revisions: Path, message: str) -> None:
    """Write a new revision: what the models have and the database has not."""
    from shared.storage.migrations import alembic_commands  # noqa: PLC0415

    async with database.engine.connect() as connection:
        await connection.run_sync(alembic_commands.revise, metadata, revisions, message)


async def differences(database: Database, metadata: MetaData) -> list[Any]:
    """What the models and the database disagree on: nothing, if the migrations are complete."""
    from shared.storage.migrations import alembic_commands  # noqa: PLC0415

    async with database.engine.connect() as connection:
        return await connection.run_sync(alembic_commands.differences, metadata)


def _revision(connection: Connection) -> str | None:
    """Where the database stands; None while it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def _newest(revisions: Path) -> str | None:
    """The newest revision of a service; None before its first one is written."""
    return max((path.name.partition("_")[0] for path in revisions.glob("[0-9]*.py")), default=None)
