"""Governance of a territory on a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.queries.governance import committees_around
from services.territory.queries.meetings import last_meetings
from services.territory.queries.states import get_territory_on
from services.territory.rules.checklist import Item, checklist, percentage
from shared.clock import today


@dataclass(frozen=True)
class GovernanceState:
    """Checklist of a territory on a day."""

    territory: str
    as_of: date
    percentage: int
    items: Sequence[Item]


async def read_governance(
    session: AsyncSession, name: str, *, phase: str | None = None, as_of: date | None = None
) -> GovernanceState:
    """Return the checklist of a territory today, or on a day."""
    day = as_of or today()
    territory = await get_territory_on(session, name, phase=phase, as_of=as_of)
    committees = await committees_around(session, territory)
    items = checklist(territory, day, committees, await last_meetings(session, committees, day), today=today())
    return GovernanceState(territory.key, day, percentage(items), items)
