"""Rules of scopes: years of a large place compare only over the départements that all of them cover."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from services.territory.rules.indicators import ratio
from shared.events.indicators import IndicatorUnit

TOLERANCE: Final = Fraction(1, 1000)
"""Part of a value by which its départements may miss it: published values are rounded."""


@dataclass(frozen=True)
class CountByYear:
    """Count of a large place by year, and of its départements."""

    whole: Mapping[int, Fraction]
    parts: Mapping[int, Mapping[str, Fraction]]
    """Year → code of the département → value."""

    def scope(self, year: int) -> frozenset[str] | None:
        """Return the départements that a value covers; None: those that are known do not add up to it."""
        parts = self.parts.get(year, {})
        if not parts or abs(sum(parts.values()) - self.whole[year]) > abs(self.whole[year]) * TOLERANCE:
            return None
        return frozenset(parts)

    def without(self, year: int, codes: frozenset[str]) -> Fraction:
        """Return the value of a year less that of some départements."""
        return self.whole[year] - sum((self.parts[year][code] for code in codes), Fraction())


@dataclass(frozen=True)
class Comparable:
    """Values by year over the départements that all the years cover."""

    points: Mapping[int, Fraction]
    absent: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """Département that is left out → the years that do not cover it."""


def comparable(published: Mapping[int, Fraction], counts: Sequence[CountByYear], unit: IndicatorUnit) -> Comparable:
    """Return the values over the same départements in all years.

    `published` are the values as they are. `counts` is the count, or the numerator and the denominator of a ratio; a
    share that is published without them has none, and stays as it is.
    """
    scopes = {year: scope for year in published if (scope := _scope(counts, year)) is not None}
    if len({*scopes.values()}) < 2:
        return Comparable(published)
    common = frozenset.intersection(*scopes.values())
    values = {year: [each.without(year, scope - common) for each in counts] for year, scope in scopes.items()}
    found = {year: each[0] if len(each) == 1 else ratio(each[0], each[1], unit) for year, each in values.items()}
    left_out = sorted(frozenset.union(*scopes.values()) - common)
    return Comparable(
        # A year whose scope is not known compares with none.
        {year: value for year, value in found.items() if value is not None},
        {code: [year for year, scope in sorted(scopes.items()) if code not in scope] for code in left_out},
    )


def _scope(counts: Sequence[CountByYear], year: int) -> frozenset[str] | None:
    """Return the départements of a year that all counts cover; None: not known, or they cover different ones."""
    found = {each.scope(year) for each in counts}
    return next(iter(found)) if len(found) == 1 else None
