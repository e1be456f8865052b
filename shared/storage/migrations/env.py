"""Alembic environment. Connection and metadata come from the caller, never from a file."""

from typing import Any, Literal

from alembic import context

from shared.storage.tables import UTCDateTime


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """A revision stands by itself: it names no type of ours, which may change after it."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UTCDateTime) else False


def _included(_item: Any, name: str | None, kind: str, _reflected: bool, _compared: Any) -> bool:
    tables = settings.get("tables")
    return kind != "table" or tables is None or name in tables


settings = context.config.attributes
context.configure(
    connection=settings["connection"],
    target_metadata=settings["metadata"],
    render_as_batch=True,
    compare_type=True,
    render_item=_render,
    include_object=_included,
)
# The caller's transaction: all the revisions, or none of them.
context.run_migrations()
