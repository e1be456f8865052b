"""Performance of an operator: counts, delays and shares, as of a day. A small sample is marked."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Final, TypedDict

from services.catalog.errors import DayInTheFuture
from shared.events.catalog import RequestStatus
from shared.problem import FieldError

MIN_SAMPLE: Final = 5
"""Minimum number of requests for a median or a share; fewer would give a random figure."""
STATES: Final[tuple[RequestStatus, ...]] = ("sent", "acknowledged", "accepted", "declined", "redirected", "done")


@dataclass(frozen=True)
class Course:
    """Stages of a request, as calendar days in Paris."""

    territory: str
    regions: Collection[str]
    axis: str
    sent_on: date
    acknowledge_by: date
    answer_by: date
    acknowledged_on: date | None
    answered_on: date | None
    answer: RequestStatus | None
    concluded_on: date | None

    def status(self, on: date) -> RequestStatus:
        """Return its state at the end of a day."""
        if _by(self.concluded_on, on):
            return "done"
        if _by(self.answered_on, on) and self.answer:
            return self.answer
        return "acknowledged" if _by(self.acknowledged_on, on) else "sent"


class Measure(TypedDict):
    """A figure with its sample size in requests, or the reason why there is no figure."""

    value: float | None
    sample: int
    reason: str | None


class OperatorFigures(TypedDict):
    """Performance figures of an operator."""

    requests: int
    by_status: dict[RequestStatus, int]
    acknowledged_in_time: Measure
    answered_in_time: Measure
    days_to_acknowledge: Measure
    days_to_answer: Measure


def require_past(as_of: date, today: date) -> None:
    """Refuse a day in the future."""
    if as_of > today:
        raise DayInTheFuture(
            f"{as_of} is in the future: give `as_of` as {today} or an earlier day.",
            errors=[FieldError(parameter="as_of", detail="in the future")],
        )


def figures(courses: Iterable[Course], *, on: date) -> OperatorFigures:
    """Compute the figures of requests at the end of a day."""
    sent = [course for course in courses if course.sent_on <= on]
    states = [course.status(on) for course in sent]
    return OperatorFigures(
        requests=len(sent),
        by_status={state: states.count(state) for state in STATES},
        acknowledged_in_time=_in_time([(course.acknowledged_on, course.acknowledge_by) for course in sent], on),
        answered_in_time=_in_time([(course.answered_on, course.answer_by) for course in sent], on),
        days_to_acknowledge=_days([(course.sent_on, course.acknowledged_on) for course in sent], on),
        days_to_answer=_days([(course.sent_on, course.answered_on) for course in sent], on),
    )


def by(
    courses: Sequence[Course], keys: Callable[[Course], Collection[str]], *, on: date
) -> list[tuple[str, OperatorFigures]]:
    """Compute the figures per territory, région or axis. A request of two régions counts in both."""
    sent = [course for course in courses if course.sent_on <= on]
    found = sorted({key for course in sent for key in keys(course)})
    return [(key, figures([course for course in sent if key in keys(course)], on=on)) for key in found]


def _in_time(intervals: Sequence[tuple[date | None, date]], on: date) -> Measure:
    """Return the share of steps taken in time, among those that were taken or are late."""
    decided = [(taken, due) for taken, due in intervals if _by(taken, on) or due < on]
    kept = [True for taken, due in decided if taken is not None and taken <= min(due, on)]
    return _measure(len(decided), lambda: round(len(kept) / len(decided), 4))


def _days(intervals: Sequence[tuple[date, date | None]], on: date) -> Measure:
    taken = [(end - start).days for start, end in intervals if end is not None and end <= on]
    return _measure(len(taken), lambda: float(median(taken)))


def _measure(sample: int, value: Callable[[], float]) -> Measure:
    if sample < MIN_SAMPLE:
        return Measure(value=None, sample=sample, reason=f"not conclusive: {sample} of the {MIN_SAMPLE} that it takes")
    return Measure(value=value(), sample=sample, reason=None)


def _by(day: date | None, on: date) -> bool:
    return day is not None and day <= on
