"""Read the projections, and access scopes."""

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncSession

from services.notification.models import projections
from shared.projections import Known
from shared.security.access import AccessScope, Caller


async def access_scope_of(session: AsyncSession, by: Caller) -> AccessScope:
    """Return the access scope of a caller, from the projections."""
    return await projections.access_scope_of(session, by)


async def what_is_known(
    session: AsyncSession, *, territories: Iterable[str] = (), organisations: Iterable[str] = ()
) -> Known:
    """The copies of these territories and organisations, as far as they are known."""
    return await projections.what_is_known(session, territories=territories, organisations=organisations)


async def require_organisation(session: AsyncSession, siren: str | None, *, parameter: str) -> None:
    """Refuse a filter by an organisation that is not registered."""
    await projections.require_organisation(session, siren, parameter=parameter)


async def key_of(session: AsyncSession, code: str | None, phase: str | None) -> str | None:
    """The key of a territory named by its key, or by its code of one phase."""
    return await projections.key_of(session, code, phase)
