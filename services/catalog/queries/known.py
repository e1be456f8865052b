"""What our copies say: whom a caller reaches, which territories, organisations and actions are known."""

from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.catalog.models import KnownAction, copies
from shared.projections import TerritoryCopy

reach_of: Final = copies.reach_of
what_is_known: Final = copies.what_is_known
key_of: Final = copies.key_of


async def territory(session: AsyncSession, key: str, *, pointer: str) -> TerritoryCopy:
    """A designated territory."""
    known = await what_is_known(session, territories=[key])
    return known.territory(key, pointer)


async def action(session: AsyncSession, action_id: UUID) -> KnownAction | None:
    """What contract told of an action sheet."""
    return await session.get(KnownAction, action_id)
