"""Requests: their states, their references, their delays."""

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
    # It goes on as a request to the other operator, with a reference and delays of its own: each answers for its own.
    "redirected": {},
    "done": {},
}
"""State → transition → the state that it leads to."""
AWAITED: Final[Mapping[RequestStatus, tuple[Deadline, ...]]] = {
    "sent": ("acknowledge", "answer", "conclude"),
    "acknowledged": ("answer", "conclude"),
    "accepted": ("conclude",),
    "declined": (),
    "redirected": (),
    "done": (),
}
"""State → the deadlines that it may still miss."""
DELAYS: Final[Delays] = {"acknowledge": 9, "answer": 21, "conclude": 45}
"""Days from the day of the request, where the operator promises no others."""
AT_MOST: Final = 1000
"""Requests for one action."""


def require_requestable(service: OfferedService, *, advice: str | None, on: date) -> None:
    """Something is asked only of a service that is on offer, and for which an operator answers."""
    if service.withdrawn_on is not None:
        raise ServiceAlreadyWithdrawn(
            f"{service.code} was withdrawn on {service.withdrawn_on}: look for another at /v1/services?on={on}."
        )
    if service.operator is None:
        raise ServiceWithoutOperator(
            f"« {service.named} », who offers {service.code}, {advice or 'is no organisation of the platform'}."
        )
    if not is_on_offer(service, withdrawn_on=None, on=on):
        ended = f"ended on {service.ends_on}" if service.ends_on and service.ends_on < on else "has not begun yet"
        raise ServiceNotOnOffer(f"{service.code} {ended}: look for another at /v1/services?on={on}.")


def require_room(made: int) -> None:
    """An action sheet shows all that was asked for it, so that has an end."""
    if made >= AT_MOST:
        raise ActionAskedEnough(f"{made} requests were made for this action: make this one for the territory.")


def require_action(action: KnownAction | None, territory: str) -> None:
    """A request is made for an action of the territory that was not rejected, or for none."""
    if action is None or territory not in action.territories:
        raise ActionNotOfTerritory(
            f"No submitted action of {territory} has this id: name one of its own, or leave it out.",
            errors=[FieldError(pointer="/action_id", detail="not an action of this territory")],
        )
    if action.status == "rejected":
        raise ActionWasRejected(f"{action.number} was rejected: name another action, or leave it out.")


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
    **more: Any,
) -> ServiceRequest:
    """A request, due from the day on which it is made."""
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
        **more,
    )
    watch(request)
    return request


def requested(request: ServiceRequest) -> ServiceRequested:
    """Return the event of a new request."""
    return ServiceRequested(**_event_data(request))


def acknowledge(request: ServiceRequest, *, at: datetime) -> ServiceRequestAnswered:
    """The operator has taken note."""
    _move(request, "acknowledge")
    request.acknowledged_at = at
    return _answered(request, at)


def accept(request: ServiceRequest, *, amount_cents: int | None, at: datetime) -> ServiceRequestAnswered:
    """The operator helps, with an amount where it says."""
    _answer(request, "accept", at)
    request.amount_cents = amount_cents
    return _answered(request, at)


def decline(request: ServiceRequest, *, reason: str, at: datetime) -> ServiceRequestAnswered:
    """The operator does not help, and says why."""
    _answer(request, "decline", at)
    request.reason = reason
    return _answered(request, at)


def redirect(
    request: ServiceRequest, following: ServiceRequest, *, reason: str | None, at: datetime
) -> ServiceRequestAnswered:
    """Another operator is asked instead: this request ends, and goes on as one to that operator."""
    _answer(request, "redirect", at)
    request.reason = reason
    request.redirected_to = following.operator
    request.redirected_as = following.id
    return _answered(request, at)


def conclude(request: ServiceRequest, *, amount_cents: int | None, at: datetime) -> ServiceRequestAnswered:
    """The help was given; the final amount replaces the one that was announced."""
    _move(request, "done")
    request.concluded_at = at
    if amount_cents is not None:
        request.amount_cents = amount_cents
    return _answered(request, at)


def require_other_operator(request: ServiceRequest, service: OfferedService, operator: str) -> None:
    """A request goes on to a service of another operator."""
    if service.operator != operator:
        wrong = f"{service.code} is offered by {service.operator or service.named}, not by {operator}."
        raise ServiceOfAnother(wrong, errors=[FieldError(pointer="/service", detail=wrong)])
    if operator == request.operator:
        wrong = (
            "A request is redirected to another operator; of one's own services, name the fitting one to the requester."
        )
        raise ServiceOfAnother(wrong, errors=[FieldError(pointer="/operator", detail="its own operator")])


def require_transition(request: ServiceRequest, transition: str) -> RequestStatus:
    """The state that a transition leads to; refused, naming those that are allowed, if it is not one of them."""
    possible = TRANSITIONS[request.status]
    if transition not in possible:
        left = f"it may {' or '.join(sorted(possible))}" if possible else "none is left to it"
        raise TransitionRefused(
            f"A request that is {request.status} has no transition {transition}: {left}.",
            state=request.status,
            allowed=possible,
        )
    return possible[transition]


def passed(request: ServiceRequest, on: date) -> list[Deadline]:
    """The deadlines that a request has missed at the start of a day, and that were not told yet, in their order."""
    return [deadline for deadline in _unpublished(request) if request.due[deadline] < on]


def overdue(request: ServiceRequest, on: date) -> list[ServiceRequestOverdue]:
    """Return the events of deadlines that have passed; each is published once."""
    late = passed(request, on)
    request.notified_late = [*request.notified_late, *late]
    watch(request)
    return [
        ServiceRequestOverdue(**_event_data(request), deadline=deadline, due_on=request.due[deadline])
        for deadline in late
    ]


def watch(request: ServiceRequest) -> None:
    """Note when the clock shall look at the request again: a deadline has passed at the end of its day."""
    days = [request.due[deadline] for deadline in _unpublished(request)]
    request.watch_from = min(days) + timedelta(days=1) if days else None


def late(status: RequestStatus, due: Mapping[Deadline, date], on: date) -> list[Deadline]:
    """The steps that are late on a day."""
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
