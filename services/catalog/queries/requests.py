"""Requests, read by the territory, its Region and State service, and the operator."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.catalog.models import ServiceRequest
from services.catalog.queries.filters import RequestFilters
from services.catalog.queries.known import access_scope_of, key_of
from services.catalog.queries.visible import Concerned, naming
from services.catalog.rules.requests import AWAITED
from shared.clock import today
from shared.http.changes import changes, history_of
from shared.http.pagination import PageRequest, Slice, page
from shared.problem import NotFound
from shared.security.access import AccessScope, Caller, require_visible

WHAT: Final = "request"
CONCERNED: Final = Concerned(
    (ServiceRequest.territory,),
    (ServiceRequest.regions,),
    (ServiceRequest.operator, ServiceRequest.requester),
)
DUE: Final = {
    "acknowledge": ServiceRequest.acknowledge_by,
    "answer": ServiceRequest.answer_by,
    "conclude": ServiceRequest.conclude_by,
}


async def request(
    session: AsyncSession, request_id: UUID, *, access_scope: AccessScope, lock: bool = False
) -> ServiceRequest:
    """A request within the caller's reach; locked, one command at a time decides on it."""
    statement = select(ServiceRequest).where(ServiceRequest.id == request_id)
    found = await session.scalar(statement.with_for_update() if lock else statement)
    if found is None:
        raise NotFound(f"There is no such {WHAT}, or your organisation may not read it.")
    require_visible(access_scope, found.stakeholders, WHAT)
    return found


async def read_request(session: AsyncSession, request_id: UUID, *, by: Caller) -> ServiceRequest:
    """A request that the caller may see."""
    return await request(session, request_id, access_scope=await access_scope_of(session, by))


async def list_requests(
    session: AsyncSession, filters: RequestFilters, pagination: PageRequest, *, by: Caller
) -> Slice[ServiceRequest]:
    """The requests that the caller may see and asks for, by reference."""
    access_scope = await access_scope_of(session, by)
    statement = select(ServiceRequest).where(CONCERNED.visible(access_scope))
    if territory := await key_of(session, filters.territory, filters.phase):
        statement = statement.where(ServiceRequest.territory == territory)
    if filters.phase:
        statement = statement.where(ServiceRequest.territory.startswith(f"{filters.phase}-"))
    if filters.region:
        statement = statement.where(naming(ServiceRequest.regions, [filters.region]))
    for column, wanted in (
        (ServiceRequest.operator, filters.operator),
        (ServiceRequest.service, filters.service),
        (ServiceRequest.action_id, filters.action),
        (ServiceRequest.status, filters.status),
    ):
        if wanted is not None:
            statement = statement.where(column == wanted)
    if filters.overdue is not None:
        late = _late(today())
        statement = statement.where(late if filters.overdue else not_(late))
    return await page(session, statement, pagination, order=(ServiceRequest.reference,))


async def made_for(session: AsyncSession, action_id: UUID) -> int:
    """Count the requests for an action."""
    statement = select(func.count()).where(ServiceRequest.action_id == action_id)
    return await session.scalar(statement) or 0


async def with_passed_deadlines(session: AsyncSession, day: date, *, at_most: int) -> Sequence[ServiceRequest]:
    """Requests of which a deadline had passed when a day began, and whose lateness was not told; locked."""
    statement = (
        select(ServiceRequest)
        .where(ServiceRequest.watch_from <= day)
        .order_by(ServiceRequest.watch_from, ServiceRequest.id)
        .limit(at_most)
        .with_for_update()
    )
    return (await session.scalars(statement)).all()


async def request_changes(session: AsyncSession, pagination: PageRequest, *, by: Caller) -> dict[str, Any]:
    """Return the changes of the requests that the caller may see."""
    access_scope = await access_scope_of(session, by)

    async def load(session: AsyncSession, ids: Sequence[str]) -> dict[str, ServiceRequest]:
        found = await session.scalars(select(ServiceRequest).where(ServiceRequest.id.in_([UUID(key) for key in ids])))
        return {one.key: one for one in found}

    return await changes(session, ServiceRequest.collection, pagination, sees=access_scope.sees, load=load)


async def history_of_request(
    session: AsyncSession, request_id: UUID, pagination: PageRequest, *, by: Caller
) -> Slice[dict[str, Any]]:
    """The past of a request that the caller may see."""
    found = await read_request(session, request_id, by=by)
    return await history_of(session, ServiceRequest.collection, found.key, pagination)


def _late(day: date) -> ColumnElement[bool]:
    """`rules.requests.late`, in SQL."""
    return or_(
        *(
            and_(ServiceRequest.status == status, or_(*(DUE[deadline] < day for deadline in deadlines)))
            for status, deadlines in AWAITED.items()
            if deadlines
        )
    )
