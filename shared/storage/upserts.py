"""Inserts that may meet a row of the same key, for both databases alike.

With ON CONFLICT the library compiles its own form of a statement anew at each execution, which costs more than most
executions do. As text it is compiled once.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, Final, cast

from sqlalchemy import Table, TextClause, bindparam, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

_PLAIN: Final = sqlite.dialect(paramstyle="named")
"""PostgreSQL understands ON CONFLICT as SQLite writes it."""


def fixed(statement: Insert, columns: Collection[str]) -> TextClause:
    """The statement as text, to be executed with values of these columns. It gives nothing back."""
    compiled = statement.inline().compile(dialect=_PLAIN, column_keys=list(columns))
    typed = (bindparam(name, type_=bound.type) for name, bound in compiled.binds.items())
    return text(str(compiled)).bindparams(*typed)


async def put(session: AsyncSession, model: type[Any], **values: Any) -> None:
    """Put a whole row in the place of the one of the same primary key, if there is one; all columns are named.

    What this session has loaded of it stays as it was.
    """
    await put_all(session, model, [values])


async def put_all(session: AsyncSession, model: type[Any], rows: Sequence[Mapping[str, Any]]) -> None:
    """Put each of these rows, in their order, in one trip."""
    await session.execute(_putting(cast("Table", model.__table__)), rows)


async def add_missing(session: AsyncSession, model: type[Any], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows whose primary key has no row yet; all columns are named. Rows that are there stay."""
    if rows:
        await session.execute(_adding(cast("Table", model.__table__)), rows)


@cache
def _adding(table: Table) -> TextClause:
    return fixed(insert(table).on_conflict_do_nothing(), table.columns.keys())


@cache
def _putting(table: Table) -> TextClause:
    statement = insert(table)
    others = {column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key}
    return fixed(statement.on_conflict_do_update(index_elements=table.primary_key, set_=others), table.columns.keys())
