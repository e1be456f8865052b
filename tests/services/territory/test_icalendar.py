"""The calendar as iCalendar (RFC 5545): folded lines, escaped texts, and known days alone."""

from datetime import UTC, date, datetime
from uuid import UUID

from services.territory.api.icalendar import folded, lines_of
from services.territory.models import CalendarEvent
from shared.clock import today
from tests.services.territory.api import Api

ICAL = {"accept": "text/calendar"}


def make_event(**values: object) -> CalendarEvent:
    """An event of one day."""
    return CalendarEvent(
        **{
            "id": UUID("0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e50"),
            "version": 1,
            "updated_at": datetime(2026, 3, 5, 9, 30, tzinfo=UTC),
            "kind": "assembly",
            "title": "Assemblée (synthétique)",
            "precision": "day",
            "starts_on": date(2019, 3, 5),
            "ends_on": date(2019, 3, 6),
            "status": "held",
            "place": "Lyon",
            "note": None,
            "source": "synthétique",
            **values,
        }
    )


def test_the_end_of_an_event_is_the_day_after_its_last() -> None:
    assert list(lines_of(make_event())) == [
        "BEGIN:VEVENT",
        "UID:0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e50",
        "DTSTAMP:20260305T093000Z",
        "SEQUENCE:0",
        "DTSTART;VALUE=DATE:20190305",
        "DTEND;VALUE=DATE:20190307",
        "SUMMARY:Assemblée (synthétique)",
        "LOCATION:Lyon",
        "DESCRIPTION:synthétique",
        "CATEGORIES:assembly",
        "STATUS:CONFIRMED",
        "END:VEVENT",
    ]
    assert "DTEND;VALUE=DATE:20190306" in lines_of(make_event(ends_on=None))


def test_an_event_without_known_days_has_no_line() -> None:
    assert list(lines_of(make_event(precision="published", ends_on=None))) == []
    assert list(lines_of(make_event(precision="year", starts_on=None, ends_on=None))) == []


def test_a_text_cannot_add_a_line_or_a_property() -> None:
    lines = list(lines_of(make_event(title="a;b,c\\d\r\nSTATUS:CANCELLED\x07", status="cancelled")))

    assert "SUMMARY:a\\;b\\,c\\\\d\\nSTATUS:CANCELLED" in lines
    assert lines[-2] == "STATUS:CANCELLED"


def test_a_long_line_is_folded_between_characters() -> None:
    text = "é" * 100
    parts = folded(f"SUMMARY:{text}").split("\r\n")

    assert max(len(part.encode()) for part in parts) <= 75
    assert "".join([parts[0], *(part[1:] for part in parts[1:])]) == f"SUMMARY:{text}"
    assert folded("END:VEVENT") == "END:VEVENT\r\n"


async def test_the_calendar_is_answered_as_icalendar_with_its_filters(api_on_both: Api) -> None:
    answer = await api_on_both.call("GET", "/v1/calendar", headers=ICAL)
    one = await api_on_both.call("GET", "/v1/calendar?next=true&as_of=2019-03-05", headers=ICAL)

    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["vary"].split(", ")[0] == "Accept"
    assert answer.headers["content-disposition"] == f'attachment; filename="calendar-{today()}.ics"'
    assert answer.text.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert answer.text.endswith("END:VEVENT\r\nEND:VCALENDAR\r\n")
    assert answer.text.count("BEGIN:VEVENT") == 25, "27 without the publication and the year alone"
    assert one.text.count("BEGIN:VEVENT") == 1
    assert "DTSTART;VALUE=DATE:20190318" in one.text
    await api_on_both.call("GET", "/v1/calendar?as_of=2019-03-05", headers=ICAL, status=422)


async def test_icalendar_has_no_pages(api: Api) -> None:
    problem = (await api.call("GET", "/v1/calendar?limit=1", headers=ICAL, status=422)).json()

    assert (problem["code"], problem["errors"][0]["parameter"]) == ("parameter-not-fitting", "limit")


async def test_the_next_event_is_the_same_in_json_and_icalendar(api: Api) -> None:
    query = "/v1/calendar?next=true&as_of=2020-09-01"
    [event] = (await api.get(query))["items"]
    feed = (await api.call("GET", query, headers=ICAL)).text

    assert event["starts_on"] == "2020-11-16"
    assert f"UID:{event['id']}\r\n" in feed
