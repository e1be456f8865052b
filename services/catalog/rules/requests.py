"""Rules of requests: states and transitions, references, deadlines."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from services.catalog.errors import (
    ActionAskedEnough,
    ActionNotOfTerritory,
    ActionWasRejected,
    ServiceAlreadyWithdrawn,
    ServiceNotOnOffer,
    ServiceOfAnother,
    ServiceWithoutOperator,
)
from services.catalog.models import Delays, KnownAction, OfferedService, Operator, ServiceRequest
from services.catalog.rules.services import is_on_offer
from shared.events.catalog import (
    Deadline,
    RequestStatus,
    ServiceRequestAnswered,
    ServiceRequested,
    ServiceRequestOverdue,
)
from shared.problem import FieldError, TransitionRefused
from shared.projections import TerritoryProjection

TRANSITIONS: Final[Mapping[RequestStatus, Mapping[str, RequestStatus]]] = {
    "sent": {"acknowledge": "acknowledged"},
    "acknowledged": {"accept": "accepted", "decline": "declined", "redirect": "redirected"},
    "accepted": {"done": "done"},
    "declined": {},
    # It continues as a new request to the other operator, with its own reference and deadlines.
    "redirected": {},
    "done": {},
}
"""State → transition → next state."""
AWAITED: Final[Mapping[RequestStatus, tuple[Deadline, ...]]] = {
    "sent": ("acknowledge", "answer", "conclude"),
    "acknowledged": ("answer", "conclude"),
    "accepted": ("conclude",),
    "declined": (),
    "redirected": (),
    "done": (),
}
"""State → the deadlines that a request may still miss."""
DELAYS: Final[Delays] = {"acknowledge": 9, "answer": 21, "conclude": 45}
"""Default deadlines, in days from the day of the request; an operator may promise others."""
MAX_REQUESTS_PER_ACTION: Final = 1000
"""Maximum number of requests per action: its sheet shows all of them."""


def require_requestable(service: OfferedService, *, advice: str | None, on: date) -> None:
    """Refuse a request for a service that is not on offer, or that no operator answers for."""
    if service.withdrawn_on is not None:
        raise ServiceAlreadyWithdrawn(
            f"{service.code} was withdrawn on {service.withdrawn_on}: choose another from /v1/services?on={on}."
        )
    if service.operator is None:
        raise ServiceWithoutOperator(
            f"« {service.named} », who offers {service.code}, {advice or 'is no organisation of the platform'}."
        )
    if not is_on_offer(service, withdrawn_on=None, on=on):
        ended = f"ended on {service.ends_on}" if service.ends_on and service.ends_on < on else "has not begun yet"
        raise ServiceNotOnOffer(f"{service.code} {ended}: choose another from /v1/services?on={on}.")


def require_room(made: int) -> None:
    """Refuse another request once the action has the maximum number."""
    if made >= MAX_REQUESTS_PER_ACTION:
        raise ActionAskedEnough(f"{made} requests were made for this action: make this one for the territory.")


def require_action(action: KnownAction | None, territory: str) -> None:
    """Refuse an action of another territory, or one that was rejected or abandoned."""
    if action is None or territory not in action.territories:
        raise ActionNotOfTerritory(
            f"No submitted action of {territory} has this id: give one of its own, or leave `action_id` out.",
            errors=[FieldError(pointer="/action_id", detail="not an action of this territory")],
        )
    if action.status in ("rejected", "abandoned"):
        raise ActionWasRejected(f"{action.number} was {action.status}: give another action, or leave `action_id` out.")


def reference(operator: Operator, year: int, number: int) -> str:
    """Return the reference: initials of the operator, year, gapless number."""
    return f"{operator.initials}-{year}-{number:05d}"


def send(
    request_id: UUID,
    *,
    service: OfferedService,
    operator: Operator,
    number: int,
    place: TerritoryProjection,
    requester: str,
    day: date,
    at: datetime,
    **fields: Any,
) -> ServiceRequest:
    """Create a request; its deadlines count from its day."""
    delays = operator.delays or DELAYS
    request = ServiceRequest(
        id=request_id,
        reference=reference(operator, day.year, number),
        year=day.year,
        number=number,
        service=service.code,
        service_version=service.service_version,
        axis=service.axis,
        operator=operator.siren,
        territory=place.key,
        regions=place.regions,
        requester=requester,
        status="sent",
        sent_at=at,
        acknowledge_by=day + timedelta(days=delays["acknowledge"]),
        answer_by=day + timedelta(days=delays["answer"]),
        conclude_by=day + timedelta(days=delays["conclude"]),
        notified_late=[],
        **fields,
    )
    watch(request)
    return request


def requested(request: ServiceRequest) -> ServiceRequested:
    """Return the event of a new request."""
    return ServiceRequested(**_event_data(request))


def acknowledge(request: ServiceRequest, *, at: datetime) -> ServiceRequestAnswered:
    """Acknowledge a request."""
    _move(request, "acknowledge")
    request.acknowledged_at = at
    return _answered(request, at)


def accept(request: ServiceRequest, *, amount_cents: int | None, at: datetime) -> ServiceRequestAnswered:
    """Accept a request, with an amount if the operator gives one."""
    _answer(request, "accept", at)
    request.amount_cents = amount_cents
    return _answered(request, at)


def decline(request: ServiceRequest, *, reason: str, at: datetime) -> ServiceRequestAnswered:
    """Decline a request, with a reason."""
    _answer(request, "decline", at)
    request.reason = reason
    return _answered(request, at)


def redirect(
    request: ServiceRequest, following: ServiceRequest, *, reason: str | None, at: datetime
) -> ServiceRequestAnswered:
    """Redirect a request: it ends, and continues as a new request to another operator."""
    _answer(request, "redirect", at)
    request.reason = reason
    request.redirected_to = following.operator
    request.redirected_as = following.id
    return _answered(request, at)


def conclude(request: ServiceRequest, *, amount_cents: int | None, at: datetime) -> ServiceRequestAnswered:
    """Conclude a request: the help was given. A final amount replaces the announced one."""
    _move(request, "done")
    request.concluded_at = at
    if amount_cents is not None:
        request.amount_cents = amount_cents
    return _answered(request, at)


def require_other_operator(request: ServiceRequest, service: OfferedService, operator: str) -> None:
    """Refuse a redirection to the same operator, or to a service that `operator` does not offer."""
    if service.operator != operator:
        error = (
            f"{service.code} is offered by {service.operator or service.named}, not by {operator}: correct `service` or"
            " `operator`."
        )
        raise ServiceOfAnother(error, errors=[FieldError(pointer="/service", detail=error)])
    if operator == request.operator:
        error = (
            "`operator` has this request already: give another operator, or suggest another service to the requester."
        )
        raise ServiceOfAnother(error, errors=[FieldError(pointer="/operator", detail="its own operator")])


def require_transition(request: ServiceRequest, transition: str) -> RequestStatus:
    """Return the next state; refuse a transition that the present state does not allow."""
    possible = TRANSITIONS[request.status]
    if transition not in possible:
        allowed = f"use {' or '.join(sorted(possible))}" if possible else "it allows no transition any more"
        raise TransitionRefused(
            f"A request in state {request.status} does not allow {transition}: {allowed}.",
            state=request.status,
            allowed=possible,
        )
    return possible[transition]


def passed(request: ServiceRequest, on: date) -> list[Deadline]:
    """Return the deadlines missed at the start of a day that were not published yet, in order."""
    return [deadline for deadline in _unpublished(request) if request.due[deadline] < on]


def overdue(request: ServiceRequest, on: date) -> list[ServiceRequestOverdue]:
    """Return the events of deadlines that have passed; each is published once."""
    missed = passed(request, on)
    request.notified_late = [*request.notified_late, *missed]
    watch(request)
    return [
        ServiceRequestOverdue(**_event_data(request), deadline=deadline, due_on=request.due[deadline])
        for deadline in missed
    ]


def watch(request: ServiceRequest) -> None:
    """Set the day of the next check: the day after the next unpublished deadline."""
    days = [request.due[deadline] for deadline in _unpublished(request)]
    request.watch_from = min(days) + timedelta(days=1) if days else None


def late(status: RequestStatus, due: Mapping[Deadline, date], on: date) -> list[Deadline]:
    """Return the steps that are late on a day."""
    return [deadline for deadline in AWAITED[status] if due[deadline] < on]


def _unpublished(request: ServiceRequest) -> list[Deadline]:
    return [deadline for deadline in AWAITED[request.status] if deadline not in request.notified_late]


def _answer(request: ServiceRequest, transition: str, at: datetime) -> None:
    _move(request, transition)
    request.answered_at = at
    request.answer = request.status


def _move(request: ServiceRequest, transition: str) -> None:
    request.status = require_transition(request, transition)
    watch(request)


def _event_data(request: ServiceRequest) -> dict[str, Any]:
    return {
        "territories": [request.territory],
        "regions": request.regions,
        "organisations": list(dict.fromkeys([request.operator, request.requester])),
        "request_id": request.id,
        "reference": request.reference,
        "service": request.service,
        "operator": request.operator,
        "territory": request.territory,
        "action_id": request.action_id,
        "requester": request.requester,
        "status": request.status,
        "sent_at": request.sent_at,
        "due": request.due,
    }


def _answered(request: ServiceRequest, at: datetime) -> ServiceRequestAnswered:
    return ServiceRequestAnswered(
        **_event_data(request), answered_at=at, amount_cents=request.amount_cents, redirected_to=request.redirected_to
    )
