"""Alembic commands on an open connection."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData


def _config(connection: Connection, metadata: MetaData, revisions: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("version_locations", str(revisions))
    config.set_main_option("path_separator", "newline")
    config.attributes.update(connection=connection, metadata=metadata)
    return config


def upgrade(connection: Connection, metadata: MetaData, revisions: Path) -> None:
    """Run every revision that the database lacks."""
    command.upgrade(_config(connection, metadata, revisions), "head")


def revise(connection: Connection, metadata: MetaData, revisions: Path, message: str) -> None:
    """Write a revision with the next number."""
    config = _config(connection, metadata, revisions)
    number = f"{len(list(revisions.glob('[0-9]*.py'))) + 1:04d}"
    command.revision(config, message, autogenerate=True, rev_id=number, version_path=str(revisions))


def differences(connection: Connection, metadata: MetaData) -> list[Any]:
    """Return the differences between models and database."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))
