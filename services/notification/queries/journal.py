"""The journal, read by position: dense, given once, never changed."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Row, Select, bindparam, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.notification.models import Journal, JournalSubject, KnownTerritory
from services.notification.rules.audience import Entry, where_it_lies
from services.notification.rules.catalogue import concerns_operators
from shared.security.access import Stakeholders

STAKEHOLDER_COLUMNS: Final = ("territories", "regions", "organisations")
ENTRY: Final = (
    Journal.position,
    Journal.event_id,
    Journal.type,
    Journal.subject,
    *(getattr(Journal, name) for name in STAKEHOLDER_COLUMNS),
    Journal.operators,
    *(getattr(JournalSubject, name).label(f"present_{name}") for name in STAKEHOLDER_COLUMNS),
    case((Journal.subject.startswith("decision/"), Journal.body)).label("decision"),
)
"""Columns of `entries_of`, with the last stakeholders of the subject."""


async def last_position(session: AsyncSession) -> int:
    """Return the last position; 0 while the journal is empty."""
    return await session.scalar(select(func.max(Journal.position))) or 0


async def position_before(session: AsyncSession, moment: datetime) -> int:
    """The last position that was written before a moment: whoever reads on from it misses nothing since."""
    following = await session.scalar(select(func.min(Journal.position)).where(Journal.journaled_at >= moment))
    return await last_position(session) if following is None else following - 1


async def entries_after(
    session: AsyncSession, position: int, *, at_most: int, types: Collection[str] = ()
) -> Sequence[Entry]:
    """The entries of so many positions after one; those of some types alone, if any are named."""
    statement = _entries().where(Journal.position > position, Journal.position <= position + at_most)
    if types:
        statement = statement.where(Journal.type.in_(types))
    return await entries_of(session, (await session.execute(statement.order_by(Journal.position))).all())


async def events_after(session: AsyncSession, start: int, end: int) -> list[tuple[Entry, bytes]]:
    """Return the events after a position, up to another one, with their bytes."""
    rows = (await session.execute(_EVENTS_AFTER, {"start": start, "end": end})).all()
    return [(entry, row.body.encode()) for entry, row in zip(await entries_of(session, rows), rows, strict=True)]


async def entry_of(session: AsyncSession, event_id: str) -> Entry | None:
    """Return the entry of an event; None if the journal has none of this id."""
    statement = _entries().where(Journal.event_id == event_id)
    found = await entries_of(session, (await session.execute(statement)).all())
    return found[0] if found else None


async def bodies_of(session: AsyncSession, positions: Collection[int]) -> Mapping[int, str]:
    """The events at these positions, to the byte."""
    found = await session.execute(select(Journal.position, Journal.body).where(Journal.position.in_(positions)))
    return {row.position: row.body for row in found}


async def entries_of(session: AsyncSession, rows: Sequence[Row[Any]]) -> list[Entry]:
    """The entries that these rows are, each with whom its object concerns by where its territories lie today."""
    lies_in: dict[str, Collection[str]] = {}
    if keys := {key for row in rows for key in row.present_territories}:
        places = select(KnownTerritory.key, KnownTerritory.regions).where(KnownTerritory.key.in_(keys))
        lies_in = {place.key: place.regions for place in await session.execute(places)}
    return [_entry(row, lies_in) for row in rows]


def _entries() -> Select[Any]:
    return select(*ENTRY).join(JournalSubject, JournalSubject.subject == Journal.subject)


_EVENTS_AFTER: Final = (
    _entries()
    .add_columns(Journal.body)
    .where(
        Journal.position > bindparam("start", type_=BigInteger), Journal.position <= bindparam("end", type_=BigInteger)
    )
    .order_by(Journal.position)
)


def _entry(row: Row[Any], lies_in: Mapping[str, Collection[str]]) -> Entry:
    operators = concerns_operators(row.type)
    named, last = (
        Stakeholders.of(**{name: getattr(row, prefix + name) for name in STAKEHOLDER_COLUMNS}, operators=operators)
        for prefix in ("", "present_")
    )
    # A decision is its committee's too, wherever the territories lie that it is about.
    keeps = [json.loads(row.decision)["data"]["region"]] if row.decision else []
    present = where_it_lies(last, lies_in, keeps=keeps)
    return Entry(
        row.position, row.event_id, row.type, row.subject, named, present, operators=frozenset(row.operators or ())
    )
