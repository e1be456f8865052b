"""Indicators of a territory: its places on a day, and the values that are known of them."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.models import Commune, Departement, EmploymentZone, Indicator, IndicatorValue
from services.territory.rules.indicators import NATION, ratio
from services.territory.rules.places import TerritoryOnDay
from services.territory.rules.scopes import CountByYear
from services.territory.rules.territory_indicators import (
    Member,
    Perimeter,
    PlaceInTerritory,
    TerritoryValue,
    Values,
    territory_value,
)
from shared.events.indicators import IndicatorLevel
from shared.names import name_on

Points = dict[int, Fraction]
"""Values of one place, by year."""


@dataclass(frozen=True)
class PlacePoints:
    """Values of a région or the nation by year, and the counts that tell which départements they cover."""

    points: Points
    counts: Sequence[CountByYear] = ()


@dataclass(frozen=True)
class Series:
    """Values of an indicator for a territory, beside those of its régions and of the nation."""

    indicator: Indicator
    values: Sequence[TerritoryValue]
    """One for each year for which something is known of its places, ascending."""
    unknown_years: Sequence[int]
    """Years for which nothing is known of its places, though the indicator has values elsewhere."""
    regions: Mapping[str, PlacePoints]
    nation: PlacePoints
    departements: Mapping[str, str] = field(default_factory=dict)
    """Code → name, of those whose values were read beside."""

    @property
    def points(self) -> Points:
        """Known values of the territory, by year."""
        return {each.year: each.value for each in self.values if each.value is not None}


class _ValuesRead:
    """Values that were read, by indicator, year and place."""

    def __init__(self, rows: Iterable[tuple[str, IndicatorLevel, str, int, str]]) -> None:
        self._values: defaultdict[int, defaultdict[str, dict[tuple[IndicatorLevel, str], Fraction]]] = defaultdict(
            lambda: defaultdict(dict)
        )
        for code, level, geography, year, value in rows:
            self._values[year][code][level, geography] = Fraction(value)

    @property
    def years(self) -> list[int]:
        return sorted(self._values)

    def of_year(self, year: int) -> Mapping[str, Values]:
        return self._values[year]

    def beside(self, indicator: Indicator, level: IndicatorLevel, code: str, within: Collection[str]) -> PlacePoints:
        """Return the values of a large place, with those of the départements within it."""
        points = self.points(indicator, level, code)
        if indicator.kind == "ratio" and not indicator.has_parts:
            return PlacePoints(points)
        names = [indicator.numerator, indicator.denominator] if indicator.has_parts else [indicator.code]
        return PlacePoints(points, [self._count(name, level, code, within, points) for name in names if name])

    def _count(
        self, indicator: str, level: IndicatorLevel, code: str, within: Collection[str], years: Iterable[int]
    ) -> CountByYear:
        found = {year: self._values[year][indicator] for year in years}
        return CountByYear(
            {year: values[level, code] for year, values in found.items()},
            {
                year: {each: values["departement", each] for each in within if ("departement", each) in values}
                for year, values in found.items()
            },
        )

    def points(self, indicator: Indicator, level: IndicatorLevel, code: str) -> Points:
        """Return the values of one place, by year; of a ratio of two counts, computed."""
        found = ((year, self._value(indicator, self._values[year], (level, code))) for year in self.years)
        return {year: value for year, value in found if value is not None}

    @staticmethod
    def _value(
        indicator: Indicator, values: Mapping[str, Values], place: tuple[IndicatorLevel, str]
    ) -> Fraction | None:
        if indicator.numerator is None or indicator.denominator is None:
            return values.get(indicator.code, {}).get(place)
        above, below = (values.get(code, {}).get(place) for code in (indicator.numerator, indicator.denominator))
        return None if above is None or below is None else ratio(above, below, indicator.unit)


async def read_series(
    session: AsyncSession, state: TerritoryOnDay, indicators: Sequence[Indicator], *, compared: bool = False
) -> list[Series]:
    """Return the values of a territory, of its régions and of the nation, by year, for each of some indicators.

    With `compared` also those of all départements, which tell what the values of régions and the nation cover.
    """
    perimeter = await perimeter_of(session, state)
    places = _places(perimeter, state.place.regions)
    departements = list(await session.scalars(select(Departement).order_by(Departement.code))) if compared else []
    if compared:
        places["departement"] |= {each.code for each in departements}
    codes = {code for each in indicators for code in (each.code, each.numerator, each.denominator) if code}
    known = _ValuesRead(await _rows(session, codes, places))
    return [_series(indicator, perimeter, state.place.regions, known, departements) for indicator in indicators]


def _series(
    indicator: Indicator,
    perimeter: Perimeter,
    regions: Sequence[str],
    known: _ValuesRead,
    departements: Sequence[Departement],
) -> Series:
    made = [territory_value(indicator, year, perimeter, known.of_year(year)) for year in indicator.years]
    within = {region: [each.code for each in departements if each.region_code == region] for region in regions}
    names = {each.code: each.name for each in departements}
    return Series(
        indicator,
        [each for each in made if each.method != "none"],
        [each.year for each in made if each.method == "none"],
        {region: known.beside(indicator, "region", region, within[region]) for region in regions},
        known.beside(indicator, "nation", NATION, names),
        names,
    )


async def values_of_year(
    session: AsyncSession, states: Sequence[TerritoryOnDay], indicator: Indicator, year: int
) -> dict[str, TerritoryValue]:
    """Return the value of an indicator for many territories, by key. Their members have their names."""
    perimeters = await _perimeters_of(session, states)
    codes = [code for code in (indicator.code, indicator.numerator, indicator.denominator) if code]
    value = IndicatorValue
    statement = select(value.indicator_code, value.level, value.geography, value.value_decimal).where(
        value.indicator_code.in_(codes), value.year == year
    )
    known: defaultdict[str, dict[tuple[IndicatorLevel, str], Fraction]] = defaultdict(dict)
    for code, level, geography, text in await session.execute(statement):
        known[code][level, geography] = Fraction(text)
    return {key: territory_value(indicator, year, perimeter, known) for key, perimeter in perimeters.items()}


async def last_year_of_places(session: AsyncSession, indicator: Indicator) -> int | None:
    """Return the last year with a value below the régions, else the last one with any; None: there is no value."""
    below = (
        IndicatorValue.indicator_code == (indicator.numerator or indicator.code),
        IndicatorValue.level.not_in(("nation", "region")),
    )
    last = await session.scalar(select(func.max(IndicatorValue.year)).where(*below))
    return last or max(indicator.years, default=None)


async def perimeter_of(session: AsyncSession, state: TerritoryOnDay) -> Perimeter:
    """Return the places of a territory on a day, with their populations in the official geography of today."""
    return (await _perimeters_of(session, [state]))[state.territory.key]


async def _perimeters_of(session: AsyncSession, states: Sequence[TerritoryOnDay]) -> dict[str, Perimeter]:
    """Return the places of territories, by key."""
    sirens = {siren for state in states for siren in state.sirens}
    statement = select(
        Commune.code,
        Commune.name,
        Commune.siren,
        Commune.epci_siren,
        Commune.ept_siren,
        Commune.departement_code,
        Commune.employment_zone,
        Commune.population,
    ).where(or_(Commune.siren.in_(sirens), Commune.epci_siren.in_(sirens), Commune.ept_siren.in_(sirens)))
    of_body: defaultdict[str, list[_CommuneOfBody]] = defaultdict(list)
    zones, departements = set(), set()
    for row in await session.execute(statement.order_by(Commune.code)):
        population = row.population or 0
        bodies = tuple(siren for siren in (row.siren, row.ept_siren, row.epci_siren) if siren in sirens)
        place = PlaceInTerritory("commune", row.code, row.name, population, population)
        commune = _CommuneOfBody(place, row.departement_code, row.employment_zone, bodies)
        for siren in bodies:
            of_body[siren].append(commune)
        zones.add(row.employment_zone)
        departements.add(row.departement_code)
    larger = await _larger(session, EmploymentZone, zones), await _larger(session, Departement, departements)
    return {state.territory.key: _perimeter(state, of_body, *larger) for state in states}


class _CommuneOfBody(NamedTuple):
    """Commune of some of the members that are asked for."""

    place: PlaceInTerritory
    departement: str
    zone: str
    bodies: tuple[str, ...]
    """The nearest first: the commune itself, its EPT, its EPCI."""


def _perimeter(
    state: TerritoryOnDay,
    of_body: Mapping[str, Sequence[_CommuneOfBody]],
    zones: Mapping[str, tuple[str, int]],
    departements: Mapping[str, tuple[str, int]],
) -> Perimeter:
    kinds = {each.siren: (each.kind, name_on(each.organisation, state.day)) for each in state.members}
    bodies = {body.siren: kinds.get(body.siren) or (str(body.kind), str(body.name)) for body in state.bodies}
    sirens = set(bodies)
    communes: dict[str, list[PlaceInTerritory]] = {siren: [] for siren in sirens}
    of_departements: Counter[str] = Counter()
    of_zones: Counter[str] = Counter()
    for siren in sirens:
        for each in of_body.get(siren, ()):
            # A commune of two members, an EPT and its EPCI, counts once.
            if siren == next(body for body in each.bodies if body in sirens):
                of_departements[each.departement] += each.place.population
                of_zones[each.zone] += each.place.population
                communes[siren].append(each.place)
    return Perimeter(
        [_member(siren, *body, communes[siren]) for siren, body in bodies.items()],
        _places_of("employment_zone", of_zones, zones),
        _places_of("departement", of_departements, departements),
    )


async def _larger(session: AsyncSession, model: Any, codes: Collection[str]) -> dict[str, tuple[str, int]]:
    """Return the names and populations of larger places, by code."""
    found = select(model.code, model.name, model.population).where(model.code.in_(codes)).order_by(model.code)
    return {row.code: (row.name, row.population or 0) for row in await session.execute(found)}


def _places_of(
    level: IndicatorLevel, inside: Mapping[str, int], larger: Mapping[str, tuple[str, int]]
) -> list[PlaceInTerritory]:
    """Return the larger places in which a territory lies, with its inhabitants in each."""
    return [
        PlaceInTerritory(level, code, larger[code][0], inside[code], larger[code][1])
        for code in sorted(inside)
        if code in larger
    ]


def _member(siren: str, kind: str, name: str, communes: Sequence[PlaceInTerritory]) -> Member:
    population = sum(each.inside for each in communes)
    own = PlaceInTerritory("epci", siren, name, population, population) if kind == "epci" else None
    return Member(own, name, siren, communes)


def _places(perimeter: Perimeter, regions: Sequence[str]) -> dict[IndicatorLevel, set[str]]:
    """Return the codes of the places whose values count, by level."""
    found: defaultdict[IndicatorLevel, set[str]] = defaultdict(set)
    found["nation"] = {NATION}
    found["region"] = set(regions)
    for member in perimeter.members:
        for place in (*([member.own] if member.own else []), *member.communes):
            found[place.level].add(place.code)
    for place in (*perimeter.employment_zones, *perimeter.departements):
        found[place.level].add(place.code)
    return found


async def _rows(
    session: AsyncSession, codes: set[str], places: Mapping[IndicatorLevel, set[str]]
) -> Iterable[tuple[str, IndicatorLevel, str, int, str]]:
    value = IndicatorValue
    here = or_(*(and_(value.level == level, value.geography.in_(found)) for level, found in places.items()))
    columns = (value.indicator_code, value.level, value.geography, value.year, value.value_decimal)
    return (await session.execute(select(*columns).where(value.indicator_code.in_(codes), here))).tuples()
