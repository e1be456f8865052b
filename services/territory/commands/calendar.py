"""Commands of the calendar of the programme."""

from typing import Any, Final
from uuid import UUID

from services.territory import queries
from services.territory.models import CalendarEvent
from services.territory.rules import calendar
from shared.clock import today
from shared.ids import uuid7
from shared.storage import outbox
from shared.storage.history import require_version, set_reason
from shared.storage.unit_of_work import WriteSession

DEFAULTS: Final[dict[str, Any]] = {"precision": "day", "attendance": []}


async def record_calendar_event(session: WriteSession, **content: Any) -> CalendarEvent:
    """Record an event of the programme."""
    await queries.require_source(session, content.get("source_id"))
    event = CalendarEvent(id=uuid7(), **DEFAULTS | content)
    calendar.settle(event, today=today())
    calendar.require_of_phase(event, await queries.find_phase(session, event.phase))
    session.add(event)
    outbox.add(session, calendar.announced(event))
    return event


async def correct_calendar_event(
    session: WriteSession, event_id: UUID, *, expected: int, reason: str, **content: Any
) -> CalendarEvent:
    """Correct an event. Other days bring another year with them."""
    event = await queries.get_calendar_event(session, event_id, lock=True)
    require_version(event, expected)
    set_reason(session, event, reason)
    await queries.require_source(session, content.get("source_id"))
    if content.get("starts_on") and "year" not in content:
        content["year"] = content["starts_on"].year
    for name, value in content.items():
        setattr(event, name, value)
    calendar.settle(event, today=today())
    calendar.require_of_phase(event, await queries.find_phase(session, event.phase))
    if session.is_modified(event):
        outbox.add(session, calendar.announced(event))
    return event
