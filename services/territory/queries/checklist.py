"""Governance of a territory on a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.queries.days import day_asked
from services.territory.queries.governance import committees_around
from services.territory.queries.meetings import last_meetings
from services.territory.queries.states import get_territory_on
from services.territory.rules.checklist import Item, checklist, percentage
from services.territory.rules.days import is_open_on
from shared.clock import today


@dataclass(frozen=True)
class GovernanceState:
    """Checklist of a territory on a day."""

    territory: str
    as_of: date
    known_at: datetime | None
    status: Literal["open", "closed"]
    percentage: int
    items: Sequence[Item]


async def read_governance(
    session: AsyncSession,
    name: str,
    *,
    phase: str | None = None,
    as_of: date | None = None,
    known_at: datetime | None = None,
) -> GovernanceState:
    """Return the checklist of a territory today, or on a day, from what is recorded or was by a moment."""
    day = day_asked(as_of, known_at) or today()
    territory = await get_territory_on(session, name, phase=phase, as_of=as_of, known_at=known_at)
    committees = await committees_around(session, territory, day, known_at=known_at)
    meetings = await last_meetings(session, committees, day, known_at=known_at)
    items = checklist(territory, day, committees, meetings, today=today())
    status: Literal["open", "closed"] = "open" if is_open_on(territory, day) else "closed"
    return GovernanceState(territory.key, day, known_at, status, percentage(items), items)
