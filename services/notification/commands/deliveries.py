"""Store the results of deliveries and handshakes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import Table, bindparam, insert, select, tuple_, update

from services.notification.commands.subscriptions import switch_off
from services.notification.models import (
    Attempt,
    Delivery,
    DeliveryState,
    DisabledReason,
    Subscription,
    SubscriptionStatus,
)
from services.notification.rules import subscriptions as rules
from services.notification.rules.retries import MAX_RETRY_AFTER, DeliveryDecision, ReceiverResponse, longest_delay
from shared.storage.history import set_reason
from shared.storage.unit_of_work import WriteSession
from shared.telemetry.traces import Trace

_subscriptions: Final = cast("Table", Subscription.__table__)
_deliveries: Final = cast("Table", Delivery.__table__)
_attempts: Final = cast("Table", Attempt.__table__)


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """Result of one attempt. `response` is None if nothing was sent because the owner lost access."""

    delivery_id: int
    subscription_id: UUID
    number: int
    at: datetime
    verdict: DeliveryDecision | None = None
    response: ReceiverResponse | None = None
    url: str = ""
    """URL of the attempt: the subscription may have another one by now."""
    trace: Trace | None = None
    """The trace and span of the attempt."""

    @property
    def attempts_before(self) -> int:
        """Number of earlier attempts."""
        return self.number - 1 if self.verdict else self.number


async def record(session: WriteSession, results: Sequence[AttemptResult], *, at: datetime) -> None:
    """Store a batch of results, in a fixed number of statements."""
    # Lock subscriptions before deliveries, in the order that a deletion takes: the other order could deadlock.
    found = await session.execute(
        select(_subscriptions.c.id, _subscriptions.c.failing_since)
        .where(_subscriptions.c.id.in_({each.subscription_id for each in results}))
        .order_by(_subscriptions.c.id)
        .with_for_update(read=True, key_share=True)
    )
    await _set_failing_since(session, results, at, failing={row.id for row in found if row.failing_since})
    waiting = await session.execute(
        select(_deliveries.c.id, _deliveries.c.attempts)
        .where(_deliveries.c.id.in_([each.delivery_id for each in results]), _deliveries.c.state == "waiting")
        .order_by(_deliveries.c.id)
        .with_for_update()
    )
    # Skip deliveries that were deleted or ended meanwhile, or that a former leader attempted.
    attempts = {row.id: row.attempts for row in waiting}
    results = [each for each in results if attempts.get(each.delivery_id) == each.attempts_before]
    tried = [_attempt(each, each.response, each.verdict) for each in results if each.response and each.verdict]
    if tried:
        await session.execute(insert(_attempts), tried)
    await _end(session, [each.delivery_id for each in results if each.verdict is None], DeliveryState.DROPPED, at)
    for state in (DeliveryState.DELIVERED, DeliveryState.FAILED):
        ids = [each.delivery_id for each in results if each.verdict and each.verdict.state == state]
        await _end(session, ids, state, at)
    await _put_off(session, results)


async def _set_failing_since(
    session: WriteSession, results: Sequence[AttemptResult], at: datetime, *, failing: Collection[UUID]
) -> None:
    """Set or clear `failing_since`: the time of the first failure after the last success.

    `failing` are the subscriptions that have it now.
    """
    tried = [each for each in results if each.response]
    well = {(each.subscription_id, each.url) for each in tried if each.response and each.response.is_success}
    unwell = {(each.subscription_id, each.url) for each in tried} - well
    since = _subscriptions.c.failing_since
    recovered = {key for key in well if key[0] in failing}
    for keys, differs, value in ((recovered, since.is_not(None), None), (unwell, since.is_(None), at)):
        if keys:
            changed = tuple_(_subscriptions.c.id, _subscriptions.c.url).in_(keys) & differs
            await session.execute(update(_subscriptions).where(changed).values(failing_since=value))


def _attempt(result: AttemptResult, response: ReceiverResponse, verdict: DeliveryDecision) -> dict[str, Any]:
    return {
        "delivery_id": result.delivery_id,
        "number": result.number,
        "at": result.at,
        "status": response.status,
        "error": verdict.error,
        "ms": response.ms,
        "response": response.body,
    }


async def _end(session: WriteSession, ids: Collection[int], state: DeliveryState, at: datetime) -> None:
    if ids:
        values: dict[str, Any] = {"state": state, "closed_at": at}
        if state is not DeliveryState.DROPPED:
            values["attempts"] = _deliveries.c.attempts + 1
        await session.execute(update(_deliveries).where(_deliveries.c.id.in_(ids)).values(values))


async def _put_off(session: WriteSession, results: Sequence[AttemptResult]) -> None:
    """Schedule the next attempt of each delivery."""
    rows = [
        {"delivery": each.delivery_id, "later": each.verdict.next_try_at}
        for each in results
        if each.verdict and each.verdict.state == "waiting"
    ]
    if rows:
        statement = (
            update(_deliveries)
            .where(_deliveries.c.id == bindparam("delivery"))
            .values(attempts=_deliveries.c.attempts + 1, next_try_at=bindparam("later"))
        )
        await session.execute(statement, rows)


async def failing_too_long(
    session: WriteSession, ids: Collection[UUID], *, at: datetime, patience: float
) -> Sequence[UUID]:
    """Return the subscriptions that have failed for too long."""
    found = await session.scalars(
        select(_subscriptions.c.id).where(
            _subscriptions.c.id.in_(ids),
            _subscriptions.c.status == SubscriptionStatus.ACTIVE,
            _subscriptions.c.failing_since <= at - timedelta(seconds=patience),
        )
    )
    return found.all()


async def give_up(session: WriteSession, subscription_id: UUID, *, url: str, reason: DisabledReason) -> bool:
    """Disable a subscription whose receiver is gone or fails for too long; False if its URL has changed."""
    found = await session.scalar(
        select(Subscription).where(Subscription.id == subscription_id, Subscription.url == url).with_for_update()
    )
    return found is not None and await switch_off(session, subscription_id, reason)


async def record_handshake(
    session: WriteSession,
    subscription_id: UUID,
    *,
    url: str,
    at: datetime,
    error: str | None,
    retry_at: datetime | None,
) -> bool:
    """Store the result of a handshake; False if the subscription no longer waits for it."""
    found = await session.scalar(
        select(Subscription).where(Subscription.id == subscription_id, Subscription.url == url).with_for_update()
    )
    if found is None or found.status != SubscriptionStatus.PENDING:
        return False
    if error is None:
        rules.consent(found, at=at)
        set_reason(session, found, "the receiver agreed to deliveries")
    else:
        await session.execute(
            update(_subscriptions)
            .where(_subscriptions.c.id == subscription_id)
            .values(handshake_due_at=retry_at, handshake_error=error[:500])
        )
    return True


async def bring_forward(session: WriteSession, *, at: datetime, delays: Sequence[float]) -> None:
    """Make due what was planned while the clock was ahead: never tried, or due later than any delay asks for.

    Handshakes alike.
    """
    latest = at + max(longest_delay(delays), MAX_RETRY_AFTER)
    due_at, handshake = _deliveries.c.next_try_at, _subscriptions.c.handshake_due_at
    too_late = (due_at > latest) | ((due_at > at) & (_deliveries.c.attempts == 0))
    waiting = (_deliveries.c.state == DeliveryState.WAITING) & too_late
    await session.execute(update(_deliveries).where(waiting).values(next_try_at=at))
    is_untried = (handshake > at) & _subscriptions.c.handshake_error.is_(None)
    await session.execute(update(_subscriptions).where((handshake > latest) | is_untried).values(handshake_due_at=at))
