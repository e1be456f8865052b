"""Ceremonies: `/v1/ceremonies`, and the ceremony of a contract."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends

from services.contract import commands, permissions, queries
from services.contract.api.dependencies import Reading, Writing
from services.contract.api.filters import CeremonyParameters
from services.contract.errors import (
    CalendarReversed,
    CeremonyCancelled,
    CeremonyNotFitting,
    CeremonyNotFound,
    DayNotPlausible,
)
from services.contract.models import Ceremony, Contract
from services.contract.schemas import (
    CeremonyChange,
    CeremonyIn,
    CeremonyNamed,
    CeremonyOut,
    CeremonyReportOut,
    ContractOut,
    Explanation,
)
from shared.http.changes import Changes, HistoryLine
from shared.http.pagination import ChangesPagination, Pagination, Slice
from shared.http.routing import IfMatch, Router, Tag, showing
from shared.http.schemas import Page
from shared.problem import Forbidden, NotFound, PreconditionRequired, documented
from shared.security.access import Caller
from shared.security.dependencies import allowed
from shared.storage.history import VersionStale

router = Router(tags=[Tag("Ceremonies", "Occasions at which contracts of several territories are signed.")])

Anyone = Annotated[Caller, Depends(allowed(permissions.READ_CEREMONIES))]
Announcer = Annotated[Caller, Depends(allowed(permissions.ANNOUNCE_CEREMONIES))]
Opener = Annotated[Caller, Depends(allowed(permissions.REQUEST_SIGNATURES))]


@router.get("/v1/ceremonies", response_model=Page[CeremonyOut])
async def list_ceremonies(
    session: Reading, filters: Annotated[CeremonyParameters, Depends()], pagination: Pagination, _: Anyone
) -> Slice[Ceremony]:
    """Ceremonies by their first day, cancelled ones included."""
    return await queries.list_ceremonies(session, filters, pagination)


@router.get("/v1/ceremonies/changes", response_model=Changes[CeremonyOut])
async def list_ceremony_changes(session: Reading, pagination: ChangesPagination, by: Anyone) -> dict[str, Any]:
    """Every change of a ceremony, in order; keep `next` to go on later."""
    return await queries.ceremony_changes(session, pagination, by=by)


@router.post(
    "/v1/ceremonies",
    status_code=201,
    response_model=CeremonyOut,
    responses=documented(Forbidden, CalendarReversed, DayNotPlausible),
)
async def announce_ceremony(body: CeremonyIn, session: Writing, by: Announcer) -> Ceremony:
    """Announce a ceremony; contracts and protocols can then name it."""
    return await commands.announce_ceremony(session, **body.sent(), by=by)


@router.get("/v1/ceremonies/{ceremony_id}", response_model=CeremonyOut, responses=documented(CeremonyNotFound))
async def read_ceremony(ceremony_id: UUID, session: Reading, _: Anyone) -> Ceremony:
    """One ceremony."""
    return await queries.get_ceremony(session, ceremony_id)


@router.patch(
    "/v1/ceremonies/{ceremony_id}",
    response_model=CeremonyOut,
    responses=documented(
        CeremonyNotFound,
        Forbidden,
        CeremonyCancelled,
        CalendarReversed,
        DayNotPlausible,
        VersionStale,
        PreconditionRequired,
    ),
)
async def change_ceremony(
    ceremony_id: UUID, body: CeremonyChange, expected: IfMatch, session: Writing, by: Announcer
) -> Ceremony:
    """Correct a ceremony, or put it off; its history keeps what it was."""
    return await commands.change_ceremony(session, ceremony_id, expected=expected, by=by, **body.sent())


@router.post(
    "/v1/ceremonies/{ceremony_id}/cancel",
    response_model=CeremonyOut,
    responses=documented(CeremonyNotFound, Forbidden, CeremonyCancelled),
    openapi_extra=showing(is_cancelled=True),
)
async def cancel_ceremony(ceremony_id: UUID, body: Explanation, session: Writing, by: Announcer) -> Ceremony:
    """Cancel a ceremony; the contracts that name it stay."""
    return await commands.cancel_ceremony(session, ceremony_id, reason=body.reason, by=by)


@router.get(
    "/v1/ceremonies/{ceremony_id}/history",
    response_model=Page[HistoryLine],
    responses=documented(CeremonyNotFound),
)
async def read_ceremony_history(
    ceremony_id: UUID, session: Reading, pagination: Pagination, _: Anyone
) -> Slice[dict[str, Any]]:
    """History of a ceremony: author, time, reason and changed fields."""
    return await queries.ceremony_history(session, ceremony_id, pagination)


@router.get(
    "/v1/ceremonies/{ceremony_id}/report", response_model=CeremonyReportOut, responses=documented(CeremonyNotFound)
)
async def read_ceremony_report(ceremony_id: UUID, session: Reading, _: Anyone) -> dict[str, Any]:
    """Report of a ceremony: what was signed on its days, by kind and Region, and what is still awaited."""
    return await queries.read_ceremony_report(session, ceremony_id)


@router.put(
    "/v1/contracts/{contract_id}/ceremony",
    response_model=ContractOut,
    responses=documented(NotFound, Forbidden, CeremonyNotFound, CeremonyNotFitting, VersionStale, PreconditionRequired),
)
async def name_ceremony(
    contract_id: UUID, body: CeremonyNamed, expected: IfMatch, session: Writing, by: Opener
) -> Contract:
    """Say at which ceremony a contract or protocol is signed; null: at none."""
    return await commands.name_ceremony(session, contract_id, ceremony_id=body.ceremony_id, expected=expected, by=by)
