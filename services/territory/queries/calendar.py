"""Phases with their stages, and the calendar of the programme."""

from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from services.territory.errors import CalendarEventNotFound, EventDaysNotFitting, PhaseNotFound
from services.territory.models import CalendarEvent, Phase
from services.territory.queries.filters import CalendarFilters
from services.territory.queries.territories import access_scope_of
from shared.clock import today
from shared.http.collection import PublicCollection
from shared.http.pagination import PageRequest, Slice
from shared.problem import FieldError


def _no_event(event_id: UUID) -> CalendarEventNotFound:
    return CalendarEventNotFound(f"The calendar has no event {event_id}: GET /v1/calendar lists them.")


_calendar: Final = PublicCollection(
    CalendarEvent,
    "calendar event",
    access_scope_of,
    order=(CalendarEvent.first_day, CalendarEvent.id),
    missing=_no_event,
)
get_calendar_event: Final = _calendar.get
calendar_event_changes: Final = _calendar.changes
calendar_event_history: Final = _calendar.history


async def get_phase(session: AsyncSession, code: str) -> Phase:
    """A phase with its stages."""
    phase = await session.scalar(select(Phase).where(Phase.code == code).options(selectinload(Phase.stages)))
    if phase is None:
        raise PhaseNotFound(f"The programme has no phase {code}: GET /v1/phases lists them.")
    return phase


async def find_phase(session: AsyncSession, code: str | None) -> Phase | None:
    """Return the phase that an object names, or None."""
    return await session.get(Phase, code) if code else None


async def list_calendar(
    session: AsyncSession, filters: CalendarFilters, pagination: PageRequest
) -> Slice[CalendarEvent]:
    """One page of the calendar, by first day; with `next`, the first event after a day."""
    return await _calendar.page(session, chosen_calendar(filters), pagination)


def chosen_calendar(filters: CalendarFilters) -> Select[tuple[CalendarEvent]]:
    """Return the statement of the events that a list asks for, in the order of the calendar."""
    _require_consistent(filters)
    named = {
        CalendarEvent.kind: filters.kind,
        CalendarEvent.phase: filters.phase,
        CalendarEvent.status: filters.status,
    }
    conditions = [column == value for column, value in named.items() if value]
    if filters.from_day:
        conditions.append(CalendarEvent.last_day >= filters.from_day)
    if filters.until:
        conditions.append(CalendarEvent.first_day <= filters.until)
    order = (CalendarEvent.first_day, CalendarEvent.id)
    if filters.next:
        coming = (
            CalendarEvent.starts_on > (filters.as_of or today()),
            # The day of a publication is not that of the event.
            CalendarEvent.precision == "day",
            CalendarEvent.status != "cancelled",
        )
        first = select(CalendarEvent.id).where(*conditions, *coming).order_by(*order).limit(1)
        conditions = [CalendarEvent.id == first.scalar_subquery()]
    return select(CalendarEvent).where(*conditions).order_by(*order)


def _require_consistent(filters: CalendarFilters) -> None:
    """Refuse days that exclude every event, and a day that would be ignored."""
    if filters.from_day and filters.until and filters.until < filters.from_day:
        raise _parameter("until", f"`until` is before {filters.from_day}: give a later day, or leave one of them out.")
    if filters.as_of and not filters.next:
        raise _parameter("as_of", "`as_of` goes with `next=true`: add it, or send `from` and `until`.")


def _parameter(name: str, detail: str) -> EventDaysNotFitting:
    return EventDaysNotFitting(detail, errors=[FieldError(parameter=name, detail="does not fit the others")])
