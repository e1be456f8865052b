"""Read the projections: access scopes, territories, organisations, actions."""

from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.catalog.models import KnownAction, projections
from shared.projections import TerritoryProjection

access_scope_of: Final = projections.access_scope_of
named_scope_of: Final = projections.named_scope_of
what_is_known: Final = projections.what_is_known
key_of: Final = projections.key_of


async def get_territory(session: AsyncSession, key: str, *, pointer: str) -> TerritoryProjection:
    """A designated territory."""
    known = await what_is_known(session, territories=[key])
    return known.territory(key, pointer)


async def get_action(session: AsyncSession, action_id: UUID) -> KnownAction | None:
    """Return the projection of an action sheet."""
    return await session.get(KnownAction, action_id)
