"""Make the texts of search of stored rows anew, in a migration: after the rule of `shared.storage.search` changed."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import sqlalchemy as sa

CHUNK: Final = 5_000
"""Rows at a time."""


def renew(
    connection: sa.Connection,
    table: str,
    keys: Sequence[str],
    text: Callable[[Any], str],
    **columns: sa.types.TypeEngine[Any],
) -> None:
    """Write the text of search of each row of a table, made from its keys and columns.

    Versions and histories stay: nothing that is shown changes.
    """
    names = [name for name in keys if name not in columns]
    described = sa.table(
        table, *map(sa.column, names), *(sa.column(*each) for each in columns.items()), sa.column("search")
    )
    place = [described.c[name] for name in keys]
    change = described.update().where(*(column == sa.bindparam(f"of_{column.name}") for column in place))
    after: Sequence[Any] | None = None
    while True:
        page = sa.select(described).order_by(*place).limit(CHUNK)
        if after is not None:
            page = page.where(sa.tuple_(*place) > sa.tuple_(*(sa.literal(value) for value in after)))
        rows = connection.execute(page).all()
        if rows:
            values = [{f"of_{name}": getattr(row, name) for name in keys} | {"search": text(row)} for row in rows]
            connection.execute(change.values(search=sa.bindparam("search")), values)
        if len(rows) < CHUNK:
            return
        after = [getattr(rows[-1], name) for name in keys]
