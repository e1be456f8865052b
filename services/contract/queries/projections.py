"""Read the projections: access scopes, territories, organisations, decisions."""

from collections.abc import Iterable
from typing import Final, get_args
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.contract.errors import DecisionNotKnown
from services.contract.models import Action, KnownDecision, KnownOrganisation, KnownTerritory, projections
from services.contract.rules.parties import TerritoryPerimeter
from shared.clock import today
from shared.events.territory import MemberKind
from shared.projections import Known, TerritoryProjection

access_scope_of: Final = projections.access_scope_of
named_scope_of: Final = projections.named_scope_of
what_is_known: Final = projections.what_is_known
key_of: Final = projections.key_of
require_organisation: Final = projections.require_organisation

OFFICIAL: Final = get_args(MemberKind)
"""Kinds of the bodies of the official geography."""


async def get_territory(session: AsyncSession, key: str, *, pointer: str, lock: bool = False) -> TerritoryProjection:
    """A designated territory; locked, it lets one command at a time give numbers in its plan."""
    statement = select(KnownTerritory).where(KnownTerritory.key == key)
    found = await session.scalar(statement.with_for_update() if lock else statement)
    return Known({key: found} if found else {}).territory(key, pointer)


async def place_of(session: AsyncSession, key: str) -> TerritoryPerimeter:
    """Return where a territory lies, and its members of today; of a closed one, the last ones."""
    lies_in = select(KnownTerritory.regions, KnownTerritory.departements).where(KnownTerritory.key == key)
    place = (await session.execute(lies_in)).tuples().first()
    regions, departements = place or ([], [])
    members = await projections.members_of(session, key)
    return TerritoryPerimeter(
        regions, {member.siren: member.kind for member in members}, departements, await _successors(session)
    )


async def _successors(session: AsyncSession) -> dict[str, str]:
    """Return the EPCIs, EPTs and communes that have ended, each with the body that took it over."""
    body = KnownOrganisation
    # A successor without the day of the end has taken over too.
    has_ended = or_(body.valid_to.is_(None), body.has_ended(on=today()))
    taken = select(body.siren, body.successor).where(body.successor.is_not(None), body.kind.in_(OFFICIAL), has_ended)
    return {siren: heir for siren, heir in (await session.execute(taken)).tuples() if heir}


async def sheets(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, Action]:
    """The action sheets of these ids, as far as there are any."""
    found = await session.scalars(select(Action).where(Action.id.in_(set(ids))))
    return {sheet.id: sheet for sheet in found}


async def get_decision(session: AsyncSession, decision_id: UUID, *, region: str, territory: str) -> KnownDecision:
    """A decision that a Region may read, of its own committee or on a territory of its own, once its event is here."""
    found = await session.get(KnownDecision, decision_id)
    if found is None or (found.region != region and territory not in found.territories):
        raise DecisionNotKnown(
            f"No decision {decision_id} is known here: record it with its committee, or try again in a moment."
        )
    return found
