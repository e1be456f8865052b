"""Perimeter requests, and the acts that change the members of a territory."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends

from services.territory import commands, permissions, queries
from services.territory.api.dependencies import TERRITORIES, Reading, TerritoryInPath, Writing
from services.territory.api.filters import PerimeterRequestParameters
from services.territory.errors import (
    DayNotPlausible,
    DecisionNotFound,
    DecisionNotSuitable,
    LeadRegionElsewhere,
    MandateElsewhere,
    NothingChanges,
    OrganisationClosed,
    OrganisationNotRegistered,
    PerimeterConflict,
    PerimeterRequestNotAccepted,
    PerimeterRequestNotFound,
    PerimeterRequestNotOpen,
    TerritoryAmbiguous,
    TerritoryClosed,
    TerritoryNotFound,
)
from services.territory.models import PerimeterRequest, Territory
from services.territory.schemas import (
    PerimeterChangeIn,
    PerimeterCorrectionIn,
    PerimeterRequestIn,
    PerimeterRequestOut,
    TerritoryDetail,
    WithdrawalIn,
)
from shared.http.changes import Changes, HistoryLine
from shared.http.pagination import ChangesPagination, Pagination, Slice
from shared.http.routing import Router, Tag, showing
from shared.http.schemas import Page
from shared.problem import documented
from shared.references import BareCodeAmbiguous, OrganisationDuplicate, TerritoryNotKnown
from shared.security.access import Caller
from shared.security.dependencies import allowed
from shared.storage.known import MomentNotSettled

router = Router(tags=[Tag("Perimeter requests", "Requests to change the members of a territory, and their decisions.")])
acts = Router(tags=[TERRITORIES])

Requester = Annotated[Caller, Depends(allowed(permissions.REQUEST_PERIMETERS))]
RequestReader = Annotated[Caller, Depends(allowed(permissions.READ_PERIMETER_REQUESTS))]
PerimeterKeeper = Annotated[Caller, Depends(allowed(permissions.CHANGE_PERIMETERS))]
Corrector = Annotated[Caller, Depends(allowed(permissions.DESIGNATE_TERRITORIES))]
ON_REQUESTS = documented(PerimeterRequestNotFound)


@router.get(
    "/v1/perimeter-requests",
    response_model=Page[PerimeterRequestOut],
    responses=documented(BareCodeAmbiguous, TerritoryNotKnown, DayNotPlausible, MomentNotSettled),
)
async def list_perimeter_requests(
    session: Reading,
    pagination: Pagination,
    filters: Annotated[PerimeterRequestParameters, Depends()],
    by: RequestReader,
) -> Slice[PerimeterRequest]:
    """The perimeter requests that concern the caller.

    With `as_of` those recorded by the end of a day, in their state of that time; `known_at`: by a moment.
    """
    return await queries.list_perimeter_requests(session, filters, pagination, by=by)


@router.post(
    "/v1/perimeter-requests",
    status_code=201,
    response_model=PerimeterRequestOut,
    responses=documented(
        TerritoryNotFound,
        TerritoryAmbiguous,
        TerritoryClosed,
        NothingChanges,
        PerimeterConflict,
        OrganisationClosed,
        DayNotPlausible,
        OrganisationNotRegistered,
        OrganisationDuplicate,
    ),
)
async def request_perimeter(body: PerimeterRequestIn, session: Writing, by: Requester) -> PerimeterRequest:
    """Request that members enter or leave a territory.

    The regional committee of each Region concerned decides on it: that of each Region of the territory and of each body
    that enters or leaves. Each records a decision of kind `perimeter_change` with `decides` set to
    `perimeter-request/<id>`. Once all are favourable, POST /v1/territories/{territory}/perimeter applies the request.
    """
    return await commands.request_perimeter(session, **body.sent(), by=by)


@router.get("/v1/perimeter-requests/changes", response_model=Changes[PerimeterRequestOut])
async def list_perimeter_request_changes(
    session: Reading, pagination: ChangesPagination, by: RequestReader
) -> dict[str, Any]:
    """Every change of a perimeter request that concerns the caller, in order; keep `next` to go on later."""
    return await queries.perimeter_request_changes(session, pagination, by=by)


@router.get("/v1/perimeter-requests/{request_id}", response_model=PerimeterRequestOut, responses=ON_REQUESTS)
async def read_perimeter_request(request_id: UUID, session: Reading, by: RequestReader) -> PerimeterRequest:
    """One perimeter request, with the decisions on it."""
    return await queries.get_perimeter_request(session, request_id, by=by)


@router.get("/v1/perimeter-requests/{request_id}/history", response_model=Page[HistoryLine], responses=ON_REQUESTS)
async def read_perimeter_request_history(
    request_id: UUID, session: Reading, pagination: Pagination, by: RequestReader
) -> Slice[dict[str, Any]]:
    """History of a perimeter request: author, time, reason and changed fields."""
    return await queries.perimeter_request_history(session, request_id, pagination, by=by)


@router.post(
    "/v1/perimeter-requests/{request_id}/withdraw",
    response_model=PerimeterRequestOut,
    responses=documented(PerimeterRequestNotFound, PerimeterRequestNotOpen),
    openapi_extra=showing(state="withdrawn"),
)
async def withdraw_perimeter_request(
    request_id: UUID, body: WithdrawalIn, session: Writing, by: Requester
) -> PerimeterRequest:
    """Withdraw an open perimeter request. Those do who could have made it, and each Region that decides on it."""
    return await commands.withdraw_perimeter_request(session, request_id, **body.sent(), by=by)


@acts.post(
    "/v1/territories/{territory}/perimeter",
    response_model=TerritoryDetail,
    responses=documented(
        TerritoryNotFound,
        DecisionNotFound,
        TerritoryAmbiguous,
        DecisionNotSuitable,
        PerimeterRequestNotAccepted,
        PerimeterRequestNotOpen,
        PerimeterConflict,
        MandateElsewhere,
        OrganisationClosed,
        NothingChanges,
        DayNotPlausible,
        OrganisationNotRegistered,
        OrganisationDuplicate,
        LeadRegionElsewhere,
    ),
)
async def change_perimeter(
    territory: TerritoryInPath, body: PerimeterChangeIn, session: Writing, by: PerimeterKeeper
) -> Territory:
    """Apply an accepted perimeter request, named by a decision on it; answered with the new perimeter.

    On no day may a body be a member of two territories of a phase, nor a commune beside its intercommunality, nor a
    territory be without members. A member stays in the lead région, unless the territory leaves all its régions.
    """
    return await commands.change_perimeter(session, territory, **body.sent(), by=by)


@acts.post(
    "/v1/territories/{territory}/perimeter/corrections",
    response_model=TerritoryDetail,
    responses=documented(
        TerritoryNotFound,
        TerritoryAmbiguous,
        PerimeterConflict,
        MandateElsewhere,
        OrganisationClosed,
        NothingChanges,
        DayNotPlausible,
        OrganisationNotRegistered,
        OrganisationDuplicate,
        LeadRegionElsewhere,
    ),
)
async def correct_perimeter(
    territory: TerritoryInPath, body: PerimeterCorrectionIn, session: Writing, by: Corrector
) -> Territory:
    """Correct the days of members that were recorded wrongly, without a decision. The reason stays in the history."""
    return await commands.correct_perimeter(session, territory, members=body.days, reason=body.reason, by=by)
