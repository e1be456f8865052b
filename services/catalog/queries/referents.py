"""Referents, read by those whom they serve."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.catalog.models import Referent
from services.catalog.queries.filters import ReferentFilters
from services.catalog.queries.known import access_scope_of, key_of
from services.catalog.queries.visible import Concerned, naming
from shared.http.changes import changes, history_of
from shared.http.pagination import PageRequest, Slice, page
from shared.problem import NotFound
from shared.security.access import AccessScope, Caller, require_visible

WHAT: Final = "referent"
CONCERNED: Final = Concerned((Referent.territory,), (Referent.regions,), (Referent.operator,))


async def referent(
    session: AsyncSession, referent_id: UUID, *, access_scope: AccessScope, lock: bool = False
) -> Referent:
    """A referent within the caller's reach; locked, one command at a time decides on it."""
    statement = select(Referent).where(Referent.id == referent_id)
    found = await session.scalar(statement.with_for_update() if lock else statement)
    if found is None:
        raise NotFound(f"There is no such {WHAT}, or your organisation may not read it.")
    require_visible(access_scope, found.stakeholders, WHAT)
    return found


async def read_referent(session: AsyncSession, referent_id: UUID, *, by: Caller) -> Referent:
    """A referent whom the caller may see."""
    return await referent(session, referent_id, access_scope=await access_scope_of(session, by))


async def in_office(session: AsyncSession, operator: str, territory: str) -> Referent | None:
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
    access_scope = await access_scope_of(session, by)
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
    return await page(
        session, statement, pagination, order=(Referent.territory, Referent.operator, Referent.since, Referent.id)
    )


async def referent_changes(session: AsyncSession, pagination: PageRequest, *, by: Caller) -> dict[str, Any]:
    """Return the changes of the referents that the caller may see."""
    access_scope = await access_scope_of(session, by)

    async def load(session: AsyncSession, ids: Sequence[str]) -> dict[str, Referent]:
        found = await session.scalars(select(Referent).where(Referent.id.in_([UUID(key) for key in ids])))
        return {one.key: one for one in found}

    return await changes(session, Referent.collection, pagination, sees=access_scope.sees, load=load)


async def history_of_referent(
    session: AsyncSession, referent_id: UUID, pagination: PageRequest, *, by: Caller
) -> Slice[dict[str, Any]]:
    """The past of a referent's entry, without the contact."""
    found = await read_referent(session, referent_id, by=by)
    return await history_of(session, Referent.collection, found.key, pagination)
