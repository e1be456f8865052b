"""Action sheets, read."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.contract.models import Action, ActionTag, TagKind
from services.contract.queries.filters import ActionFilters
from services.contract.queries.projections import access_scope_of, key_of, require_organisation
from services.contract.queries.visible import ObjectTag, besides, having_words, narrowest, visible
from services.contract.rules.actions import require_axis
from shared.http.collection import Collection
from shared.http.pagination import PageRequest, Slice, beginning
from shared.security.access import Caller

_actions: Final = Collection(Action, "action sheet", access_scope_of, order=(Action.lead_territory, Action.number))
get_action: Final = _actions.get
action_changes: Final = _actions.changes
action_history: Final = _actions.history


async def list_actions(
    session: AsyncSession, filters: ActionFilters, pagination: PageRequest, *, by: Caller
) -> Slice[Action]:
    """The sheets that the caller may see and asks for, by lead territory and number."""
    access_scope = await access_scope_of(session, by)
    require_axis(filters.axis, phase=filters.phase)
    await require_organisation(session, filters.carrier, parameter="carrier")
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
    return await _actions.page(session, statement, pagination)


def _along(way: ObjectTag, conditions: Sequence[ColumnElement[bool]], pagination: PageRequest) -> Select[tuple[UUID]]:
    """The ids of a page's sheets that have this tag, read in the order of the list."""
    tag, (kind, code) = aliased(ActionTag), way
    having = select(tag.object_id).join(Action, Action.id == tag.object_id).where(tag.kind == kind, tag.code == code)
    return beginning(having.where(*conditions), pagination, order=(tag.lead_territory, tag.number))
