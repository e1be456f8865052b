"""Indicators and their values."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, with_expression

from services.territory.errors import CodeNotKnown
from services.territory.errors.indicators import IndicatorNotFound
from services.territory.models import (
    Commune,
    Departement,
    EmploymentZone,
    Epci,
    Indicator,
    IndicatorValue,
    Region,
)
from services.territory.queries.filters import IndicatorValueFilters
from services.territory.queries.geography import KEYS, path_of, words_about
from services.territory.queries.territories import access_scope_of
from services.territory.rules.indicators import LEVELS, NATION, Coverage, require_readable
from shared.events.indicators import IndicatorLevel
from shared.http.collection import PublicCollection
from shared.http.pagination import PageRequest, Slice, page
from shared.problem import FieldError

PLACES: Final[dict[IndicatorLevel, Any]] = {
    "region": Region,
    "departement": Departement,
    "employment_zone": EmploymentZone,
    "epci": Epci,
    "commune": Commune,
}
"""Level → table of its places."""


def _missing(code: str) -> IndicatorNotFound:
    return IndicatorNotFound(f"There is no indicator {code}: GET /v1/indicators lists them.")


_indicators: Final = PublicCollection(
    Indicator, "indicator", access_scope_of, order=(Indicator.code,), missing=_missing
)
get_indicator: Final = _indicators.get
indicator_changes: Final = _indicators.changes
indicator_history: Final = _indicators.history


async def list_indicators(session: AsyncSession, pagination: PageRequest) -> Slice[Indicator]:
    """One page of the indicators."""
    return await _indicators.page(session, select(Indicator), pagination)


async def all_indicators(session: AsyncSession) -> Sequence[Indicator]:
    """Return every indicator."""
    return (await session.scalars(select(Indicator).order_by(Indicator.code))).all()


async def indicators_named(session: AsyncSession, codes: Sequence[str | None]) -> Sequence[Indicator]:
    """Return the indicators of these codes, those that exist."""
    return (await session.scalars(select(Indicator).where(Indicator.code.in_([each for each in codes if each])))).all()


async def ratios_of(session: AsyncSession, code: str) -> Sequence[Indicator]:
    """Return the ratios that have an indicator as a part, locked: their values change with its own."""
    is_part = or_(Indicator.numerator == code, Indicator.denominator == code)
    return (await session.scalars(select(Indicator).where(is_part).with_for_update())).all()


def values_of(indicator: Indicator) -> Select[tuple[IndicatorValue]]:
    """Select the values of an indicator. Those of a ratio of two counts are of places and years that have both."""
    if not indicator.has_parts:
        return select(IndicatorValue).where(IndicatorValue.indicator_code == indicator.code)
    below = aliased(IndicatorValue)
    same = and_(
        below.indicator_code == indicator.denominator,
        below.level == IndicatorValue.level,
        below.geography == IndicatorValue.geography,
        below.year == IndicatorValue.year,
        below.value_decimal != "0",
    )
    return (
        select(IndicatorValue)
        .join(below, same)
        .where(IndicatorValue.indicator_code == indicator.numerator)
        .options(with_expression(IndicatorValue.denominator_decimal, below.value_decimal))
    )


async def chosen_values(
    session: AsyncSession, indicator: Indicator, filters: IndicatorValueFilters
) -> Select[tuple[IndicatorValue]]:
    """Return the statement of the values that a list asks for, in its order."""
    require_readable(level=filters.level, geography=filters.geography, since=filters.from_year, until=filters.until)
    statement = values_of(indicator)
    if filters.level:
        statement = statement.where(IndicatorValue.level == filters.level)
        if filters.geography:
            await require_geography(session, filters.level, filters.geography)
            statement = statement.where(IndicatorValue.geography == filters.geography)
    if filters.year is not None:
        statement = statement.where(IndicatorValue.year == filters.year)
    if filters.from_year is not None:
        statement = statement.where(IndicatorValue.year >= filters.from_year)
    if filters.until is not None:
        statement = statement.where(IndicatorValue.year <= filters.until)
    return statement.order_by(*ORDER)


ORDER: Final = (IndicatorValue.level, IndicatorValue.geography, IndicatorValue.year)


async def list_values(
    session: AsyncSession, indicator: Indicator, filters: IndicatorValueFilters, pagination: PageRequest
) -> Slice[IndicatorValue]:
    """One page of the values of an indicator."""
    return await page(session, await chosen_values(session, indicator, filters), pagination, order=ORDER)


async def require_geography(session: AsyncSession, level: IndicatorLevel, code: str) -> None:
    """Refuse a code that names no place of a level."""
    if code not in await known_codes(session, level, [code]):
        model = PLACES.get(level)
        former = await words_about(session, model, code) if model else None
        advice = former or (f"GET {path_of(model)} lists the codes" if model else f"it is {NATION}")
        raise CodeNotKnown(
            f"{code} names no place of the level {level}: {advice}.",
            errors=[FieldError(parameter="geography", detail=former or f"{code} is not known")],
        )


async def words_about_places(
    session: AsyncSession, places: Iterable[tuple[IndicatorLevel, str]]
) -> dict[tuple[IndicatorLevel, str], str]:
    """Return the words about the codes of former days among some that name no place."""
    found = {
        (level, code): await words_about(session, PLACES[level], code) for level, code in set(places) if level in PLACES
    }
    return {place: words for place, words in found.items() if words}


async def known_codes(session: AsyncSession, level: IndicatorLevel, codes: Sequence[str] | None = None) -> set[str]:
    """Return the codes of a level, or those among some that name a place."""
    if level == "nation":
        return {NATION}
    column = KEYS[PLACES[level]]
    statement = select(column) if codes is None else select(column).where(column.in_(codes))
    return set(await session.scalars(statement))


async def coverage(session: AsyncSession, indicator: Indicator) -> Coverage:
    """Return for which levels and years an indicator has values."""
    chosen = values_of(indicator).with_only_columns(IndicatorValue.level, IndicatorValue.year, func.count())
    rows = (await session.execute(chosen.group_by(IndicatorValue.level, IndicatorValue.year))).all()
    levels = {row[0] for row in rows}
    return Coverage(
        [level for level in LEVELS if level in levels], sorted({row[1] for row in rows}), sum(row[2] for row in rows)
    )
