"""Read the values that a chart shows: those of one place, and of the nation beside a share."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.errors import ParameterNotFitting
from services.territory.models import EmploymentZone, Indicator, IndicatorValue
from services.territory.queries.filters import IndicatorValueFilters
from services.territory.queries.geography import KEYS
from services.territory.queries.indicators import PLACES, chosen_values
from services.territory.rules.indicators import NATION
from shared.events.indicators import IndicatorLevel
from shared.problem import FieldError

FRANCE: Final = ("nation", NATION)


async def charted_values(
    session: AsyncSession, indicator: Indicator, filters: IndicatorValueFilters
) -> tuple[dict[tuple[str, str], str], Sequence[IndicatorValue]]:
    """Return the places of a chart, as level and code → name, and their values."""
    asked = filters
    if filters.level in (None, "nation"):
        asked = replace(filters, level="nation", geography=filters.geography or NATION)
    if asked.geography is None:
        raise ParameterNotFitting(
            "A chart is of one place: give `level` and `geography`, or neither for the nation.",
            errors=[FieldError(parameter="geography", detail="required for a chart")],
        )
    values = list(await session.scalars(await chosen_values(session, indicator, asked)))
    level: IndicatorLevel = asked.level or "nation"
    names: dict[tuple[str, str], str] = {(level, asked.geography): await _name_of(session, level, asked.geography)}
    if indicator.unit == "pct" and level != "nation":
        beside = replace(asked, level="nation", geography=NATION)
        nation = list(await session.scalars(await chosen_values(session, indicator, beside)))
        if nation:
            names[FRANCE] = "France"
            values += nation
    return names, values


async def _name_of(session: AsyncSession, level: IndicatorLevel, code: str) -> str:
    if level == "nation":
        return "France"
    model = EmploymentZone if level == "employment_zone" else PLACES[level]
    return str(await session.scalar(select(model.name).where(KEYS[model] == code)) or code)
