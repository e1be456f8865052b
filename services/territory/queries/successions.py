"""Takeovers of EPCIs, EPTs and communes by others."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.models import Membership, Organisation, Territory
from services.territory.rules.organisations import OFFICIAL
from services.territory.rules.successions import Takeover, heirs_of, takeover_of


async def takeovers(session: AsyncSession) -> list[Takeover]:
    """Return every takeover of an EPCI, EPT or commune. They are few: the next geography counts them itself."""
    statement = select(Organisation).where(
        Organisation.successor_siren.is_not(None), Organisation.kind.in_(OFFICIAL), Organisation.valid_to.is_not(None)
    )
    ended = (await session.scalars(statement.order_by(Organisation.siren))).all()
    if not ended:
        return []
    days: defaultdict[str, list[tuple[date | None, date | None]]] = defaultdict(list)
    rows = await session.execute(
        select(Membership.siren, Membership.entered_on, Membership.left_on, Territory.closed_on)
        .join(Territory, Membership.territory_key == Territory.key)
        .where(Membership.siren.in_([each.siren for each in ended]))
    )
    for siren, entered_on, left_on, closed_on in rows.tuples():
        days[siren].append((entered_on, min((day for day in (left_on, closed_on) if day), default=None)))
    return [found for each in ended if (found := takeover_of(each, days[each.siren]))]


async def with_heirs(session: AsyncSession, sirens: Collection[str]) -> set[str]:
    """Return bodies, and those that have taken them over by today."""
    # Nobody is closed on a future day.
    return {*sirens, *heirs_of(sirens, await takeovers(session))}


async def territories_with_members(session: AsyncSession, sirens: Collection[str]) -> Sequence[str]:
    """Return the keys of the territories in which some bodies are or were members, in order."""
    keys = select(Membership.territory_key).where(Membership.siren.in_(sirens)).distinct()
    return (await session.scalars(keys.order_by(Membership.territory_key))).all()
