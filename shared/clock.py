"""The time, in one place. Recorded times are UTC; calendar days are those of Europe/Paris."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

PARIS: Final = ZoneInfo("Europe/Paris")


def now() -> datetime:
    """This moment, UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The calendar day in Paris."""
    return day_of(now())


def day_of(moment: datetime) -> date:
    """The Paris day in which a moment falls."""
    return moment.astimezone(PARIS).date()


def end_of(day: date) -> datetime:
    """The first moment after a Paris day: `as_of` reads everything before it."""
    return datetime.combine(day + timedelta(days=1), time.min, PARIS).astimezone(UTC)


class ClockWatch:
    """Notices that the clock was set back since it was last asked."""

    def __init__(self) -> None:
        self._last = now()

    def was_set_back(self) -> bool:
        """Return True if the clock shows an earlier time than at the question before."""
        last, self._last = self._last, now()
        return self._last < last
