"""Days that reads ask about."""

from datetime import UTC, date, datetime, timedelta
from typing import Final

from shared.clock import day_of

LATEST: Final = datetime.max.replace(tzinfo=UTC) - timedelta(days=1)
"""The last hours of the calendar have no day in Paris."""


def day_asked(as_of: date | None, known_at: datetime | None) -> date | None:
    """Return the day that a read asks about: `as_of`, or the day of `known_at`; None: today."""
    return as_of or (day_of(min(known_at, LATEST)) if known_at else None)
