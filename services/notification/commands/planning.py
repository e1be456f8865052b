"""Planning turns events of the journal into deliveries of the subscriptions that want and may receive them.

A subscription with many waiting deliveries gets no more of the past: the journal keeps them until some have ended.

One pass is one transaction: it stores the deliveries and the position up to which each subscription is planned.
Subscriptions with close positions share one window of the journal. One far behind (it was disabled, or starts at the
beginning) never delays the others.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import BigInteger, Select, Table, bindparam, insert, select, update

from services.notification import queries
from services.notification.models import (
    DELIVERIES_PENDING,
    Delivery,
    DeliveryState,
    Replay,
    Subscription,
    SubscriptionStatus,
)
from services.notification.rules.audience import Entry, Filter, may_receive
from services.notification.rules.catalogue import types_matching
from shared.clock import now
from shared.security.access import AccessScope, Caller
from shared.storage.unit_of_work import WriteSession
from shared.storage.wakeups import request_wakeup

WINDOW: Final = queries.WINDOW
GROUP: Final = 200
"""Maximum number of subscriptions in a group."""
MAX_DELIVERIES: Final = 5000
"""Maximum deliveries of a pass; the rest of a group waits for the next pass."""

_subscriptions: Final = cast("Table", Subscription.__table__)
_deliveries: Final = cast("Table", Delivery.__table__)


_ACTIVE: Final = (
    select(Subscription)
    .where(
        Subscription.status == SubscriptionStatus.ACTIVE,
        Subscription.planned_to >= bindparam("least", type_=BigInteger),
        Subscription.planned_to < bindparam("below", type_=BigInteger),
        # Its replay goes first: the older event of an object before the newer one.
        ~queries.is_replayed(),
    )
    .order_by(Subscription.planned_to, Subscription.id)
    .limit(GROUP)
    # A subscription that is being changed is locked: the next pass plans it.
    .with_for_update(key_share=True, skip_locked=True)
)
_ACTIVE_WITH_ROOM: Final = _ACTIVE.where(queries.has_room())


async def plan(session: WriteSession) -> bool:
    """Plan one pass: subscriptions near the journal's end, the furthest behind, one replay. False if none moved."""
    last = await queries.last_position(session)
    near = last - WINDOW
    moved = await _plan_group(session, near, last, up_to=last)
    moved += await _plan_group(session, 0, near, up_to=last, among=_ACTIVE_WITH_ROOM)
    moved += await _plan_replay(session)
    return moved > 0


async def plan_new(session: WriteSession, start: int, end: int) -> bool:
    """Plan new positions of the journal, after `start` and up to `end`, for the subscriptions planned up to `start`.

    Return False if some of these may be left: `plan` takes them, and all those that are further behind.
    """
    return await _plan_group(session, start, start + 1, up_to=end) < GROUP


async def _plan_group(
    session: WriteSession, least: int, below: int, *, up_to: int, among: Select[tuple[Subscription]] = _ACTIVE
) -> int:
    """Plan the subscriptions within one window of the first; return the number that moved."""
    group = (await session.scalars(among, {"least": least, "below": below})).all()
    if not group:
        return 0
    start = group[0].planned_to
    end = min(start + WINDOW, up_to)
    entries = await queries.entries_after(session, start, at_most=end - start)
    access_scopes: dict[Caller, AccessScope] = {}
    moved: list[UUID] = []
    rows: list[Mapping[str, Any]] = []
    receivers = await queries.receivers_of(session, group)
    for subscription, receiver in zip(group, receivers, strict=True):
        if subscription.planned_to >= end:
            continue
        if len(rows) > MAX_DELIVERIES:
            break
        ahead = (entry for entry in entries if entry.position > subscription.planned_to)
        access_scope = await _access_scope(session, receiver, access_scopes)
        rows += _rows(subscription, wanted(subscription, ahead, access_scope=access_scope), round_=0)
        moved.append(subscription.id)
    await _insert(session, rows)
    # Without a new version or history.
    await session.execute(update(_subscriptions).where(_subscriptions.c.id.in_(moved)).values(planned_to=end))
    return len(moved)


async def _plan_replay(session: WriteSession) -> int:
    """Plan one window of the oldest unfinished replay; return the number of replays that moved."""
    found = (
        await session.execute(
            select(Replay, Subscription)
            .join(Subscription, Subscription.id == Replay.subscription_id)
            .where(Replay.planned_at.is_(None), Subscription.status == SubscriptionStatus.ACTIVE, queries.has_room())
            .order_by(Replay.id)
            .limit(1)
            .with_for_update(key_share=True, skip_locked=True)
        )
    ).one_or_none()
    if found is None:
        return 0
    replay, subscription = found
    end = min(replay.planned_to + WINDOW, replay.up_to)
    entries = await queries.entries_after(session, replay.planned_to, at_most=max(end - replay.planned_to, 0))
    access_scope = await queries.receiving_scope_of(session, subscription)
    chosen = wanted(subscription, entries, access_scope=access_scope, types=types_matching(replay.types))
    await _insert(session, _rows(subscription, chosen, round_=replay.round))
    replay.deliveries += len(chosen)
    replay.planned_to = end
    if end >= replay.up_to:
        replay.planned_at = now()
    await session.flush()
    return 1


def wanted(
    subscription: Subscription, entries: Iterable[Entry], *, access_scope: AccessScope, types: Collection[str] = ()
) -> list[Entry]:
    """Select the events that a subscription wants and its owner may receive now; optionally of some types only."""
    asked = Filter(
        types=types_matching(subscription.types),
        territories=frozenset(subscription.territories),
        regions=frozenset(subscription.regions),
        operators=frozenset(subscription.operators),
    )
    return [
        entry
        for entry in entries
        if (not types or entry.type in types) and asked.passes(entry) and may_receive(access_scope, entry)
    ]


async def next_round(session: WriteSession, subscription: Subscription) -> int:
    """Return the next round number of a subscription, and lock the subscription."""
    drawn = await session.execute(
        update(_subscriptions)
        .where(_subscriptions.c.id == subscription.id)
        .values(last_round=_subscriptions.c.last_round + 1)
        .returning(_subscriptions.c.last_round)
    )
    return int(drawn.scalar_one())


def row_of(subscription: Subscription, round_: int, **event: Any) -> Mapping[str, Any]:
    """Return the row of a new delivery, due now."""
    return {
        "subscription_id": subscription.id,
        "round": round_,
        "body": None,
        "state": DeliveryState.WAITING,
        "attempts": 0,
        "next_try_at": now(),
        "created_at": now(),
        "closed_at": None,
        **event,
    }


def _rows(subscription: Subscription, entries: Sequence[Entry], *, round_: int) -> list[Mapping[str, Any]]:
    return [
        row_of(
            subscription,
            round_,
            position=entry.position,
            event_id=entry.event_id,
            type=entry.type,
            subject=entry.subject,
        )
        for entry in entries
    ]


async def _insert(session: WriteSession, rows: Sequence[Mapping[str, Any]]) -> None:
    # Inserted in the order of the journal: deliveries of a subject are sent in the order of their ids.
    if rows:
        await session.execute(insert(_deliveries), rows)
        request_wakeup(session, DELIVERIES_PENDING)


async def _access_scope(
    session: WriteSession, receiver: Caller, access_scopes: dict[Caller, AccessScope]
) -> AccessScope:
    if receiver not in access_scopes:
        access_scopes[receiver] = await queries.access_scope_of(session, receiver)
    return access_scopes[receiver]
