"""Geography follows the files, row by row: what they no longer list is gone."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import Any, Final

from sqlalchemy import ColumnElement, Table, bindparam, delete, insert, select, update

from services.territory import models
from services.territory.models import Base
from services.territory.reference import Reference, Row
from shared.storage.search import searchable
from shared.storage.unit_of_work import WriteSession

CHUNK: Final = 5_000


def tables(reference: Reference) -> Iterator[tuple[type[Base], Iterable[Row]]]:
    """Every table of geography and of the programme's frame, with the rows that it shall have."""
    yield models.Phase, reference.phases()
    yield models.Axis, reference.axes()
    yield models.Region, reference.regions()
    yield models.Departement, reference.departements()
    yield models.Epci, reference.epcis()
    yield models.Ept, reference.epts()
    yield models.Commune, reference.communes()
    yield models.Outline, reference.outlines()


async def mirror(session: WriteSession, model: type[Base], rows: Iterable[Row]) -> int:
    """Make a table what the files say; how many rows that took. In Core: 35,000 objects would be slow and large."""
    table = model.metadata.tables[model.__tablename__]
    keys = [column.name for column in table.primary_key]
    shipped: set[tuple[Any, ...]] = set()
    changed = 0
    stream = iter(rows)
    while chunk := [_stored(table, row) for row in islice(stream, CHUNK)]:
        held = await _held(session, table, chunk)
        wanted = {tuple(row[key] for key in keys): row for row in chunk}
        shipped.update(wanted)
        new = [row for key, row in wanted.items() if key not in held]
        other = [row for key, row in wanted.items() if key in held and held[key] != row]
        if new:
            await session.execute(insert(table), new)
        if other:
            await _overwrite(session, table, other)
        changed += len(new) + len(other)
    return changed + await _remove_others(session, table, shipped)


def _stored(table: Table, row: Row) -> Row:
    known = row | {"search": searchable(row.get("name") or "")}
    return {column.name: _typed(column.type.python_type, known[column.name]) for column in table.columns}


def _typed(kind: type, value: Any) -> Any:
    return date.fromisoformat(value) if kind is date and value else value


async def _held(session: WriteSession, table: Table, chunk: Sequence[Row]) -> dict[tuple[Any, ...], Row]:
    first = next(iter(table.primary_key))
    found = await session.execute(select(table).where(first.in_({row[first.name] for row in chunk})))
    return {tuple(row[column.name] for column in table.primary_key): dict(row) for row in found.mappings()}


async def _overwrite(session: WriteSession, table: Table, rows: Sequence[Row]) -> None:
    names = [f"key_{key.name}" for key in table.primary_key]
    named = [row | {name: row[name.removeprefix("key_")] for name in names} for row in rows]
    await session.execute(update(table).where(*_this(table)), named)


async def _remove_others(session: WriteSession, table: Table, shipped: set[tuple[Any, ...]]) -> int:
    keys = list(table.primary_key)
    gone = [key for key in map(tuple, await session.execute(select(*keys))) if key not in shipped]
    if gone:
        names = [f"key_{key.name}" for key in keys]
        await session.execute(delete(table).where(*_this(table)), [dict(zip(names, key, strict=True)) for key in gone])
    return len(gone)


def _this(table: Table) -> list[ColumnElement[bool]]:
    """One row, by its key, many times over."""
    return [key == bindparam(f"key_{key.name}") for key in table.primary_key]
