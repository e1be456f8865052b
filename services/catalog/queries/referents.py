"""Referents, read by those whom they serve."""

from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.catalog.models import Referent
from services.catalog.queries.codes import require_operator
from services.catalog.queries.filters import ReferentFilters
from services.catalog.queries.projections import key_of, named_scope_of
from services.catalog.queries.visible import Concerned, naming
from shared.http.collection import Collection
from shared.http.pagination import PageRequest, Slice
from shared.security.access import Caller

CONCERNED: Final = Concerned((Referent.territory,), (Referent.regions,), (Referent.operator,))


_referents: Final = Collection(
    Referent,
    "referent",
    named_scope_of,
    order=(Referent.territory, Referent.operator, Referent.since, Referent.id),
)
get_referent: Final = _referents.get
referent_changes: Final = _referents.changes
referent_history: Final = _referents.history


async def get_referent_in_office(session: AsyncSession, operator: str, territory: str) -> Referent | None:
    """An operator's present referent for a territory."""
    statement = select(Referent).where(
        Referent.operator == operator, Referent.territory == territory, Referent.until.is_(None)
    )
    found: Referent | None = await session.scalar(statement.with_for_update())
    return found


async def list_referents(
    session: AsyncSession, filters: ReferentFilters, pagination: PageRequest, *, by: Caller
) -> Slice[Referent]:
    """The referents whom the caller may see and asks for, by territory, operator and day."""
    access_scope = await named_scope_of(session, by)
    await require_operator(session, filters.operator)
    statement = select(Referent).where(CONCERNED.visible(access_scope))
    if territory := await key_of(session, filters.territory, filters.phase):
        statement = statement.where(Referent.territory == territory)
    if filters.phase:
        statement = statement.where(Referent.territory.startswith(f"{filters.phase}-"))
    if filters.region:
        statement = statement.where(naming(Referent.regions, [filters.region]))
    if filters.operator:
        statement = statement.where(Referent.operator == filters.operator)
    if filters.on:
        statement = statement.where(
            Referent.since <= filters.on, or_(Referent.until.is_(None), Referent.until > filters.on)
        )
    if filters.current is not None:
        statement = statement.where(Referent.until.is_(None) if filters.current else Referent.until.is_not(None))
    return await _referents.page(session, statement, pagination)
