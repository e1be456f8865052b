"""Commands of requests: of territories, of operators, and of the deadline task."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from services.catalog import queries
from services.catalog.errors import ServiceNotKnown
from services.catalog.models import OfferedService, Operator, RequestCounter, ServiceRequest
from services.catalog.reference import advice
from services.catalog.rules import requests as rules
from services.catalog.rules.territories import require_open
from shared.clock import now, today
from shared.events.catalog import ServiceRequestAnswered
from shared.ids import uuid7
from shared.problem import FieldError, Forbidden, NotFound
from shared.projections import TerritoryProjection
from shared.security.access import Caller, Stakeholders, require_owner
from shared.storage import outbox
from shared.storage.history import set_reason
from shared.storage.unit_of_work import WriteSession

WHAT: Final = "request"
BATCH: Final = 200
"""Maximum number of requests per transaction of the deadline task."""


async def request_service(
    session: WriteSession,
    *,
    service_code: str,
    territory_key: str,
    by: Caller,
    action_id: UUID | None = None,
    message: str | None = None,
) -> ServiceRequest:
    """Request a service, for a territory or for one of its actions."""
    place = await queries.get_territory(session, territory_key, pointer="/territory")
    access_scope = await queries.access_scope_of(session, by)
    require_owner(
        by,
        access_scope,
        Stakeholders.of(territories=[place.key], regions=place.regions, public=True),
        f"team of {place.key}",
    )
    require_open(place, on=today())
    wanted = await _requestable(session, service_code)
    if action_id is not None:
        rules.require_action(await queries.get_action(session, action_id), place.key)
    return await _send(session, wanted, place=place, requester=by.org or "", action_id=action_id, message=message)


async def acknowledge_request(session: WriteSession, request_id: UUID, *, by: Caller) -> ServiceRequest:
    """Acknowledge a request."""
    return await _answer(session, request_id, by, lambda found, at: rules.acknowledge(found, at=at))


async def accept_request(
    session: WriteSession, request_id: UUID, *, amount_cents: int | None, by: Caller
) -> ServiceRequest:
    """Accept a request."""
    return await _answer(
        session, request_id, by, lambda found, at: rules.accept(found, amount_cents=amount_cents, at=at)
    )


async def decline_request(session: WriteSession, request_id: UUID, *, reason: str, by: Caller) -> ServiceRequest:
    """Decline a request, with a reason."""
    found = await _answer(session, request_id, by, lambda found, at: rules.decline(found, reason=reason, at=at))
    set_reason(session, found, reason)
    return found


async def conclude_request(
    session: WriteSession, request_id: UUID, *, amount_cents: int | None, by: Caller
) -> ServiceRequest:
    """Conclude a request: the help was given."""
    return await _answer(
        session, request_id, by, lambda found, at: rules.conclude(found, amount_cents=amount_cents, at=at)
    )


async def redirect_request(
    session: WriteSession, request_id: UUID, *, operator: str, service_code: str, reason: str | None, by: Caller
) -> ServiceRequest:
    """Redirect a request: end it, and make a new one to another operator."""
    found = await _own(session, request_id, by)
    rules.require_transition(found, "redirect")
    wanted = await _requestable(session, service_code)
    rules.require_other_operator(found, wanted, operator)
    place = await queries.get_territory(session, found.territory, pointer="/territory")
    require_open(place, on=today())
    following = await _send(
        session,
        wanted,
        place=place,
        requester=found.requester,
        action_id=found.action_id,
        message=found.message,
        redirected_from=found.id,
    )
    if reason:
        # It is for the requester: the other operator reads the new request and its history.
        set_reason(session, found, reason)
    outbox.add(session, rules.redirect(found, following, reason=reason, at=now()))
    return found


async def publish_overdue(session: WriteSession, day: date) -> int:
    """Publish the deadlines that were missed at the start of a day; return the number of requests that were read."""
    requests = await queries.with_passed_deadlines(session, day, at_most=BATCH)
    for late in requests:
        for event in rules.overdue(late, day):
            outbox.add(session, event)
    return len(requests)


async def _answer(
    session: WriteSession,
    request_id: UUID,
    by: Caller,
    transition: Callable[[ServiceRequest, datetime], ServiceRequestAnswered],
) -> ServiceRequest:
    found = await _own(session, request_id, by)
    outbox.add(session, transition(found, now()))
    return found


async def _own(session: WriteSession, request_id: UUID, by: Caller) -> ServiceRequest:
    access_scope = await queries.access_scope_of(session, by)
    found = await queries.get_request(session, request_id, by=by, access_scope=access_scope, lock=True)
    require_owner(by, access_scope, found.stakeholders, WHAT)
    if found.operator not in access_scope.organisations:
        # Owner here includes the requester: an operator may request a service for a territory that it belongs to.
        raise Forbidden("This request was made to another operator: only that operator answers it.")
    return found


async def _requestable(session: WriteSession, code: str) -> OfferedService:
    try:
        # Locked, so that it is not withdrawn before the commit.
        wanted = await queries.get_service(session, code, lock=True)
    except NotFound:
        raise ServiceNotKnown(
            f"There is no service {code} in the catalogue: choose one from /v1/services.",
            errors=[FieldError(pointer="/service", detail=f"{code} is unknown")],
        ) from None
    rules.require_requestable(wanted, advice=advice(wanted.named), on=today())
    return wanted


async def _send(
    session: WriteSession,
    wanted: OfferedService,
    *,
    place: TerritoryProjection,
    requester: str,
    action_id: UUID | None,
    **fields: Any,
) -> ServiceRequest:
    if action_id is not None:
        rules.require_room(await queries.count_requests_for(session, action_id))
    operator = await session.get_one(Operator, wanted.operator, with_for_update=True)
    day = today()
    sent = rules.send(
        uuid7(),
        service=wanted,
        operator=operator,
        number=await _next_number(session, operator, day.year),
        place=place,
        requester=requester,
        day=day,
        at=now(),
        action_id=action_id,
        **fields,
    )
    session.add(sent)
    outbox.add(session, rules.requested(sent))
    return sent


async def _next_number(session: WriteSession, operator: Operator, year: int) -> int:
    """Return the operator's next request number of the year."""
    # The operator is locked, so no concurrent request takes the same number.
    counter = await session.get(RequestCounter, (operator.siren, year))
    if counter is None:
        counter = RequestCounter(operator=operator.siren, year=year, last=0)
        session.add(counter)
    counter.last += 1
    return counter.last
