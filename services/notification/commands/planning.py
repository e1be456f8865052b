"""Planning turns events of the journal into deliveries of the subscriptions that want and may receive them.

One pass is one transaction: it stores the deliveries and the position up to which each subscription is planned.
Subscriptions with close positions share one window of the journal. One far behind (it was disabled, or starts at the
beginning) never delays the others.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

from sqlalchemy import Select, Table, insert, select, update

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
from shared.clock import now
from shared.security.access import AccessScope, Caller
from shared.storage.unit_of_work import WriteSession
from shared.storage.wakeups import request_wakeup

WINDOW: Final = 500
"""Positions of the journal that one pass reads per group."""
GROUP: Final = 200
"""Maximum number of subscriptions in a group."""
MAX_DELIVERIES: Final = 5000
"""Maximum deliveries of a pass; the rest of a group waits for the next pass."""

_subscriptions: Final = cast("Table", Subscription.__table__)
_deliveries: Final = cast("Table", Delivery.__table__)


async def plan(session: WriteSession) -> bool:
    """Plan one pass: subscriptions near the journal's end, the furthest behind, one replay. False if none moved."""
    last = await queries.last_position(session)
    near = last - WINDOW
    active = (
        select(Subscription)
        .where(
            Subscription.status == SubscriptionStatus.ACTIVE,
            Subscription.planned_to < last,
            # Its replay goes first: the older event of an object before the newer one.
            ~queries.is_replayed(),
        )
        .order_by(Subscription.planned_to, Subscription.id)
    )
    moved = await _plan_group(session, active.where(Subscription.planned_to >= near), last)
    moved += await _plan_group(session, active.where(Subscription.planned_to < near), last)
    moved += await _plan_replay(session)
    if moved:
        request_wakeup(session, DELIVERIES_PENDING)
    return moved > 0


async def _plan_group(session: WriteSession, statement: Select[tuple[Subscription]], last: int) -> int:
    """Plan the subscriptions within one window of the first; return the number that moved."""
    # A subscription that is being changed is locked: the next pass plans it.
    group = (await session.scalars(statement.limit(GROUP).with_for_update(key_share=True, skip_locked=True))).all()
    if not group:
        return 0
    start = group[0].planned_to
    end = min(start + WINDOW, last)
    entries = await queries.entries_after(session, start, at_most=end - start)
    access_scopes: dict[Caller, AccessScope] = {}
    moved = planned = 0
    for subscription in (each for each in group if each.planned_to < end):
        if planned > MAX_DELIVERIES:
            break
        ahead = (entry for entry in entries if entry.position > subscription.planned_to)
        chosen = wanted(
            subscription, ahead, access_scope=await _access_scope(session, subscription.owner, access_scopes)
        )
        planned += await _insert(session, subscription, chosen, round_=0)
        await set_unrecorded(session, subscription, planned_to=end)
        moved += 1
    return moved


async def _plan_replay(session: WriteSession) -> int:
    """Plan one window of the oldest unfinished replay; return the number of replays that moved."""
    found = (
        await session.execute(
            select(Replay, Subscription)
            .join(Subscription, Subscription.id == Replay.subscription_id)
            .where(Replay.planned_at.is_(None), Subscription.status == SubscriptionStatus.ACTIVE)
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
    access_scope = await queries.access_scope_of(session, subscription.owner)
    chosen = wanted(subscription, entries, access_scope=access_scope, types=replay.types)
    replay.deliveries += await _insert(session, subscription, chosen, round_=replay.round)
    replay.planned_to = end
    if end >= replay.up_to:
        replay.planned_at = now()
    await session.flush()
    return 1


def wanted(
    subscription: Subscription, entries: Iterable[Entry], *, access_scope: AccessScope, types: Sequence[str] = ()
) -> list[Entry]:
    """Select the events that a subscription wants and its owner may receive now; optionally of some types only."""
    asked = Filter(
        types=frozenset(subscription.types),
        territories=frozenset(subscription.territories),
        regions=frozenset(subscription.regions),
        operators=frozenset(subscription.operators),
    )
    return [
        entry
        for entry in entries
        if (not types or entry.type in types) and asked.passes(entry) and may_receive(access_scope, entry)
    ]


async def set_unrecorded(session: WriteSession, subscription: Subscription, **values: Any) -> None:
    """Update the delivery state of a subscription, without a new version or history."""
    await session.execute(update(_subscriptions).where(_subscriptions.c.id == subscription.id).values(**values))


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


async def _insert(session: WriteSession, subscription: Subscription, entries: Sequence[Entry], *, round_: int) -> int:
    # Inserted in the order of the journal: deliveries of a subject are sent in the order of their ids.
    rows = [
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
    if rows:
        await session.execute(insert(_deliveries), rows)
    return len(rows)


async def _access_scope(session: WriteSession, owner: Caller, access_scopes: dict[Caller, AccessScope]) -> AccessScope:
    if owner not in access_scopes:
        access_scopes[owner] = await queries.access_scope_of(session, owner)
    return access_scopes[owner]
