"""Action sheets, read."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.contract.models import Action, ActionTag
from services.contract.models.base import TagKind
from services.contract.queries.filters import ActionFilters
from services.contract.queries.known import access_scope_of, key_of
from services.contract.queries.visible import Tag, besides, having_words, narrowest, visible
from shared.http.changes import changes, history_of
from shared.http.pagination import PageRequest, Slice, beginning, page
from shared.problem import NotFound
from shared.security.access import AccessScope, Caller, require_visible

WHAT = "action sheet"


async def action(session: AsyncSession, action_id: UUID, *, access_scope: AccessScope, lock: bool = False) -> Action:
    """A sheet within the caller's reach; locked, one command at a time decides on it."""
    statement = select(Action).where(Action.id == action_id)
    found = await session.scalar(statement.with_for_update() if lock else statement)
    if found is None:
        raise NotFound(f"There is no such {WHAT}, or your organisation may not read it.")
    require_visible(access_scope, found.stakeholders, WHAT)
    return found


async def read_action(session: AsyncSession, action_id: UUID, *, by: Caller) -> Action:
    """A sheet that the caller may see."""
    return await action(session, action_id, access_scope=await access_scope_of(session, by))


async def list_actions(
    session: AsyncSession, filters: ActionFilters, pagination: PageRequest, *, by: Caller
) -> Slice[Action]:
    """The sheets that the caller may see and asks for, by lead territory and number."""
    access_scope = await access_scope_of(session, by)
    wanted = {
        TagKind.TERRITORY: await key_of(session, filters.territory, filters.phase),
        TagKind.REGION: filters.region,
        TagKind.AXIS: filters.axis,
        TagKind.CARRIER: filters.carrier,
    }
    asked = having_words(Action.search, filters.q or "")
    if filters.phase:
        asked.append(Action.phase == filters.phase)
    if filters.status:
        asked.append(Action.status == filters.status)
    ways = narrowest(access_scope, wanted)
    if not ways:
        statement = select(Action).where(visible(Action.id, ActionTag, access_scope), *asked)
    else:
        # Read in the order of the sheets, a list would pass over all that lie before the first one of a Region.
        parts = [
            _along(way, [*besides(way, Action.id, ActionTag, access_scope, wanted), *asked], pagination) for way in ways
        ]
        statement = select(Action).where(Action.id.in_(union(*(select(part.subquery()) for part in parts))))
    return await page(session, statement, pagination, order=(Action.lead_territory, Action.number))


def _along(way: Tag, conditions: Sequence[ColumnElement[bool]], pagination: PageRequest) -> Select[tuple[UUID]]:
    """The ids of a page's sheets that have this tag, read in the order of the list."""
    tag, (kind, code) = aliased(ActionTag), way
    having = select(tag.object_id).join(Action, Action.id == tag.object_id).where(tag.kind == kind, tag.code == code)
    return beginning(having.where(*conditions), pagination, order=(tag.lead_territory, tag.number))


async def action_changes(session: AsyncSession, pagination: PageRequest, *, by: Caller) -> dict[str, Any]:
    """Return the changes of the sheets that the caller may see."""
    access_scope = await access_scope_of(session, by)

    async def load(session: AsyncSession, ids: Sequence[str]) -> dict[str, Action]:
        found = await session.scalars(select(Action).where(Action.id.in_([UUID(key) for key in ids])))
        return {sheet.key: sheet for sheet in found}

    return await changes(session, Action.collection, pagination, sees=access_scope.sees, load=load)


async def history_of_action(
    session: AsyncSession, action_id: UUID, pagination: PageRequest, *, by: Caller
) -> Slice[dict[str, Any]]:
    """The past of a sheet that the caller may see."""
    found = await read_action(session, action_id, by=by)
    return await history_of(session, Action.collection, found.key, pagination)
