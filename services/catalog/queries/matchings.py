"""Matchings, read by those whom the action concerns and by the operators that may help."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.catalog.errors import NotMatched
from services.catalog.models import Matching
from services.catalog.queries.filters import MatchingFilters
from services.catalog.queries.known import access_scope_of, key_of
from services.catalog.queries.visible import Concerned, naming
from shared.http.changes import changes, history_of
from shared.http.pagination import PageRequest, Slice, page
from shared.security.access import Caller

CONCERNED: Final = Concerned((Matching.territories,), (Matching.regions,), (Matching.organisations,))


async def read_matching(session: AsyncSession, action_id: UUID, *, by: Caller) -> Matching:
    """The matching of an action, for those whom it concerns."""
    found = await session.get(Matching, action_id)
    access_scope = await access_scope_of(session, by)
    if found is None or not access_scope.sees(found.stakeholders):
        raise NotMatched("No matching of this action is known here, or your organisation may not read it.")
    return found


async def list_matchings(
    session: AsyncSession, filters: MatchingFilters, pagination: PageRequest, *, by: Caller
) -> Slice[Matching]:
    """The matchings that the caller may see and asks for, by action."""
    access_scope = await access_scope_of(session, by)
    statement = select(Matching).where(CONCERNED.visible(access_scope))
    if territory := await key_of(session, filters.territory, filters.phase):
        statement = statement.where(naming(Matching.territories, [territory]))
    if filters.phase:
        statement = statement.where(Matching.phase == filters.phase)
    if filters.region:
        statement = statement.where(naming(Matching.regions, [filters.region]))
    if filters.operator:
        statement = statement.where(naming(Matching.organisations, [filters.operator]))
    return await page(session, statement, pagination, order=(Matching.action_id,))


async def matching_changes(session: AsyncSession, pagination: PageRequest, *, by: Caller) -> dict[str, Any]:
    """Return the changes of the matchings that the caller may see."""
    access_scope = await access_scope_of(session, by)

    async def load(session: AsyncSession, ids: Sequence[str]) -> dict[str, Matching]:
        found = await session.scalars(select(Matching).where(Matching.action_id.in_([UUID(key) for key in ids])))
        return {one.key: one for one in found}

    return await changes(session, Matching.collection, pagination, sees=access_scope.sees, load=load)


async def history_of_matching(
    session: AsyncSession, action_id: UUID, pagination: PageRequest, *, by: Caller
) -> Slice[dict[str, Any]]:
    """The past verdicts on an action."""
    found = await read_matching(session, action_id, by=by)
    return await history_of(session, Matching.collection, found.key, pagination)
