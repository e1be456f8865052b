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
from services.notification.rules.retries import Answer, Verdict
from shared.storage.history import set_reason
from shared.storage.unit_of_work import WriteSession
from shared.telemetry.traces import Trace

_subscriptions: Final = cast("Table", Subscription.__table__)
_deliveries: Final = cast("Table", Delivery.__table__)
_attempts: Final = cast("Table", Attempt.__table__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of one attempt. `answer` is None if nothing was sent because the owner lost access."""

    delivery_id: int
    subscription_id: UUID
    number: int
    at: datetime
    verdict: Verdict | None = None
    answer: Answer | None = None
    url: str = ""
    """URL of the attempt: the subscription may have another one by now."""
    trace: Trace | None = None
    """Its place in the trace of the event."""

    @property
    def tries_before(self) -> int:
        """Number of earlier attempts."""
        return self.number - 1 if self.verdict else self.number


async def record(session: WriteSession, outcomes: Sequence[Outcome], *, at: datetime) -> None:
    """Write down the tries that have ended together, in few statements whatever their number."""
    # Subscriptions before their deliveries, as whoever deletes one does: else each would wait for the other.
    await session.execute(
        select(_subscriptions.c.id)
        .where(_subscriptions.c.id.in_({each.subscription_id for each in outcomes}))
        .order_by(_subscriptions.c.id)
        .with_for_update(read=True, key_share=True)
    )
    await _note_health(session, outcomes, at)
    waiting = await session.execute(
        select(_deliveries.c.id, _deliveries.c.attempts)
        .where(_deliveries.c.id.in_([each.delivery_id for each in outcomes]), _deliveries.c.state == "waiting")
        .order_by(_deliveries.c.id)
        .with_for_update()
    )
    # Those that somebody has deleted or ended meanwhile, or who led before has tried, are not ours any more.
    tries = {row.id: row.attempts for row in waiting}
    outcomes = [each for each in outcomes if tries.get(each.delivery_id) == each.tries_before]
    tried = [_attempt(each, each.answer, each.verdict) for each in outcomes if each.answer and each.verdict]
    if tried:
        await session.execute(insert(_attempts), tried)
    await _end(session, [each.delivery_id for each in outcomes if each.verdict is None], DeliveryState.DROPPED, at)
    for state in (DeliveryState.DELIVERED, DeliveryState.FAILED):
        ids = [each.delivery_id for each in outcomes if each.verdict and each.verdict.state == state]
        await _end(session, ids, state, at)
    await _put_off(session, outcomes)


async def _note_health(session: WriteSession, outcomes: Sequence[Outcome], at: datetime) -> None:
    """Since when a subscription fails: from the first failure after its last success."""
    tried = [each for each in outcomes if each.answer]
    well = {(each.subscription_id, each.url) for each in tried if each.answer and each.answer.is_success}
    failing = {(each.subscription_id, each.url) for each in tried} - well
    since = _subscriptions.c.failing_since
    for those, is_other, value in ((well, since.is_not(None), None), (failing, since.is_(None), at)):
        if those:
            changed = tuple_(_subscriptions.c.id, _subscriptions.c.url).in_(those) & is_other
            await session.execute(update(_subscriptions).where(changed).values(failing_since=value))


def _attempt(outcome: Outcome, answer: Answer, verdict: Verdict) -> dict[str, Any]:
    return {
        "delivery_id": outcome.delivery_id,
        "number": outcome.number,
        "at": outcome.at,
        "status": answer.status,
        "error": verdict.error,
        "ms": answer.ms,
        "response": answer.body,
    }


async def _end(session: WriteSession, ids: Collection[int], state: DeliveryState, at: datetime) -> None:
    if ids:
        values: dict[str, Any] = {"state": state, "closed_at": at}
        if state is not DeliveryState.DROPPED:
            values["attempts"] = _deliveries.c.attempts + 1
        await session.execute(update(_deliveries).where(_deliveries.c.id.in_(ids)).values(values))


async def _put_off(session: WriteSession, outcomes: Sequence[Outcome]) -> None:
    """Schedule the next attempt of each delivery."""
    rows = [
        {"delivery": each.delivery_id, "later": each.verdict.next_try_at}
        for each in outcomes
        if each.verdict and each.verdict.state == "waiting"
    ]
    if rows:
        statement = (
            update(_deliveries)
            .where(_deliveries.c.id == bindparam("delivery"))
            .values(attempts=_deliveries.c.attempts + 1, next_try_at=bindparam("later"))
        )
        await session.execute(statement, rows)


async def hopeless(session: WriteSession, ids: Collection[UUID], *, at: datetime, patience: float) -> Sequence[UUID]:
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
    """Disable a subscription whose receiver is gone or has failed for days; False if it is at work elsewhere now."""
    found = await session.scalar(
        select(Subscription).where(Subscription.id == subscription_id, Subscription.url == url).with_for_update()
    )
    return found is not None and await switch_off(session, subscription_id, reason)


async def shake_hands(
    session: WriteSession, subscription_id: UUID, *, url: str, at: datetime, lacks: str | None, again: datetime | None
) -> bool:
    """The receiver has agreed to deliveries, or lacks something and is asked again; False if nobody asked any more."""
    found = await session.scalar(
        select(Subscription).where(Subscription.id == subscription_id, Subscription.url == url).with_for_update()
    )
    if found is None or found.status != SubscriptionStatus.PENDING:
        return False
    if lacks is None:
        rules.consent(found, at=at)
        set_reason(session, "the receiver agreed to deliveries")
    else:
        await session.execute(
            update(_subscriptions)
            .where(_subscriptions.c.id == subscription_id)
            .values(handshake_due_at=again, handshake_error=lacks[:500])
        )
    return True
