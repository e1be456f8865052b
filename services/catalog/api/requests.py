"""Requests: `/v1/requests`."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends

from services.catalog import commands, errors, permissions, queries
from services.catalog.api.dependencies import Reading, ReadingRow, Writing
from services.catalog.api.filters import RequestParameters
from services.catalog.models import ServiceRequest
from services.catalog.rules.requests import TRANSITIONS
from services.catalog.schemas import Acceptance, Conclusion, Declination, Redirection, RequestIn, RequestOut
from shared.events.catalog import RequestStatus
from shared.http.changes import Changes, HistoryLine
from shared.http.pagination import ChangesPagination, Pagination, Slice
from shared.http.routing import Router, Tag, showing
from shared.http.schemas import Page
from shared.problem import Forbidden, NotFound, TransitionRefused, documented
from shared.references import BareCodeAmbiguous, TerritoryNotKnown
from shared.security.access import Caller
from shared.security.dependencies import allowed

router = Router(tags=[Tag("Requests", "What territories ask of operators, and how it is answered in time.")])

Reader = Annotated[Caller, Depends(allowed(permissions.READ_REQUESTS))]
Requester = Annotated[Caller, Depends(allowed(permissions.REQUEST_SERVICES))]
Asked = Annotated[Caller, Depends(allowed(permissions.ANSWER_REQUESTS))]

NOT_REQUESTABLE = (
    errors.TerritoryClosed,
    errors.ActionAskedEnough,
    errors.ServiceNotKnown,
    errors.ServiceAlreadyWithdrawn,
    errors.ServiceNotOnOffer,
    errors.ServiceWithoutOperator,
)


UNANSWERED: dict[str, Any] = {"answered_at": None, "amount_cents": None}
FOLLOWING = "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e16"


def _as(status: RequestStatus, **more: Any) -> dict[str, Any]:
    """An example of the answer: the request in a state, and what may happen to it then."""
    return showing(status=status, allowed_transitions=sorted(TRANSITIONS[status]), **more)


@router.get(
    "/v1/requests",
    response_model=Page[RequestOut],
    responses=documented(
        BareCodeAmbiguous,
        TerritoryNotKnown,
        errors.OperatorNotListed,
        errors.ServiceNotKnown,
        errors.ActionNotSubmitted,
    ),
)
async def list_requests(
    session: Reading, filters: Annotated[RequestParameters, Depends()], pagination: Pagination, by: Reader
) -> Slice[ServiceRequest]:
    """The requests that concern you, by reference."""
    return await queries.list_requests(session, filters, pagination, by=by)


@router.get("/v1/requests/changes", response_model=Changes[RequestOut])
async def list_request_changes(session: Reading, pagination: ChangesPagination, by: Reader) -> dict[str, Any]:
    """Changes of the requests that concern you, oldest first."""
    return await queries.request_changes(session, pagination, by=by)


@router.post(
    "/v1/requests",
    status_code=201,
    response_model=RequestOut,
    responses=documented(
        Forbidden, TerritoryNotKnown, errors.ActionNotOfTerritory, errors.ActionWasRejected, *NOT_REQUESTABLE
    ),
    openapi_extra=_as("sent", acknowledged_at=None, version=1, **UNANSWERED),
)
async def request_service(body: RequestIn, session: Writing, by: Requester) -> ServiceRequest:
    """Call on a service of an operator. The answer has the reference by which you follow it."""
    return await commands.request_service(
        session,
        service_code=body.service,
        territory_key=body.territory,
        action_id=body.action_id,
        message=body.message,
        by=by,
    )


@router.get("/v1/requests/{request_id}", response_model=RequestOut, responses=documented(NotFound))
async def read_request(request_id: UUID, session: ReadingRow, by: Reader) -> ServiceRequest:
    """One request."""
    return await queries.get_request(session, request_id, by=by)


@router.post(
    "/v1/requests/{request_id}/acknowledge",
    response_model=RequestOut,
    responses=documented(NotFound, Forbidden, TransitionRefused),
    openapi_extra=_as("acknowledged", version=2, **UNANSWERED),
)
async def acknowledge_request(request_id: UUID, session: Writing, by: Asked) -> ServiceRequest:
    """Take note of a request."""
    return await commands.acknowledge_request(session, request_id, by=by)


@router.post(
    "/v1/requests/{request_id}/accept",
    response_model=RequestOut,
    responses=documented(NotFound, Forbidden, TransitionRefused),
)
async def accept_request(request_id: UUID, body: Acceptance, session: Writing, by: Asked) -> ServiceRequest:
    """Promise the help, with the amount where there is one."""
    return await commands.accept_request(session, request_id, amount_cents=body.amount_cents, by=by)


@router.post(
    "/v1/requests/{request_id}/decline",
    response_model=RequestOut,
    responses=documented(NotFound, Forbidden, TransitionRefused),
    openapi_extra=_as("declined", amount_cents=None, reason="Le site n'est pas dans un périmètre éligible."),
)
async def decline_request(request_id: UUID, body: Declination, session: Writing, by: Asked) -> ServiceRequest:
    """Do not help, and say why."""
    return await commands.decline_request(session, request_id, reason=body.reason, by=by)


@router.post(
    "/v1/requests/{request_id}/redirect",
    response_model=RequestOut,
    responses=documented(NotFound, Forbidden, TransitionRefused, errors.ServiceOfAnother, *NOT_REQUESTABLE),
    openapi_extra=_as("redirected", amount_cents=None, redirected_to="320252489", redirected_as=FOLLOWING),
)
async def redirect_request(request_id: UUID, body: Redirection, session: Writing, by: Asked) -> ServiceRequest:
    """Send a request on to another operator. It ends here, and `redirected_as` goes on with delays of its own."""
    return await commands.redirect_request(
        session, request_id, operator=body.operator, service_code=body.service, reason=body.reason, by=by
    )


@router.post(
    "/v1/requests/{request_id}/done",
    response_model=RequestOut,
    responses=documented(NotFound, Forbidden, TransitionRefused),
    openapi_extra=_as("done", version=4, concluded_at="2019-10-30T15:00:00Z"),
)
async def conclude_request(request_id: UUID, body: Conclusion, session: Writing, by: Asked) -> ServiceRequest:
    """Say that the help was given, with the final amount where it differs."""
    return await commands.conclude_request(session, request_id, amount_cents=body.amount_cents, by=by)


@router.get("/v1/requests/{request_id}/history", response_model=Page[HistoryLine], responses=documented(NotFound))
async def read_request_history(
    request_id: UUID, session: Reading, pagination: Pagination, by: Reader
) -> Slice[dict[str, Any]]:
    """History of a request: author, time, reason and changed fields."""
    return await queries.request_history(session, request_id, pagination, by=by)
