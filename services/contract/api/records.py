"""Records of published facts of protocols and contracts: `/v1/contract-records`."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends

from services.contract import commands, permissions, queries
from services.contract.api.dependencies import Reading, Writing
from services.contract.api.filters import RecordParameters
from services.contract.errors import (
    DayNotPlausible,
    DaysReversed,
    PrecisionNotFitting,
    RecordNotFound,
    RecordWithdrawn,
)
from services.contract.models import ContractRecord
from services.contract.schemas import Explanation, RecordChange, RecordIn, RecordOut
from shared.http.changes import Changes, HistoryLine
from shared.http.pagination import ChangesPagination, Pagination, Slice
from shared.http.routing import IfMatch, Router, Tag, showing
from shared.http.schemas import Page
from shared.problem import PreconditionRequired, documented
from shared.references import TerritoryNotKnown
from shared.security.access import Caller
from shared.security.dependencies import allowed
from shared.storage.history import VersionStale

router = Router(tags=[Tag("Contract records", "Dated facts of protocols and contracts, as sources published them.")])

Anyone = Annotated[Caller, Depends(allowed(permissions.READ_RECORDS))]
Recorder = Annotated[Caller, Depends(allowed(permissions.RECORD_FACTS))]


@router.get("/v1/contract-records", response_model=Page[RecordOut], responses=documented(DaysReversed))
async def list_records(
    session: Reading, filters: Annotated[RecordParameters, Depends()], pagination: Pagination, _: Anyone
) -> Slice[ContractRecord]:
    """Records by their first possible day, withdrawn ones included. Several may be of one fact."""
    return await queries.list_records(session, filters, pagination)


@router.get("/v1/contract-records/changes", response_model=Changes[RecordOut])
async def list_record_changes(session: Reading, pagination: ChangesPagination, by: Anyone) -> dict[str, Any]:
    """Every change of a record, in order; keep `next` to go on later."""
    return await queries.record_changes(session, pagination, by=by)


@router.get("/v1/contract-records/{record_id}", response_model=RecordOut, responses=documented(RecordNotFound))
async def read_record(record_id: UUID, session: Reading, _: Anyone) -> ContractRecord:
    """One record."""
    return await queries.get_record(session, record_id)


@router.get(
    "/v1/contract-records/{record_id}/history",
    response_model=Page[HistoryLine],
    responses=documented(RecordNotFound),
)
async def read_record_history(
    record_id: UUID, session: Reading, pagination: Pagination, _: Anyone
) -> Slice[dict[str, Any]]:
    """History of a record: author, time, reason and changed fields, with the former statements."""
    return await queries.record_history(session, record_id, pagination)


@router.post(
    "/v1/contract-records",
    status_code=201,
    response_model=RecordOut,
    responses=documented(TerritoryNotKnown, DayNotPlausible, PrecisionNotFitting),
)
async def record_fact(body: RecordIn, session: Writing, _: Recorder) -> ContractRecord:
    """Record a fact that sources published. It is counted beside the platform's own counts, never in them."""
    return await commands.record_fact(session, **body.sent())


@router.patch(
    "/v1/contract-records/{record_id}",
    response_model=RecordOut,
    responses=documented(
        RecordNotFound, RecordWithdrawn, DayNotPlausible, PrecisionNotFitting, VersionStale, PreconditionRequired
    ),
    openapi_extra=showing(amount_cents=18_000_000_000),
)
async def correct_record(
    record_id: UUID, body: RecordChange, expected: IfMatch, session: Writing, _: Recorder
) -> ContractRecord:
    """Correct a record; its history keeps the former statement."""
    return await commands.correct_record(session, record_id, expected=expected, **body.sent())


@router.post(
    "/v1/contract-records/{record_id}/withdraw",
    response_model=RecordOut,
    responses=documented(RecordNotFound, RecordWithdrawn),
    openapi_extra=showing(withdrawn_at="2026-03-05T09:30:00Z"),
)
async def withdraw_record(record_id: UUID, body: Explanation, session: Writing, _: Recorder) -> ContractRecord:
    """Withdraw a record: it stays readable, with its history, and counts no more."""
    return await commands.withdraw_record(session, record_id, reason=body.reason)
