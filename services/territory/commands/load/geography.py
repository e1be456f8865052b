"""Load geography from its files, row by row. Rows that they no longer list are deleted."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, bindparam, delete, insert, select, update

from services.territory import models
from services.territory.models import Base
from services.territory.reference import TerritoryReference
from services.territory.rules.search import place_text
from shared.storage.reference_data import Row
from shared.storage.unit_of_work import WriteSession

CHUNK: Final = 5_000
"""Rows compared at a time."""


def tables(reference: TerritoryReference) -> Iterator[tuple[type[Base], Iterable[Row]]]:
    """Return each table of geography and of the programme, with its rows from the files."""
    yield models.Phase, reference.phases()
    yield models.Axis, reference.axes()
    yield models.PhaseStage, reference.phase_stages()
    yield models.Region, reference.regions()
    yield models.Departement, reference.departements()
    yield models.Epci, reference.epcis()
    yield models.Ept, reference.epts()
    yield models.EmploymentZone, reference.employment_zones()
    yield models.Scheme, reference.schemes()
    yield models.SchemePerimeter, reference.scheme_perimeters()
    yield models.Commune, reference.communes()
    yield models.CommunePart, reference.commune_parts()
    yield models.Outline, reference.outlines()


async def mirror(session: WriteSession, model: type[Base], rows: Iterable[Row]) -> int:
    """Make a table equal to its files. Return the number of changed rows."""
    # SQLAlchemy Core: 35,000 ORM objects would be slow and large.
    table = model.metadata.tables[model.__tablename__]
    keys = [column.name for column in table.primary_key]
    stored = set(map(tuple, await session.execute(select(*table.primary_key))))
    shipped: set[tuple[Any, ...]] = set()
    changed = 0
    stream = _stored(table, rows)
    while chunk := list(islice(stream, CHUNK)):
        wanted = {tuple(row[key] for key in keys): row for row in chunk}
        is_new = stored.isdisjoint(wanted) and shipped.isdisjoint(wanted)
        existing = {} if is_new else await _existing(session, table, chunk)
        shipped.update(wanted)
        new = [row for key, row in wanted.items() if key not in existing]
        other = [row for key, row in wanted.items() if key in existing and existing[key] != tuple(row.values())]
        if new:
            await _insert(session, table, new)
        if other:
            await _overwrite(session, table, other)
        changed += len(new) + len(other)
    return changed + await _remove(session, table, stored - shipped)


def _stored(table: Table, rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the rows as the table stores them, with the columns in its order."""
    columns = table.columns.keys()
    dates = [column.name for column in table.columns if column.type.python_type is date]
    is_searchable = "search" in columns
    for row in rows:
        if is_searchable:
            row["search"] = place_text(row)
        for name in dates:
            row[name] = date.fromisoformat(row[name]) if row[name] else None
        yield {name: row[name] for name in columns}


async def _insert(session: WriteSession, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows with the statement of the driver: SQLAlchemy's work for each row costs half as much as SQLite's."""
    connection = await session.connection()
    dialect = connection.dialect
    columns = [(column.name, column.type.dialect_impl(dialect).bind_processor(dialect)) for column in table.columns]
    values = [tuple(stored(row[name]) if stored else row[name] for name, stored in columns) for row in rows]
    await connection.exec_driver_sql(str(insert(table).compile(dialect=dialect)), values)


async def _existing(
    session: WriteSession, table: Table, chunk: Sequence[Row]
) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """Return the values of the stored rows, by their keys."""
    first, width = next(iter(table.primary_key)), len(table.primary_key)
    statement = select(*table.primary_key, *table.columns).where(first.in_({row[first.name] for row in chunk}))
    return {row[:width]: row[width:] for row in map(tuple, await session.execute(statement))}


async def _overwrite(session: WriteSession, table: Table, rows: Sequence[Row]) -> None:
    names = [f"key_{key.name}" for key in table.primary_key]
    parameters = [row | {name: row[name.removeprefix("key_")] for name in names} for row in rows]
    await session.execute(update(table).where(*_key_conditions(table)), parameters)


async def _remove(session: WriteSession, table: Table, removed: Collection[tuple[Any, ...]]) -> int:
    if removed:
        names = [f"key_{key.name}" for key in table.primary_key]
        parameters = [dict(zip(names, key, strict=True)) for key in removed]
        await session.execute(delete(table).where(*_key_conditions(table)), parameters)
    return len(removed)


def _key_conditions(table: Table) -> list[ColumnElement[bool]]:
    """Return the conditions on the key of a row, with bound parameters."""
    return [key == bindparam(f"key_{key.name}") for key in table.primary_key]
