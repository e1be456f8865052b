"""Load sources, guides, envelopes and the calendar: write and publish only the differences between two versions."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import date
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import select

from services.territory.models import Base, CalendarEvent, Envelope, Guide, Source
from services.territory.rules import calendar, guides
from shared.clock import today
from shared.storage import outbox
from shared.storage.reference_data import Difference
from shared.storage.unit_of_work import WriteSession

Model = TypeVar("Model", Source, Guide, CalendarEvent, Envelope)


async def apply_sources(session: WriteSession, differences: Sequence[Difference]) -> int:
    """Register new sources, and correct the others. Return the number of events."""
    written = await _write(session, Source, differences)
    for source in written:
        outbox.add(session, guides.registered(source))
    return len(written)


async def apply_envelopes(session: WriteSession, differences: Sequence[Difference]) -> int:
    """Record new envelopes, and correct the others. They have no events."""
    await _write(session, Envelope, differences)
    return 0


async def apply_guides(session: WriteSession, differences: Sequence[Difference]) -> int:
    """Publish new versions of guides, and correct the others. Return the number of events."""
    written = await _write(session, Guide, differences)
    changed = 0
    for title in sorted({guide.title for guide in written}):
        stored = await session.scalars(select(Guide).where(Guide.title == title))
        versions = list({guide.id: guide for guide in (*stored, *written) if guide.title == title}.values())
        guides.settle(versions)
        for guide in versions:
            session.add(guide)
            if guide in session.new or session.is_modified(guide):
                outbox.add(session, guides.published(guide))
                changed += 1
    return changed


async def apply_calendar(session: WriteSession, differences: Sequence[Difference]) -> int:
    """Record new events of the programme, and correct the others. Return the number of events."""
    written = await _write(session, CalendarEvent, differences)
    for event in written:
        calendar.settle(event, today=today())
        session.add(event)
        outbox.add(session, calendar.announced(event))
    return len(written)


DOCUMENTS: Final[dict[str, Callable[[WriteSession, Sequence[Difference]], Awaitable[int]]]] = {
    "sources": apply_sources,
    "guides": apply_guides,
    "envelopes": apply_envelopes,
    "calendar": apply_calendar,
}
"""Collection → function that loads it, in order: the others cite sources."""


async def _write(session: WriteSession, model: type[Model], differences: Sequence[Difference]) -> list[Model]:
    """Return new rows, not stored yet, and the corrected ones."""
    wanted = [UUID(difference.code) for difference in differences]
    existing = {row.id: row for row in await session.scalars(select(model).where(model.id.in_(wanted)))}
    rows = [existing.get(key) or model(id=key) for key in wanted]
    for row, difference in zip(rows, differences, strict=True):
        for name, value in _typed(model, difference.changed):
            setattr(row, name, value)
        if model in (Source, Envelope):
            session.add(row)
    return rows


def _typed(model: type[Base], values: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the values with the types of the columns."""
    for name, value in values.items():
        kind = model.__table__.columns[name].type.python_type
        if kind is date and value:
            yield name, date.fromisoformat(value)
        elif kind is UUID and value:
            yield name, UUID(value)
        else:
            yield name, value
