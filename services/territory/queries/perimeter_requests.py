"""Perimeter requests, as far as the caller may read them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.errors import PerimeterRequestNotFound
from services.territory.models import PerimeterRequest
from services.territory.queries.filters import PerimeterRequestFilters
from services.territory.queries.geography import key_of
from services.territory.queries.territories import access_scope_of
from services.territory.rules.days import require_readable
from shared.clock import end_of, today
from shared.http.collection import Collection
from shared.http.pagination import PageRequest, Slice, page_of
from shared.security.access import AccessScope, Caller
from shared.storage.known import require_settled


def _missing(request_id: UUID) -> PerimeterRequestNotFound:
    return PerimeterRequestNotFound(
        f"There is no perimeter request {request_id}, or your organisation may not read it: "
        "GET /v1/perimeter-requests lists those that concern you."
    )


_requests: Final = Collection(
    PerimeterRequest, "perimeter request", access_scope_of, order=(PerimeterRequest.id,), missing=_missing
)
get_perimeter_request: Final = _requests.get
find_perimeter_request: Final = _requests.find
perimeter_request_changes: Final = _requests.changes
perimeter_request_history: Final = _requests.history


async def list_perimeter_requests(
    session: AsyncSession, filters: PerimeterRequestFilters, pagination: PageRequest, *, by: Caller
) -> Slice[PerimeterRequest]:
    """One page of the perimeter requests that concern the caller, in their present state or that of a day.

    A request is made, decided and withdrawn by acts on the platform: its state of a day is that recorded by its end.
    """
    if filters.territory:
        filters = replace(filters, territory=await key_of(session, filters.territory))
    if moment := await _moment_asked(session, filters):
        found = [each for each in await _requests.known(session, moment, by=by) if _is_chosen(each, filters)]
        return page_of(found, pagination, order=lambda asked: (asked.key,))
    statement = select(PerimeterRequest).where(*_conditions(await access_scope_of(session, by)))
    if filters.territory:
        statement = statement.where(PerimeterRequest.territory_key == filters.territory)
    if filters.region:
        statement = statement.where(_holds(PerimeterRequest.regions, [filters.region]))
    if filters.state:
        statement = statement.where(PerimeterRequest.state == filters.state)
    return await _requests.page(session, statement, pagination)


async def _moment_asked(session: AsyncSession, filters: PerimeterRequestFilters) -> datetime | None:
    """Return the moment of which the records are asked: the end of a past day, or `known_at` before it; None: now."""
    if filters.known_at:
        await require_settled(session, filters.known_at)
    if filters.as_of is None:
        return filters.known_at
    require_readable(filters.as_of, today=today())
    moments = [filters.known_at, end_of(filters.as_of) if filters.as_of < today() else None]
    return min((moment for moment in moments if moment), default=None)


def _is_chosen(asked: PerimeterRequest, filters: PerimeterRequestFilters) -> bool:
    """The filters of `list_perimeter_requests`, of a request in memory."""
    return (
        filters.territory in (None, asked.territory_key)
        and (filters.region is None or filters.region in asked.regions)
        and filters.state in (None, asked.state)
    )


def _conditions(access_scope: AccessScope) -> Iterable[ColumnElement[bool]]:
    """`AccessScope.is_concerned` for perimeter requests, in SQL."""
    if not access_scope.covers_everything:
        organisations = access_scope.organisations
        yield or_(
            PerimeterRequest.territory_key.in_(access_scope.territories),
            _holds(PerimeterRequest.regions, access_scope.regions),
            PerimeterRequest.requested_by.in_(organisations),
            _holds(PerimeterRequest.enters, organisations),
            _holds(PerimeterRequest.leaves, organisations),
        )
    if access_scope.only_territories is not None:
        yield PerimeterRequest.territory_key.in_(access_scope.only_territories)
    if access_scope.only_regions is not None:
        yield _holds(PerimeterRequest.regions, access_scope.only_regions)


def _holds(column: Any, codes: Iterable[str]) -> ColumnElement[bool]:
    """Return whether a JSON list of codes holds one of these. Codes hold no quotes, and JSON quotes each of them."""
    return or_(False, *(cast(column, Text).like(f'%"{code}"%') for code in codes))
