"""Rules of the calendar of the programme."""

from datetime import date
from typing import Final

from services.territory.errors import EventDaysNotFitting
from services.territory.models import CalendarEvent, Phase
from services.territory.rules.days import LAST_DAY, first_preparation
from shared.events.territory import CalendarEventAnnounced
from shared.problem import FieldError

FIRST_YEAR: Final = 2000
"""First year of the calendar."""
LAST_YEAR: Final = LAST_DAY.year
"""Last year of the calendar."""


def settle(event: CalendarEvent, *, today: date) -> None:
    """Check the days of an event against its precision and status, and set its place in the calendar."""
    if event.precision == "year":
        _require_year_alone(event)
        event.first_day, event.last_day = date(event.year, 1, 1), date(event.year, 12, 31)
    else:
        _require_days(event)
    if not FIRST_YEAR <= event.year <= LAST_YEAR:
        raise _refusal("year", f"`year` is {event.year}: give one from {FIRST_YEAR} to {LAST_YEAR}.")
    if event.last_day.year > LAST_YEAR:
        raise _refusal("ends_on", f"`ends_on` is {event.ends_on}: give a day of {LAST_YEAR} or an earlier one.")
    if event.status == "held" and event.first_day > today:
        raise _refusal("status", "`status` is held and the event is in the future: send announced or to_confirm.")


def require_of_phase(event: CalendarEvent, phase: Phase | None) -> None:
    """Refuse an event of a phase that is older than the phase."""
    if phase is None:
        return
    field, day = ("year", event.last_day) if event.precision == "year" else ("starts_on", event.first_day)
    first = first_preparation(phase)
    if day < first:
        given = event.year if field == "year" else day
        raise _refusal(
            field, f"`{field}` is {given}: give {first} or a later day in phase {phase.code}, or leave `phase` out."
        )


def _require_year_alone(event: CalendarEvent) -> None:
    if event.starts_on is not None or event.ends_on is not None:
        raise _refusal("precision", "`precision` is year and a day is given: send day, or leave the days out.")
    if event.year is None:
        raise _refusal("year", "`precision` is year: give the `year`, such as 2021.")


def _require_days(event: CalendarEvent) -> None:
    if event.starts_on is None:
        raise _refusal("starts_on", f"`precision` is {event.precision}: give `starts_on`, or send year and the `year`.")
    if event.precision == "published" and event.ends_on is not None:
        raise _refusal(
            "ends_on", "`precision` is published: `starts_on` is the day of the publication, without an end."
        )
    if event.ends_on is not None and event.ends_on < event.starts_on:
        raise _refusal("ends_on", f"`ends_on` is before {event.starts_on}: correct one of the days.")
    if event.year is not None and event.year != event.starts_on.year:
        raise _refusal("year", f"`year` is not that of {event.starts_on}: leave it out, or correct the day.")
    event.year = event.starts_on.year
    event.first_day, event.last_day = event.starts_on, event.ends_on or event.starts_on


def _refusal(field: str, detail: str) -> EventDaysNotFitting:
    return EventDaysNotFitting(detail, errors=[FieldError(pointer=f"/{field}", detail="does not fit the others")])


def announced(event: CalendarEvent) -> CalendarEventAnnounced:
    """Return the event of the current state of a calendar event."""
    return CalendarEventAnnounced(
        calendar_event_id=event.id,
        kind=event.kind,
        title=event.title,
        phase=event.phase,
        precision=event.precision,
        starts_on=event.starts_on,
        ends_on=event.ends_on,
        year=event.year,
        status=event.status,
        place=event.place,
        source_id=event.source_id,
    )
