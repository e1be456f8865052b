"""Yearly follow-up reports of contracts: `/v1/reports`."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends

from services.contract import commands, errors, permissions, queries
from services.contract.api.dependencies import Reading, Writing
from services.contract.api.filters import ReportParameters
from services.contract.models import Report
from services.contract.rules import transitions
from services.contract.schemas import Explanation, ReportBegun, ReportChange, ReportOut
from shared.events.reports import ReportStatus
from shared.http.changes import Changes, HistoryLine
from shared.http.pagination import ChangesPagination, Pagination, Slice
from shared.http.routing import IfMatch, Router, Tag, showing
from shared.http.schemas import Page
from shared.problem import Forbidden, NotFound, PreconditionRequired, TransitionRefused, documented
from shared.references import BareCodeAmbiguous, TerritoryNotKnown
from shared.security.access import Caller
from shared.security.dependencies import allowed
from shared.storage.history import VersionStale

router = Router(tags=[Tag("Reports", "Yearly follow-up of contracts: written by territories, checked by Regions.")])

Reader = Annotated[Caller, Depends(allowed(permissions.READ_REPORTS))]
Insider = Annotated[Caller, Depends(allowed(permissions.READ_CONTRACT_DETAILS))]
Writer = Annotated[Caller, Depends(allowed(permissions.WRITE_REPORTS))]
Checker = Annotated[Caller, Depends(allowed(permissions.CHECK_REPORTS))]

EMPTY: dict[str, Any] = {"summary": None, "governance": None, "actions": [], "difficulties": None, "outlook": None}
REASON = "Le bilan ne dit rien de la seconde session (texte synthétique)."


def _as(status: ReportStatus, *to_come: str, **more: Any) -> dict[str, Any]:
    """An example of the answer: the report in a state, what is still to come, and what may happen to it then."""
    possible = sorted(transitions.REPORT[status])
    return showing(status=status, allowed_transitions=possible, **dict.fromkeys(to_come), **more)


@router.get(
    "/v1/reports",
    response_model=Page[ReportOut],
    responses=documented(BareCodeAmbiguous, TerritoryNotKnown, errors.ContractNotKnown),
)
async def list_reports(
    session: Reading, filters: Annotated[ReportParameters, Depends()], pagination: Pagination, by: Reader
) -> Slice[Report]:
    """The checked reports, and those in the making that concern you, by territory and year."""
    return await queries.list_reports(session, filters, pagination, by=by)


@router.get("/v1/reports/changes", response_model=Changes[ReportOut])
async def list_report_changes(session: Reading, pagination: ChangesPagination, by: Reader) -> dict[str, Any]:
    """Changes of the reports that you may read, oldest first."""
    return await queries.report_changes(session, pagination, by=by)


@router.post(
    "/v1/contracts/{contract_id}/reports",
    status_code=201,
    response_model=ReportOut,
    responses=documented(NotFound, Forbidden, errors.ReportNotOwed, errors.ReportExists, errors.ReportYearNotFitting),
    openapi_extra=_as("draft", "submitted_at", "checked_at", version=1, **EMPTY),
)
async def begin_report(contract_id: UUID, body: ReportBegun, session: Writing, by: Writer) -> Report:
    """Begin a contract's report on a year, before the platform opens it at the end of the year."""
    return await commands.begin_report(session, contract_id, year=body.year, by=by)


@router.get("/v1/reports/{report_id}", response_model=ReportOut, responses=documented(NotFound))
async def read_report(report_id: UUID, session: Reading, by: Reader) -> Report:
    """One report: checked once, it is public; before, those concerned read it."""
    return await queries.get_report(session, report_id, by=by)


@router.patch(
    "/v1/reports/{report_id}",
    response_model=ReportOut,
    responses=documented(
        NotFound, Forbidden, errors.NotEditable, errors.SheetNotFitting, VersionStale, PreconditionRequired
    ),
    openapi_extra=_as("draft", "submitted_at", "checked_at"),
)
async def change_report(report_id: UUID, body: ReportChange, expected: IfMatch, session: Writing, by: Writer) -> Report:
    """Write in a report that is not submitted, or was reopened."""
    return await commands.change_report(session, report_id, **body.content(), expected=expected, by=by)


@router.post(
    "/v1/reports/{report_id}/submit",
    response_model=ReportOut,
    responses=documented(NotFound, Forbidden, errors.ReportIncomplete, TransitionRefused),
    openapi_extra=_as("submitted", "checked_at"),
)
async def submit_report(report_id: UUID, session: Writing, by: Writer) -> Report:
    """Send a report that lacks nothing to the Region or Regions."""
    return await commands.submit_report(session, report_id, by=by)


@router.post(
    "/v1/reports/{report_id}/check",
    response_model=ReportOut,
    responses=documented(NotFound, Forbidden, TransitionRefused),
)
async def check_report(report_id: UUID, session: Writing, by: Checker) -> Report:
    """Record that your Region has checked a report: it is frozen, and public. One Region checks it for all."""
    return await commands.check_report(session, report_id, by=by)


@router.post(
    "/v1/reports/{report_id}/reopen",
    response_model=ReportOut,
    responses=documented(NotFound, Forbidden, TransitionRefused),
    openapi_extra=_as("reopened", "checked_at", reopen_reason=REASON),
)
async def reopen_report(report_id: UUID, body: Explanation, session: Writing, by: Checker) -> Report:
    """Send a submitted or checked report back for writing. One that was checked once stays public."""
    return await commands.reopen_report(session, report_id, reason=body.reason, by=by)


@router.get("/v1/reports/{report_id}/history", response_model=Page[HistoryLine], responses=documented(NotFound))
async def read_report_history(
    report_id: UUID, session: Reading, pagination: Pagination, by: Insider
) -> Slice[dict[str, Any]]:
    """History of a report: author, time, reason and changed fields. Not public, even if the report is."""
    return await queries.report_history(session, report_id, pagination, by=by)
