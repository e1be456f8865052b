"""Targets of the programme: `/v1/targets`."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query

from services.contract import commands, permissions, queries
from services.contract.api.dependencies import Reading, Writing
from services.contract.api.filters import TargetParameters
from services.contract.errors import (
    DayNotPlausible,
    GoalNotFitting,
    SourceNotRegistered,
    TargetNotByTerritory,
    TargetNotFound,
    TargetWithdrawn,
)
from services.contract.models import Target
from services.contract.schemas import (
    Explanation,
    LateTerritoryOut,
    TargetChange,
    TargetIn,
    TargetOut,
    TargetProgressOut,
)
from shared.clock import today
from shared.http.changes import Changes, HistoryLine
from shared.http.pagination import ChangesPagination, Pagination, Slice
from shared.http.routing import IfMatch, Router, Tag, showing
from shared.http.schemas import Day, Page
from shared.problem import PreconditionRequired, documented
from shared.security.access import Caller
from shared.security.dependencies import allowed
from shared.storage.history import VersionStale

router = Router(tags=[Tag("Targets", "Targets of the programme, the way to them, and who is late.")])

Anyone = Annotated[Caller, Depends(allowed(permissions.READ_TARGETS))]
Setter = Annotated[Caller, Depends(allowed(permissions.SET_TARGETS))]
AsOf = Annotated[
    Day | None,
    Query(
        description="A day in Paris, read at its end, since the phase was announced; today if absent.",
        examples=["2019-07-01"],
    ),
]


@router.get("/v1/targets", response_model=Page[TargetOut])
async def list_targets(
    session: Reading, filters: Annotated[TargetParameters, Depends()], pagination: Pagination, _: Anyone
) -> Slice[Target]:
    """Targets by their day, withdrawn ones included."""
    return await queries.list_targets(session, filters, pagination)


@router.get("/v1/targets/changes", response_model=Changes[TargetOut])
async def list_target_changes(session: Reading, pagination: ChangesPagination, by: Anyone) -> dict[str, Any]:
    """Every change of a target, in order; keep `next` to go on later."""
    return await queries.target_changes(session, pagination, by=by)


@router.get("/v1/targets/{target_id}", response_model=TargetOut, responses=documented(TargetNotFound))
async def read_target(target_id: UUID, session: Reading, _: Anyone) -> Target:
    """One target."""
    return await queries.get_target(session, target_id)


@router.get("/v1/targets/{target_id}/history", response_model=Page[HistoryLine], responses=documented(TargetNotFound))
async def read_target_history(
    target_id: UUID, session: Reading, pagination: Pagination, _: Anyone
) -> Slice[dict[str, Any]]:
    """History of a target: author, time, reason and changed fields."""
    return await queries.target_history(session, target_id, pagination)


@router.get(
    "/v1/targets/{target_id}/progress",
    response_model=TargetProgressOut,
    responses=documented(TargetNotFound, DayNotPlausible),
)
async def read_target_progress(
    target_id: UUID,
    session: Reading,
    _: Anyone,
    as_of: AsOf = None,
    day: Annotated[
        list[Day] | None,
        Query(max_length=60, description="Days of the burn-up, up to `as_of`; the end of each month if absent."),
    ] = None,
) -> dict[str, Any]:
    """Value, goal and state of a target on a day, with its burn-up."""
    return await queries.read_target_progress(session, target_id, as_of=as_of or today(), days=day)


@router.get(
    "/v1/targets/{target_id}/late",
    response_model=Page[LateTerritoryOut],
    responses=documented(TargetNotFound, DayNotPlausible, TargetNotByTerritory),
)
async def list_late_territories(
    target_id: UUID, session: Reading, pagination: Pagination, _: Anyone, as_of: AsOf = None
) -> Slice[dict[str, Any]]:
    """Territories of the day of a target that have not reached it by a day, with their stage."""
    return await queries.list_late_territories(session, target_id, pagination, as_of=as_of or today())


@router.post(
    "/v1/targets",
    status_code=201,
    response_model=TargetOut,
    responses=documented(GoalNotFitting, SourceNotRegistered),
)
async def set_target(body: TargetIn, session: Writing, _: Setter) -> Target:
    """Set a target for a day."""
    return await commands.set_target(session, **body.sent())


@router.patch(
    "/v1/targets/{target_id}",
    response_model=TargetOut,
    responses=documented(
        TargetNotFound, TargetWithdrawn, GoalNotFitting, SourceNotRegistered, VersionStale, PreconditionRequired
    ),
    openapi_extra=showing(goal=140, due_on="2019-12-31"),
)
async def change_target(target_id: UUID, body: TargetChange, expected: IfMatch, session: Writing, _: Setter) -> Target:
    """Correct a target, or put it off; its history keeps what it was."""
    return await commands.change_target(session, target_id, expected=expected, **body.sent())


@router.post(
    "/v1/targets/{target_id}/withdraw",
    response_model=TargetOut,
    responses=documented(TargetNotFound, TargetWithdrawn),
    openapi_extra=showing(withdrawn_at="2026-03-05T09:30:00Z"),
)
async def withdraw_target(target_id: UUID, body: Explanation, session: Writing, _: Setter) -> Target:
    """Withdraw a target: it stays readable, with its history."""
    return await commands.withdraw_target(session, target_id, reason=body.reason)
