"""Action sheets, read."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, not_, select, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.contract.models import Action, ActionTag, TagKind
from services.contract.queries.filters import ActionFilters
from services.contract.queries.projections import access_scope_of, key_of, require_organisation
from services.contract.queries.visible import ObjectTag, Wanted, besides, narrowest, visible
from services.contract.rules.actions import require_axis
from shared.http.collection import Collection
from shared.http.pagination import PageRequest, Slice, beginning, page_in_parts
from shared.security.access import AccessScope, Caller
from shared.storage.search import Sought

SUBMITTED: Final = Action.submitted_at.is_not(None)
"""Condition of the sheets that concern every operator of the programme: `Action.stakeholders`, in SQL."""

_actions: Final = Collection(Action, "action sheet", access_scope_of, order=(Action.lead_territory, Action.number))


async def get_action(
    session: AsyncSession, key: UUID, *, by: Caller, access_scope: AccessScope | None = None, lock: bool = False
) -> Action:
    """Return an action sheet, as the caller may read it."""
    if access_scope is None:
        access_scope = await access_scope_of(session, by)
    return _shown(await _actions.get(session, key, by=by, access_scope=access_scope, lock=lock), access_scope)


async def action_changes(session: AsyncSession, pagination: PageRequest, *, by: Caller) -> dict[str, Any]:
    """Return a page of the changes of the sheets that the caller may read."""
    access_scope = await access_scope_of(session, by)
    found = await _actions.changes(session, pagination, by=by, access_scope=access_scope)
    for item in found["items"]:
        if item["object"] is not None:
            _shown(item["object"], access_scope)
    return found


async def action_history(
    session: AsyncSession, key: UUID, pagination: PageRequest, *, by: Caller
) -> Slice[dict[str, Any]]:
    """Return a page of the past of a sheet, without what is or was confidential for the caller."""
    access_scope = await access_scope_of(session, by)
    found = await get_action(session, key, by=by, access_scope=access_scope)

    def withholds(state: Mapping[str, Any]) -> set[str]:
        # Lines from before fields could be confidential do not say which are.
        # Who was asked for help is told by the requests, to those who may read them.
        return (
            set() if found.is_shown_whole else {"asked_operators", *found.confidential, *state.get("confidential", ())}
        )

    return await _actions.history_of(session, found, pagination, sees=access_scope.sees, withholds=withholds)


async def list_actions(
    session: AsyncSession, filters: ActionFilters, pagination: PageRequest, *, by: Caller
) -> Slice[Action]:
    """The sheets that the caller may see and asks for, by lead territory and number."""
    access_scope = await access_scope_of(session, by)
    require_axis(filters.axis, phase=filters.phase)
    await require_organisation(session, filters.carrier, parameter="carrier")
    wanted: Wanted = {
        TagKind.TERRITORY: await key_of(session, filters.territory, filters.phase),
        TagKind.REGION: filters.region,
        TagKind.AXIS: filters.axis,
        TagKind.CARRIER: filters.carrier,
    }
    asked = []
    if filters.phase:
        asked.append(Action.phase == filters.phase)
    if filters.status:
        asked.append(Action.status == filters.status)
    sought = Sought.of(filters.q)
    if sought is None:
        found = await _page(session, access_scope, wanted, asked, pagination)
    else:
        whole = sought.is_whole_in(Action.search)
        parts = (
            [*asked, whole, sought.condition(Action.search, by_index=False)],
            [*asked, not_(whole), sought.condition(Action.search)],
        )
        found = await page_in_parts(
            pagination, lambda part, request: _page(session, access_scope, wanted, parts[part], request)
        )
    return Slice([_shown(sheet, access_scope) for sheet in found.items], found.next)


async def _page(
    session: AsyncSession,
    access_scope: AccessScope,
    wanted: Wanted,
    asked: Sequence[ColumnElement[bool]],
    pagination: PageRequest,
) -> Slice[Action]:
    """Return one page of the sheets that may be seen, have every tag that is wanted and meet conditions."""
    ways = narrowest(access_scope, wanted)
    if not ways:
        statement = select(Action).where(visible(Action.id, ActionTag, access_scope, SUBMITTED), *asked)
    else:
        # Read in the order of the sheets, a list would pass over all that lie before the first one of a Region.
        parts = [
            _along(way, [*besides(way, Action.id, ActionTag, access_scope, wanted, SUBMITTED), *asked], pagination)
            for way in ways
        ]
        statement = select(Action).where(Action.id.in_(union(*(select(part.subquery()) for part in parts))))
    return await _actions.page(session, statement, pagination)


def _shown(action: Action, access_scope: AccessScope) -> Action:
    """Return a sheet as the caller may see it."""
    action.show_to(access_scope)
    return action


def _along(way: ObjectTag, conditions: Sequence[ColumnElement[bool]], pagination: PageRequest) -> Select[tuple[UUID]]:
    """The ids of a page's sheets that have this tag, read in the order of the list."""
    tag, (kind, code) = aliased(ActionTag), way
    having = select(tag.object_id).join(Action, Action.id == tag.object_id).where(tag.kind == kind, tag.code == code)
    return beginning(having.where(*conditions), pagination, order=(tag.lead_territory, tag.number))
