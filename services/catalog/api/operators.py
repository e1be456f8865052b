"""Operators: `/v1/operators`."""

from typing import Annotated, Any

from fastapi import Depends, Path, Query, Response

from services.catalog import commands, errors, permissions, queries
from services.catalog.api.dependencies import Reading, Writing
from services.catalog.models import Operator
from services.catalog.rules.performance import require_past
from services.catalog.schemas import (
    CatalogueAxis,
    OperatorChange,
    OperatorDetail,
    OperatorOut,
    OperatorSummary,
    PerformanceOut,
)
from shared.clock import today
from shared.events.codes import RegionCode, SirenInput, TerritoryName
from shared.http.changes import Changes, HistoryLine
from shared.http.pagination import ChangesPagination, Pagination, Slice
from shared.http.routing import WITH_ETAG, IfMatch, Router, Tag, etag
from shared.http.schemas import Day, Page
from shared.problem import Forbidden, NotFound, PreconditionRequired, documented
from shared.references import BareCodeAmbiguous, TerritoryNotKnown
from shared.security.access import Caller
from shared.security.dependencies import allowed
from shared.storage.history import VersionStale

router = Router(tags=[Tag("Operators", "Who offers services, and how they keep their delays.")])

Anyone = Annotated[Caller, Depends(allowed(permissions.READ_SERVICES))]
Itself = Annotated[Caller, Depends(allowed(permissions.PUBLISH_SERVICES))]
OperatorSiren = Annotated[SirenInput, Path(examples=["180020026"])]
AsOf = Annotated[
    Day | None,
    Query(description="A calendar day in Paris, read at its end; today if left out.", examples=["2026-06-30"]),
]


@router.get("/v1/operators", response_model=Page[OperatorSummary])
async def list_operators(session: Reading, pagination: Pagination, _: Anyone) -> Slice[dict[str, Any]]:
    """The operators of the catalogue, by SIREN, with how much they offer."""
    return await queries.list_operators(session, pagination)


@router.get("/v1/operators/changes", response_model=Changes[OperatorOut])
async def list_operator_changes(session: Reading, pagination: ChangesPagination, by: Anyone) -> dict[str, Any]:
    """Changes of the operators, oldest first."""
    return await queries.operator_changes(session, pagination, by=by)


@router.get(
    "/v1/operators/{siren}",
    response_model=OperatorDetail,
    responses={200: WITH_ETAG, **documented(NotFound, errors.DayInTheFuture)},
)
async def read_operator(
    siren: OperatorSiren, session: Reading, response: Response, _: Anyone, as_of: AsOf = None
) -> dict[str, Any]:
    """One operator, what it offers, and how it has answered until a day."""
    day = as_of or today()
    require_past(day, today())
    found = await queries.describe_operator(session, siren, as_of=day)
    response.headers["ETag"] = etag(found["version"])
    return found


@router.patch(
    "/v1/operators/{siren}",
    response_model=OperatorOut,
    responses=documented(NotFound, Forbidden, VersionStale, PreconditionRequired),
)
async def promise_delays(
    siren: OperatorSiren, body: OperatorChange, expected: IfMatch, session: Writing, by: Itself
) -> Operator:
    """Promise other delays than those of the programme, for the requests to come."""
    delays = body.delays.model_dump() if body.delays else None
    return await commands.promise_delays(session, siren, delays=delays, expected=expected, by=by)


@router.get(
    "/v1/operators/{siren}/performance",
    response_model=PerformanceOut,
    responses=documented(NotFound, errors.DayInTheFuture, BareCodeAmbiguous, TerritoryNotKnown),
)
async def read_performance(
    siren: OperatorSiren,
    session: Reading,
    _: Anyone,
    territory: Annotated[
        TerritoryName | None, Query(description="Of one territory.", examples=["2018-ti-7505"])
    ] = None,
    region: Annotated[RegionCode | None, Query(description="Of one région.", examples=["75"])] = None,
    axis: Annotated[CatalogueAxis | None, Query(description="Of the services of one axis.")] = None,
    as_of: AsOf = None,
) -> dict[str, Any]:
    """Performance of an operator until a day: overall, by région, axis and territory. A small sample is marked."""
    day = as_of or today()
    require_past(day, today())
    return await queries.read_performance(
        session, siren, queries.SharedFilters(territory=territory, region=region), axis=axis, as_of=day
    )


@router.get("/v1/operators/{siren}/history", response_model=Page[HistoryLine], responses=documented(NotFound))
async def read_operator_history(
    siren: OperatorSiren, session: Reading, pagination: Pagination, _: Anyone
) -> Slice[dict[str, Any]]:
    """History of an operator: author, time, reason and changed fields."""
    return await queries.operator_history(session, siren, pagination)
