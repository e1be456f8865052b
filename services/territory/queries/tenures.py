"""Tenures of an organisation: memberships, mandates and seats."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.models import Committee, CommitteeSeat, Membership, Pilot, StateReferent, Territory
from services.territory.rules.tenures import Tenure, tenure_of_seat, tenures_in


async def tenures_of(session: AsyncSession, siren: str) -> list[Tenure]:
    """Return every membership, mandate and seat of an organisation, past ones included."""
    seats = await session.execute(
        select(CommitteeSeat, Committee)
        .join(Committee, CommitteeSeat.committee_id == Committee.id)
        .where(CommitteeSeat.organisation_siren == siren)
        .order_by(CommitteeSeat.id)
    )
    return [
        *(tenure for territory in await territories_of(session, siren) for tenure in tenures_in(territory, siren)),
        *(tenure_of_seat(committee, seat) for seat, committee in seats.tuples()),
    ]


async def territories_of(session: AsyncSession, siren: str) -> Sequence[Territory]:
    """Return the territories in which an organisation has or had a membership or a mandate."""
    statement = (
        select(Territory)
        .where(
            or_(
                Territory.memberships.any(Membership.siren == siren),
                Territory.pilots.any(Pilot.organisation_siren == siren),
                Territory.state_referents.any(StateReferent.organisation_siren == siren),
            )
        )
        .order_by(Territory.key)
    )
    return (await session.scalars(statement)).all()
