"""Read the projections: access scopes, territories, organisations, actions."""

from collections.abc import Iterable
from typing import Final, cast
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.catalog.models import KnownAction, KnownOrganisation, projections
from shared.projections import TerritoryProjection

access_scope_of: Final = projections.access_scope_of
named_scope_of: Final = projections.named_scope_of
what_is_known: Final = projections.what_is_known
key_of: Final = projections.key_of


async def get_territory(session: AsyncSession, key: str, *, pointer: str) -> TerritoryProjection:
    """A designated territory."""
    known = await what_is_known(session, territories=[key])
    return known.territory(key, pointer)


async def organisations(session: AsyncSession, sirens: Iterable[str | None]) -> dict[str | None, KnownOrganisation]:
    """Return the organisations of these SIRENs, as far as they are known, with their former names."""
    known = await what_is_known(session, organisations=[siren for siren in sirens if siren])
    # The projections of this service have its own columns.
    return cast("dict[str | None, KnownOrganisation]", known.organisations)


async def get_action(session: AsyncSession, action_id: UUID) -> KnownAction | None:
    """Return the projection of an action sheet."""
    return await session.get(KnownAction, action_id)
