"""Baselines of territories."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.models import Baseline, Territory
from services.territory.queries.indicators import all_indicators
from services.territory.queries.territory_indicators import Series, read_series
from services.territory.rules.places import TerritoryOnDay
from shared.clock import today
from shared.http.pagination import PageRequest, Slice, page


async def list_baselines(session: AsyncSession, territory: str, pagination: PageRequest) -> Slice[Baseline]:
    """One page of the baselines of a territory: one for each contract."""
    statement = select(Baseline).where(Baseline.territory_key == territory)
    return await page(session, statement, pagination, order=(Baseline.contract_id,))


@dataclass(frozen=True)
class PresentValues:
    """Values that are known now of the members of a day."""

    series: Sequence[Series]
    members_changed: bool
    """True if the territory has other members today."""


async def present_series(
    session: AsyncSession, territory: Territory, days: Collection[date]
) -> dict[date, PresentValues]:
    """Return what is known now of the members of some days. Days of the same members are read once."""
    if not days:
        return {}
    indicators = await all_indicators(session)
    now = frozenset(TerritoryOnDay.of(territory, today()).sirens)
    states = {day: TerritoryOnDay.of(territory, day) for day in days}
    by_members = {frozenset(state.sirens): state for state in states.values()}
    found = {
        members: PresentValues(await read_series(session, state, indicators), members != now)
        for members, state in by_members.items()
    }
    return {day: found[frozenset(state.sirens)] for day, state in states.items()}
