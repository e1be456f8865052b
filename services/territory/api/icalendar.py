"""iCalendar (RFC 5545): the events of the programme in the calendars of people."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, timedelta
from typing import Final

from fastapi import Request
from fastapi.responses import StreamingResponse
from sqlalchemy import Select

from services.territory.models import CalendarEvent
from shared.clock import today
from shared.http.sessions import database_of

MEDIA_TYPE: Final = "text/calendar"
BATCH: Final = 200
LINE: Final = 75
"""Maximum bytes of a line, without its end: longer ones are folded."""
STATUS: Final = {"held": "CONFIRMED", "announced": "CONFIRMED", "to_confirm": "TENTATIVE", "cancelled": "CANCELLED"}
BEGIN: Final = (
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Territoires d'industrie//Calendrier//FR",
    "CALSCALE:GREGORIAN",
)
END: Final = ("END:VCALENDAR",)


def stream(request: Request, statement: Select[tuple[CalendarEvent]]) -> StreamingResponse:
    """Return the events of a statement as an answer that is sent while they are read."""
    headers = {"Vary": "Accept", "Content-Disposition": f'attachment; filename="calendar-{today()}.ics"'}
    return StreamingResponse(_calendar(request, statement), media_type=f"{MEDIA_TYPE}; charset=utf-8", headers=headers)


def lines_of(event: CalendarEvent) -> Iterator[str]:
    """Yield the lines of an event; none if its days are not known."""
    # The day of a publication is not that of the event.
    if event.precision != "day" or event.starts_on is None:
        return
    yield "BEGIN:VEVENT"
    yield f"UID:{event.id}"
    yield f"DTSTAMP:{event.updated_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"SEQUENCE:{event.version - 1}"
    yield f"DTSTART;VALUE=DATE:{event.starts_on:%Y%m%d}"
    # The end is the first day after the event.
    yield f"DTEND;VALUE=DATE:{(event.ends_on or event.starts_on) + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{_escaped(event.title)}"
    if event.place:
        yield f"LOCATION:{_escaped(event.place)}"
    yield f"DESCRIPTION:{_escaped(' — '.join(text for text in (event.note, event.source) if text))}"
    yield f"CATEGORIES:{event.kind}"
    yield f"STATUS:{STATUS[event.status]}"
    yield "END:VEVENT"


def folded(line: str) -> str:
    """Return a line with its end, in parts of at most 75 bytes. No character is cut."""
    parts, size = [""], 0
    for sign in line:
        width = len(sign.encode())
        if size + width > LINE:
            parts.append(" ")
            size = 1
        parts[-1] += sign
        size += width
    return "\r\n".join(parts) + "\r\n"


async def _calendar(request: Request, statement: Select[tuple[CalendarEvent]]) -> AsyncIterator[str]:
    # A session of its own: that of the endpoint is closed before the body is sent.
    async with database_of(request, "territory").reading() as session:
        found = await session.stream_scalars(statement.execution_options(yield_per=BATCH))
        yield "".join(map(folded, BEGIN))
        async for events in found.partitions():
            yield "".join(folded(line) for event in events for line in lines_of(event))
        yield "".join(map(folded, END))


def _escaped(text: str) -> str:
    """Escape a text, and drop control characters."""
    for sign in "\\;,":
        text = text.replace(sign, f"\\{sign}")
    text = "\\n".join(text.splitlines())
    return "".join(sign for sign in text if sign >= " " and sign != "\x7f")
