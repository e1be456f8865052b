"""Matchings, read by those whom the action concerns and by every operator of the programme."""

from typing import Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.catalog.errors import MatchingNotFound
from services.catalog.models import Matching
from services.catalog.queries.codes import require_operator
from services.catalog.queries.filters import MatchingFilters
from services.catalog.queries.projections import access_scope_of, key_of
from services.catalog.queries.visible import Concerned, naming
from shared.http.collection import Collection
from shared.http.pagination import PageRequest, Slice
from shared.security.access import Caller

CONCERNED: Final = Concerned((Matching.territories,), (Matching.regions,), (Matching.organisations,), operators=True)


def _missing(_action_id: UUID) -> MatchingNotFound:
    return MatchingNotFound("No matching of this action is known here, or your organisation may not read it.")


_matchings: Final = Collection(Matching, "matching", access_scope_of, order=(Matching.action_id,), missing=_missing)
get_matching: Final = _matchings.get
matching_changes: Final = _matchings.changes
matching_history: Final = _matchings.history


async def list_matchings(
    session: AsyncSession, filters: MatchingFilters, pagination: PageRequest, *, by: Caller
) -> Slice[Matching]:
    """The matchings that the caller may see and asks for, by action."""
    access_scope = await access_scope_of(session, by)
    await require_operator(session, filters.operator)
    statement = select(Matching).where(CONCERNED.visible(access_scope))
    if territory := await key_of(session, filters.territory, filters.phase):
        statement = statement.where(naming(Matching.territories, [territory]))
    if filters.phase:
        statement = statement.where(Matching.phase == filters.phase)
    if filters.region:
        statement = statement.where(naming(Matching.regions, [filters.region]))
    if filters.operator:
        names = (naming(column, [filters.operator]) for column in (Matching.operators, Matching.organisations))
        statement = statement.where(or_(*names))
    return await _matchings.page(session, statement, pagination)
