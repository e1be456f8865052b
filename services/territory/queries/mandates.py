"""Mandates of a territory, and the bodies that an organisation belongs to."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.errors import PilotNotFound, StateReferentNotFound
from services.territory.models import Commune, Organisation, Pilot, StateReferent, Territory


def pilot_of(territory: Territory, pilot_id: UUID) -> Pilot:
    """A mandate of the territory."""
    for pilot in territory.pilots:
        if pilot.id == pilot_id:
            return pilot
    raise PilotNotFound(
        f"No mandate {pilot_id}: GET /v1/territories/{territory.key}/pilots lists those there are; a cancelled one is "
        f"in GET /v1/territories/{territory.key}/history."
    )


def state_referent_of(territory: Territory, referent_id: UUID) -> StateReferent:
    """A State referent of the territory."""
    for referent in territory.state_referents:
        if referent.id == referent_id:
            return referent
    raise StateReferentNotFound(
        f"No State referent {referent_id}: GET /v1/territories/{territory.key}/state-referents lists those there are."
    )


async def ties_of(session: AsyncSession, organisation: Organisation) -> set[str]:
    """Return the intercommunalities of a commune, or the communes and EPTs of an intercommunality."""
    related = {"commune": Commune.epci_siren, "epci": Commune.siren}.get(organisation.kind)
    if related is None:
        return set()
    own = Commune.siren if organisation.kind == "commune" else Commune.epci_siren
    rows = await session.execute(select(related, Commune.ept_siren).where(own == organisation.siren))
    return {siren for row in rows.tuples() for siren in row if siren}
