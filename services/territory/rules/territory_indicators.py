"""Rules of the indicators of a territory: its value from those of its members, or of the areas in which it lies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, Literal

from services.territory.models import Indicator
from services.territory.rules.indicators import ratio
from shared.events.indicators import IndicatorLevel

Method = Literal["sum_of_members", "apportioned_by_population", "population_weighted", "ratio_of_parts", "none"]
Basis = Literal["members", "employment_zones", "departements"]
BASES: Final[tuple[Basis, ...]] = ("members", "employment_zones", "departements")
"""Kinds of places that a value is made of, the most exact first."""
Values = Mapping[tuple[IndicatorLevel, str], Fraction]
"""Values of one indicator and one year, by level and code of the place."""


@dataclass(frozen=True)
class PlaceInTerritory:
    """Place with a part of its inhabitants in the territory. The populations are those of the official geography."""

    level: IndicatorLevel
    code: str
    name: str
    inside: int
    """Inhabitants that live in the territory."""
    population: int


@dataclass(frozen=True)
class Member:
    """Member of a territory, by its own code and by its communes."""

    own: PlaceInTerritory | None
    """Null: an EPT, which has no level of its own."""
    name: str
    siren: str
    communes: Sequence[PlaceInTerritory]

    def places(self, values: Values) -> Sequence[PlaceInTerritory]:
        """Return the places whose values stand for the member: itself, or else all its communes."""
        if self.own and ((self.own.level, self.own.code) in values or not self._is_covered(values)):
            return [self.own]
        return self.communes

    def _is_covered(self, values: Values) -> bool:
        return bool(self.communes) and all((each.level, each.code) in values for each in self.communes)


@dataclass(frozen=True)
class Perimeter:
    """Places of a territory on a day."""

    members: Sequence[Member]
    employment_zones: Sequence[PlaceInTerritory]
    departements: Sequence[PlaceInTerritory]

    def places(self, basis: Basis, values: Values) -> Sequence[PlaceInTerritory]:
        """Return the places of a basis."""
        if basis == "members":
            return [place for member in self.members for place in member.places(values)]
        return self.employment_zones if basis == "employment_zones" else self.departements


@dataclass(frozen=True)
class PlaceShare:
    """Place with its value and its weight in the value of the territory."""

    place: PlaceInTerritory
    value: Fraction | None
    """Null: not known."""
    weight: Fraction


@dataclass(frozen=True)
class TerritoryValue:
    """Value of an indicator for a territory and a year, with how it was made."""

    year: int
    value: Fraction | None
    """Null: a part is not known."""
    method: Method
    basis: Basis | None
    parts: Sequence[PlaceShare]
    below: Sequence[PlaceShare] = ()
    """Parts of the denominator of a ratio; `parts` are those of its numerator."""

    @property
    def missing(self) -> list[PlaceInTerritory]:
        """Places without a value, each once."""
        unknown = {part.place.code: part.place for part in (*self.parts, *self.below) if part.value is None}
        return list(unknown.values())


@dataclass(frozen=True)
class Trend:
    """Change of a value between two years. Of a ratio, the change is in points."""

    since: int
    until: int
    change: Fraction
    percent: Fraction | None
    """Null: of a ratio, or of a value that was zero."""
    per_year: Fraction


def territory_value(
    indicator: Indicator, year: int, perimeter: Perimeter, values: Mapping[str, Values]
) -> TerritoryValue:
    """Return the value of a territory. `values` are those of the year, by the code of the indicator."""
    made = [_made(indicator, year, perimeter, basis, values) for basis in _bases(indicator)]
    whole = next((each for each in made if each.value is not None), None)
    some = next((each for each in made if any(part.value is not None for part in each.parts)), None)
    # Without any value the missing places are the members.
    return whole or some or replace(made[0], method="none", basis=None)


def _bases(indicator: Indicator) -> Sequence[Basis]:
    return BASES if indicator.weighting == "population" else BASES[:1]


def _made(
    indicator: Indicator, year: int, perimeter: Perimeter, basis: Basis, values: Mapping[str, Values]
) -> TerritoryValue:
    if indicator.numerator is None or indicator.denominator is None:
        own = values.get(indicator.code, {})
        shares = _shares(indicator, perimeter.places(basis, own), basis, own)
        return TerritoryValue(year, _total(shares), _method(indicator, basis), basis, shares)
    above, below = (
        _shares(indicator, perimeter.places(basis, own), basis, own, counts=True)
        for own in (values.get(indicator.numerator, {}), values.get(indicator.denominator, {}))
    )
    sums = _total(above), _total(below)
    value = None if sums[0] is None or sums[1] is None else ratio(sums[0], sums[1], indicator.unit)
    return TerritoryValue(year, value, "ratio_of_parts", basis, above, below)


def _method(indicator: Indicator, basis: Basis) -> Method:
    if indicator.kind == "ratio":
        return "population_weighted"
    return "sum_of_members" if basis == "members" else "apportioned_by_population"


def _shares(
    indicator: Indicator, places: Sequence[PlaceInTerritory], basis: Basis, values: Values, *, counts: bool = False
) -> list[PlaceShare]:
    """Return the places with their weights: of a count, the part of it that lies here; of a share, its part of all."""
    total = sum(place.inside for place in places)
    is_share = indicator.kind == "ratio" and not counts
    return [
        PlaceShare(
            place,
            values.get((place.level, place.code)),
            Fraction(place.inside, total or 1)
            if is_share
            else Fraction(1)
            if basis == "members"
            else Fraction(place.inside, place.population or 1),
        )
        for place in places
    ]


def _total(shares: Sequence[PlaceShare]) -> Fraction | None:
    """Return the weighted sum; None if a value is not known, or there is no place."""
    known = [share.value * share.weight for share in shares if share.value is not None]
    return sum(known, Fraction()) if shares and len(known) == len(shares) else None


def trend(points: Mapping[int, Fraction], since: int, until: int, *, is_ratio: bool) -> Trend | None:
    """Return the change between two years; None if the value of one of them is not known."""
    if since >= until or since not in points or until not in points:
        return None
    first, last = points[since], points[until]
    change = last - first
    percent = None if is_ratio or not first else change / first * 100
    return Trend(since, until, change, percent, change / (until - since))
