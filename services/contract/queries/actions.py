"""Action sheets, read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, not_, select, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.contract.models import Action, ActionTag, TagKind
from services.contract.queries.filters import ActionFilters
from services.contract.queries.projections import access_scope_of, key_of, require_organisation
from services.contract.queries.visible import ObjectTag, Wanted, besides, narrowest, tagged, visible
from services.contract.rules.actions import require_axis
from shared.http.collection import Collection
from shared.http.pagination import PageRequest, Slice, beginning, page_in_parts
from shared.security.access import AccessScope, Caller
from shared.storage.search import Sought

SUBMITTED: Final = Action.submitted_at.is_not(None)
"""Condition of the sheets that concern every operator of the programme: `Action.stakeholders`, in SQL."""

SEARCHED: Final = (Action.id, Action.lead_territory, Action.number, Action.phase, Action.status, Action.search)
"""Columns that a search needs."""
READ_IN_ORDER: Final = 2_000
"""Maximum sheets of which a search reads the text, in the order of the list, before it asks the index."""

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
    found = _shown(await _actions.get_or_deleted(session, key, by=by, access_scope=access_scope), access_scope)

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
    sought = Sought.of(filters.q)
    if sought is None:
        statement = _listed(access_scope, wanted, _asked(Action, filters), pagination)
        found = await _actions.page(session, statement, pagination)
    else:
        search = _Search(session, access_scope, wanted, filters, sought)
        found = await page_in_parts(pagination, search.page)
    return Slice([_shown(sheet, access_scope) for sheet in found.items], found.next)


@dataclass(frozen=True)
class _Search:
    """A search by words, among the sheets that the caller may see and asks for.

    A common word fills a page from the next sheets of the list. If it does not, the index finds every sheet that has
    the words, and these are sorted. Left to choose, PostgreSQL reads all sheets in order for a word of the last ones.
    """

    session: AsyncSession
    access_scope: AccessScope
    wanted: Wanted
    filters: ActionFilters
    sought: Sought

    async def page(self, part: int, pagination: PageRequest) -> Slice[Action]:
        """Return one page: in part 0, of the sheets that have the whole query as a name; in part 1, of the others."""
        keys: Sequence[UUID] | None = await self._in_order(pagination) if part else None
        if keys is None:
            keys = await self._by_index(part, pagination)
        return await _actions.page(self.session, select(Action).where(Action.id.in_(keys)), pagination)

    async def _in_order(self, pagination: PageRequest) -> list[UUID] | None:
        """Return the sheets of a page, and maybe others, if the next sheets of the list fill it."""
        keys: list[UUID] = []
        for statement in _ways(self.access_scope, self.wanted, (), replace(pagination, limit=READ_IN_ORDER)):
            near = aliased(Action, statement.with_only_columns(*SEARCHED).subquery())
            is_whole = self.sought.is_whole_in(near.search, by_index=False)
            words = self.sought.condition(near.search, by_index=False)
            found = await self._first(near, pagination, not_(is_whole), words, *_asked(near, self.filters))
            if len(found) <= pagination.limit:
                return None
            keys += found
        return keys

    async def _by_index(self, part: int, pagination: PageRequest) -> Sequence[UUID]:
        """Return the sheets of a page, found by the index of words where the database has one."""
        is_whole = self.sought.is_whole_in(Action.search, by_index=not part)
        statement = select(*SEARCHED).where(
            not_(is_whole) if part else is_whole,
            self.sought.condition(Action.search, by_index=bool(part)),
            visible(Action.id, ActionTag, self.access_scope, SUBMITTED),
            *tagged(Action.id, ActionTag, self.wanted),
            *_asked(Action, self.filters),
        )
        # Materialized, so that PostgreSQL does not read the list in its order until a page is full.
        everywhere = statement.cte("found").prefix_with("MATERIALIZED", dialect="postgresql")
        return await self._first(aliased(Action, everywhere), pagination)

    async def _first(
        self, entity: type[Action], pagination: PageRequest, *conditions: ColumnElement[bool]
    ) -> Sequence[UUID]:
        order = (entity.lead_territory, entity.number)
        statement = beginning(select(entity.id).where(*conditions), pagination, order=order)
        return (await self.session.scalars(statement)).all()


def _asked(entity: type[Action], filters: ActionFilters) -> list[ColumnElement[bool]]:
    """Return the conditions of the filters that are columns of a sheet."""
    asked = {entity.phase: filters.phase, entity.status: filters.status}
    return [column == value for column, value in asked.items() if value]


def _listed(
    access_scope: AccessScope, wanted: Wanted, asked: Sequence[ColumnElement[bool]], pagination: PageRequest
) -> Select[tuple[Action]]:
    """Return the sheets that may be seen, have every tag that is wanted and meet conditions; at least one page."""
    if not narrowest(access_scope, wanted):
        return _seen(access_scope, asked)
    parts = _ways(access_scope, wanted, asked, pagination)
    return select(Action).where(Action.id.in_(union(*(select(part.subquery()) for part in parts))))


def _ways(
    access_scope: AccessScope, wanted: Wanted, asked: Sequence[ColumnElement[bool]], pagination: PageRequest
) -> list[Select[Any]]:
    """Return statements that together find the sheets of a page, each read in the order of the list."""
    ways = narrowest(access_scope, wanted)
    if not ways:
        return [beginning(_seen(access_scope, asked), pagination, order=_actions.order)]
    # Read in the order of the sheets, a list would pass over all that lie before the first one of a Region.
    return [
        _along(way, [*besides(way, Action.id, ActionTag, access_scope, wanted, SUBMITTED), *asked], pagination)
        for way in ways
    ]


def _seen(access_scope: AccessScope, asked: Sequence[ColumnElement[bool]]) -> Select[tuple[Action]]:
    return select(Action).where(visible(Action.id, ActionTag, access_scope, SUBMITTED), *asked)


def _shown(action: Action, access_scope: AccessScope) -> Action:
    """Return a sheet as the caller may see it."""
    action.show_to(access_scope)
    return action


def _along(way: ObjectTag, conditions: Sequence[ColumnElement[bool]], pagination: PageRequest) -> Select[tuple[UUID]]:
    """The ids of a page's sheets that have this tag, read in the order of the list."""
    tag, (kind, code) = aliased(ActionTag), way
    having = select(tag.object_id).join(Action, Action.id == tag.object_id).where(tag.kind == kind, tag.code == code)
    return beginning(having.where(*conditions), pagination, order=(tag.lead_territory, tag.number))
