"""The calendar of the programme: its events."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response

from services.territory import commands, permissions, queries
from services.territory.api import icalendar
from services.territory.api.dependencies import Anyone, Reading, ReadingRow, Writing
from services.territory.api.filters import CalendarParameters
from services.territory.api.media_types import also, chosen_form
from services.territory.errors import (
    CalendarEventNotFound,
    EventDaysNotFitting,
    ParameterNotFitting,
    SourceNotRegistered,
)
from services.territory.models import CalendarEvent
from services.territory.schemas import CalendarEventChange, CalendarEventIn, CalendarEventOut
from shared.http.accept import BY_ACCEPT
from shared.http.changes import Changes, HistoryLine
from shared.http.pagination import ChangesPagination, Pagination, Slice
from shared.http.routing import IfMatch, Router, Tag, showing
from shared.http.schemas import Page
from shared.problem import documented
from shared.security.access import Caller
from shared.security.dependencies import allowed

router = Router(
    tags=[Tag("Calendar", "Events of the programme: CNI, committees, assemblies, industry weeks, reports.")]
)

Recorder = Annotated[Caller, Depends(allowed(permissions.RECORD_CALENDAR))]


@router.get(
    "/v1/calendar",
    response_model=Page[CalendarEventOut],
    dependencies=BY_ACCEPT,
    responses=also(icalendar.MEDIA_TYPE) | documented(EventDaysNotFitting, ParameterNotFitting),
)
async def list_calendar(
    request: Request,
    session: Reading,
    pagination: Pagination,
    filters: Annotated[CalendarParameters, Depends()],
    _: Anyone,
) -> Slice[CalendarEvent] | Response:
    """Events of the programme, by first day; also as iCalendar. With `next=true`, the first one after a day."""
    if chosen_form(request, icalendar.MEDIA_TYPE) == icalendar.MEDIA_TYPE:
        return icalendar.stream(request, queries.chosen_calendar(filters))
    return await queries.list_calendar(session, filters, pagination)


@router.get("/v1/calendar/changes", response_model=Changes[CalendarEventOut])
async def list_calendar_changes(session: Reading, pagination: ChangesPagination, by: Anyone) -> dict[str, Any]:
    """Every change of the calendar, in order; keep `next` to go on later."""
    return await queries.calendar_event_changes(session, pagination, by=by)


@router.get("/v1/calendar/{event_id}", response_model=CalendarEventOut, responses=documented(CalendarEventNotFound))
async def read_calendar_event(event_id: UUID, session: ReadingRow, _: Anyone) -> CalendarEvent:
    """One event of the programme."""
    return await queries.get_calendar_event(session, event_id)


@router.get(
    "/v1/calendar/{event_id}/history",
    response_model=Page[HistoryLine],
    responses=documented(CalendarEventNotFound),
)
async def read_calendar_event_history(
    event_id: UUID, session: Reading, pagination: Pagination, _: Anyone
) -> Slice[dict[str, Any]]:
    """History of an event: author, time, reason and changed fields."""
    return await queries.calendar_event_history(session, event_id, pagination)


@router.post(
    "/v1/calendar",
    status_code=201,
    response_model=CalendarEventOut,
    responses=documented(EventDaysNotFitting, SourceNotRegistered),
    openapi_extra=showing(
        kind="ceremony",
        title="Signature de contrats pendant la Semaine de l'industrie (exemple)",
        starts_on="2019-03-21",
        ends_on=None,
        place="Pau",
        note=None,
        attendance=[{"role": "elected", "count": 12}, {"role": "industrialist", "count": 20}],
        source="Compte rendu de la cérémonie (exemple)",
    ),
)
async def record_calendar_event(body: CalendarEventIn, session: Writing, _: Recorder) -> CalendarEvent:
    """Record an event of the programme. The id of a ceremony is the occasion of its signatures."""
    return await commands.record_calendar_event(session, **body.content())


@router.patch(
    "/v1/calendar/{event_id}",
    response_model=CalendarEventOut,
    responses=documented(CalendarEventNotFound, EventDaysNotFitting, SourceNotRegistered),
    openapi_extra=showing(version=2, status="held"),
)
async def correct_calendar_event(
    event_id: UUID, body: CalendarEventChange, expected: IfMatch, session: Writing, _: Recorder
) -> CalendarEvent:
    """Correct an event, or record that it was held or cancelled."""
    return await commands.correct_calendar_event(session, event_id, **body.content(), expected=expected)
