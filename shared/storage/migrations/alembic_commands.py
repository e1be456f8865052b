"""Alembic commands on an open connection."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, Table

from shared.storage.migrations.branches import KIT, newest
from shared.storage.tables import KIT_TABLES

HERE: Final = Path(__file__).parent


def _config(connection: Connection, metadata: MetaData, revisions: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.set_main_option("version_locations", f"{KIT}\n{revisions}")
    config.set_main_option("path_separator", "newline")
    config.attributes.update(connection=connection, metadata=metadata)
    return config


def upgrade(connection: Connection, metadata: MetaData, revisions: Path, to: str = "head") -> None:
    """Run every revision that the database lacks, of the service up to the one of `to`."""
    config = _config(connection, metadata, revisions)
    command.upgrade(config, "kit@head")
    if newest(revisions):
        command.upgrade(config, f"service@{to}")


def revise(connection: Connection, metadata: MetaData, revisions: Path, message: str) -> None:
    """Write a revision with the next number, of the kit if one of its tables differs."""
    changed = {table for difference in _flat(differences(connection, metadata)) if (table := _table_of(difference))}
    branch, folder, prefix = ("kit", KIT, "kit_") if changed & KIT_TABLES else ("service", revisions, "")
    config = _config(connection, metadata, revisions)
    config.attributes["tables"] = KIT_TABLES if branch == "kit" else set(metadata.tables) - KIT_TABLES
    last = newest(folder)
    number = f"{int(last or 0) + 1:04d}"
    config.set_main_option("file_template", f"{number}_%%(slug)s")
    command.revision(
        config,
        message,
        autogenerate=True,
        rev_id=f"{prefix}{number}",
        version_path=str(folder),
        head=f"{branch}@head" if last else "base",
        branch_label=None if last else branch,
    )


def differences(connection: Connection, metadata: MetaData) -> list[Any]:
    """Return the differences between models and database."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    with warnings.catch_warnings():
        # An index of PostgreSQL alone.
        warnings.filterwarnings("ignore", "autogenerate skipping metadata-specified expression-based index")
        return list(compare_metadata(context, metadata))


def _flat(found: list[Any]) -> Iterator[tuple[Any, ...]]:
    for each in found:
        # Alembic groups the changes of one column in a list.
        yield from each if isinstance(each, list) else [each]


def _table_of(difference: tuple[Any, ...]) -> str | None:
    """Return the table that a difference is about."""
    for part in difference[1:]:
        if isinstance(part, Table):
            return part.name
        if isinstance(table := getattr(part, "table", None), Table):
            return table.name
    # add_column, remove_column, modify_…: schema, then the name of the table.
    return next((part for part in difference[1:3] if isinstance(part, str)), None)
