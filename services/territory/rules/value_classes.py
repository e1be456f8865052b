"""Rules of the classes of a map by an indicator, and of index numbers on a chart."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

CLASSES: Final = 5
"""Maximum number of classes: more shades of one colour are not told apart."""
DIGITS: Final = 3
"""Significant digits of a bound."""
HUNDRED: Final = Fraction(100)


@dataclass(frozen=True)
class ValueClass:
    """Values between two bounds."""

    since: Fraction | None
    """Lowest value; None: no bound."""
    until: Fraction | None
    """First value above the class; None: no bound."""

    def includes(self, value: Fraction) -> bool:
        """Return True if a value lies between the bounds."""
        return (self.since is None or value >= self.since) and (self.until is None or value < self.until)


def value_classes(values: Iterable[Fraction]) -> list[ValueClass]:
    """Return at most five classes with about as many values each, between round bounds. None of them is empty."""
    ordered = sorted(values)
    if not ordered:
        return []
    bounds: list[Fraction] = []
    for index in range(1, CLASSES):
        bound = _round(ordered[len(ordered) * index // CLASSES])
        lowest = bounds[-1] if bounds else ordered[0]
        if bound > lowest and bound <= ordered[-1] and any(lowest <= value < bound for value in ordered):
            bounds.append(bound)
    return [ValueClass(since, until) for since, until in zip([None, *bounds], [*bounds, None], strict=True)]


def _round(value: Fraction) -> Fraction:
    if not value:
        return value
    return round(value, DIGITS - 1 - math.floor(math.log10(abs(value))))


def base_year(places: Sequence[Mapping[int, Fraction]]) -> int | None:
    """Return the first year for which every place has a value above zero."""
    shared = (year for year in places[0] if all(points.get(year, 0) > 0 for points in places)) if places else ()
    return min(shared, default=None)


def index_numbers(points: Mapping[int, Fraction], base: int) -> dict[int, Fraction]:
    """Return values as index numbers: the value of the base year is 100."""
    return {year: value / points[base] * HUNDRED for year, value in points.items()}
