"""Replays and test deliveries: the same event ids, in a new round."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from services.notification import queries
from services.notification.commands.planning import next_round, row_of, wanted
from services.notification.commands.subscriptions import lock_client, require_reached, types_named
from services.notification.errors import DeliveryStillWaiting, EventTypeNotSubscribed, ReplayUnderWay
from services.notification.models import (
    DELIVERIES_PENDING,
    REPLAY_PENDING,
    Delivery,
    DeliveryState,
    Replay,
    Subscription,
)
from services.notification.rules import subscriptions as rules
from services.notification.rules.catalogue import TEST, type_named, types_matching
from services.notification.rules.synthetic_events import synthetic_data, synthetic_event, synthetic_subject
from shared.clock import now
from shared.events import sample_of
from shared.ids import uuid7
from shared.problem import FieldError
from shared.security.access import Caller
from shared.storage.unit_of_work import WriteSession
from shared.storage.wakeups import request_wakeup
from shared.telemetry.traces import Span, current

MAX_COUNTED: Final = 20_000
"""Maximum number of positions that are read to count a replay. A longer replay is planned in full."""
STEP: Final = 2_000
"""Positions per query while counting."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Size of a replay."""

    after: int
    up_to: int
    events: int
    is_whole: bool
    """The count covers the whole span."""
    replay: Replay | None
    """The stored replay; None for a dry run."""


async def replay(
    session: WriteSession,
    subscription_id: UUID,
    *,
    since: datetime | int,
    types: Collection[str] = (),
    dry_run: bool = False,
    by: Caller,
) -> Counted:
    """Deliver again every event since a time or a position; with `dry_run`, only count them."""
    found = await _own(session, subscription_id, by, to="replay")
    if isinstance(since, int):
        after = require_reached(since, await queries.last_position(session), "/since")
    else:
        after = await queries.position_before(session, since)
    # Later events are planned anyway.
    after, up_to = min(after, found.planned_to), found.planned_to
    chosen = types_named(types)
    if not dry_run:
        await _require_capacity(session, found)
    events, counted_to = await _count(session, found, after, up_to, chosen)
    made = None if dry_run else await _begin(session, found, after, up_to, chosen)
    return Counted(after, up_to, events, counted_to >= up_to, made)


async def replay_delivery(session: WriteSession, subscription_id: UUID, delivery_id: int, *, by: Caller) -> Delivery:
    """Deliver one event again, whether it was delivered before or not."""
    found = await _own(session, subscription_id, by, to="replay")
    former = await queries.get_delivery(session, found.id, delivery_id)
    if former.state == DeliveryState.WAITING:
        raise DeliveryStillWaiting(
            f"This delivery has not ended: wait for its next attempt at {former.next_try_at.isoformat()}."
        )
    await _require_capacity(session, found)
    return await _add(
        session, found, former.event_id, type=former.type, subject=former.subject,
        position=former.position, body=former.body,
    )  # fmt: skip


async def send_test_event(
    session: WriteSession,
    subscription_id: UUID,
    *,
    type: str | None = None,  # noqa: A002 - the name of the field
    platform: str,
    by: Caller,
) -> Delivery:
    """Deliver a test event, with the published example of a type or a type of its own.

    `platform` is the public address of the platform.
    """
    found = await _own(session, subscription_id, by, to="test")
    named = _subscribed(found, type) if type else TEST
    await _require_capacity(session, found)
    event_id, at, trace = uuid7(), now(), current.get() or Span().trace
    data = sample_of(named)["data"] if type else synthetic_data(found, at=at)
    return await _add(
        session, found, str(event_id), type=named, subject=synthetic_subject(event_id),
        position=None, body=synthetic_event(event_id, named, data, at=at, trace=str(trace), platform=platform),
    )  # fmt: skip


def _subscribed(subscription: Subscription, name: str) -> str:
    """Return a type of event; refuse one that the subscription does not get."""
    named = type_named(name, pointer="/type")
    if subscription.types and named not in types_matching(subscription.types):
        raise EventTypeNotSubscribed(
            f"This subscription does not get {named}: name one of its `types`, or change them.",
            errors=[FieldError(pointer="/type", detail="not among the types of the subscription")],
        )
    return named


async def _own(session: WriteSession, subscription_id: UUID, by: Caller, *, to: str) -> Subscription:
    found = await queries.get_subscription(session, subscription_id, by=by, lock=True)
    rules.require_owner(by, found)
    rules.require_transition(found, to)
    return found


async def _require_capacity(session: WriteSession, subscription: Subscription) -> None:
    await lock_client(session, subscription.client_id)
    rules.require_capacity(await queries.count_waiting(session, subscription.client_id, at_most=rules.MAX_WAITING))


async def _add(
    session: WriteSession,
    subscription: Subscription,
    event_id: str,
    *,
    type: str,  # noqa: A002 - the column's name
    subject: str,
    position: int | None,
    body: str | None,
) -> Delivery:
    round_ = await next_round(session, subscription)
    made = Delivery(
        **row_of(subscription, round_, event_id=event_id, type=type, subject=subject, position=position, body=body)
    )
    session.add(made)
    request_wakeup(session, DELIVERIES_PENDING)
    await session.flush()
    return made


async def _begin(session: WriteSession, subscription: Subscription, after: int, up_to: int, types: list[str]) -> Replay:
    under_way = select(Replay.id).where(Replay.subscription_id == subscription.id, Replay.planned_at.is_(None))
    if await session.scalar(under_way.limit(1)):
        raise ReplayUnderWay("An earlier replay is still being planned: try again once it is planned.")
    made = Replay(
        subscription_id=subscription.id,
        round=await next_round(session, subscription),
        types=types,
        planned_to=after,
        up_to=up_to,
        deliveries=0,
        created_at=now(),
    )
    session.add(made)
    request_wakeup(session, REPLAY_PENDING)
    await session.flush()
    return made


async def _count(
    session: WriteSession, subscription: Subscription, after: int, up_to: int, types: list[str]
) -> tuple[int, int]:
    """Count the events, and return the position up to which they were counted."""
    access_scope = await queries.receiving_scope_of(session, subscription)
    counted, position, end = 0, after, min(up_to, after + MAX_COUNTED)
    while position < end:
        step = min(STEP, end - position)
        entries = await queries.entries_after(session, position, at_most=step, types=types_matching(types))
        counted += len(wanted(subscription, entries, access_scope=access_scope))
        position += step
    return counted, position
