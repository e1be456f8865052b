"""Requests, read by the territory, its Region and State service, and the operator."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.catalog.models import ServiceRequest
from services.catalog.queries.codes import require_action, require_operator, require_service
from services.catalog.queries.filters import RequestFilters
from services.catalog.queries.projections import key_of, named_scope_of
from services.catalog.queries.visible import Concerned, naming
from services.catalog.rules.requests import AWAITED
from shared.clock import today
from shared.http.collection import Collection
from shared.http.pagination import PageRequest, Slice
from shared.security.access import Caller

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


_requests: Final = Collection(ServiceRequest, "request", named_scope_of, order=(ServiceRequest.reference,))
get_request: Final = _requests.get
request_changes: Final = _requests.changes
request_history: Final = _requests.history


async def list_requests(
    session: AsyncSession, filters: RequestFilters, pagination: PageRequest, *, by: Caller
) -> Slice[ServiceRequest]:
    """The requests that the caller may see and asks for, by reference."""
    access_scope = await named_scope_of(session, by)
    await require_operator(session, filters.operator)
    await require_service(session, filters.service)
    await require_action(session, filters.action)
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
    return await _requests.page(session, statement, pagination)


async def count_requests_for(session: AsyncSession, action_id: UUID) -> int:
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


def _late(day: date) -> ColumnElement[bool]:
    """`rules.requests.late`, in SQL."""
    return or_(
        *(
            and_(ServiceRequest.status == status, or_(*(DUE[deadline] < day for deadline in deadlines)))
            for status, deadlines in AWAITED.items()
            if deadlines
        )
    )
