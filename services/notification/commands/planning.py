"""Planning: what the journal tells, becomes deliveries of those subscriptions that ask for it and may be told.

Everything of one pass is one transaction: the deliveries, and how far each subscription was planned. Subscriptions that
stand close together read one window of the journal; one that lags, because it was off or begins at the beginning,
never keeps the others waiting.
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
"""Positions of the journal that one pass reads for a group."""
GROUP: Final = 200
"""Subscriptions of a group."""
DELIVERIES_AT_MOST: Final = 5000
"""Maximum deliveries of a pass; the rest of a group waits for the next pass."""

_subscriptions: Final = cast("Table", Subscription.__table__)
_deliveries: Final = cast("Table", Delivery.__table__)


async def plan(session: WriteSession) -> bool:
    """One pass: those near the journal's end, then the furthest behind, then one replay. False if nothing was left."""
    last = await queries.last_position(session)
    near = last - WINDOW
    active = (
        select(Subscription)
        .where(
            Subscription.status == SubscriptionStatus.ACTIVE,
            Subscription.planned_to < last,
            # First what it asked to be told again: of one object, the older before the newer.
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
    """Plan those that stand within one window of the first; how many of them have moved."""
    # Whom somebody changes at this moment is planned in a moment.
    group = (await session.scalars(statement.limit(GROUP).with_for_update(key_share=True, skip_locked=True))).all()
    if not group:
        return 0
    start = group[0].planned_to
    end = min(start + WINDOW, last)
    entries = await queries.entries_after(session, start, at_most=end - start)
    reaches: dict[Caller, AccessScope] = {}
    moved = planned = 0
    for subscription in (each for each in group if each.planned_to < end):
        if planned > DELIVERIES_AT_MOST:
            break
        ahead = (entry for entry in entries if entry.position > subscription.planned_to)
        chosen = wanted(subscription, ahead, access_scope=await _access_scope(session, subscription.owner, reaches))
        planned += await _insert(session, subscription, chosen, round_=0)
        await set_unrecorded(session, subscription, planned_to=end)
        moved += 1
    return moved


async def _plan_replay(session: WriteSession) -> int:
    """One window of the oldest replay that is not yet planned to its end."""
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
    """Note where the machine has got to with a subscription; its version and its history stay."""
    await session.execute(update(_subscriptions).where(_subscriptions.c.id == subscription.id).values(**values))


async def next_round(session: WriteSession, subscription: Subscription) -> int:
    """A number for deliveries that are made again. The subscription is locked."""
    drawn = await session.execute(
        update(_subscriptions)
        .where(_subscriptions.c.id == subscription.id)
        .values(last_round=_subscriptions.c.last_round + 1)
        .returning(_subscriptions.c.last_round)
    )
    return int(drawn.scalar_one())


def row_of(subscription: Subscription, round_: int, **event: Any) -> Mapping[str, Any]:
    """A delivery that waits to be tried at once."""
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
    # In the order of the journal: a subject's deliveries go in the order of their ids.
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


async def _access_scope(session: WriteSession, owner: Caller, reaches: dict[Caller, AccessScope]) -> AccessScope:
    if owner not in reaches:
        reaches[owner] = await queries.access_scope_of(session, owner)
    return reaches[owner]
