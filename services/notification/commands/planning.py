"""Planning turns events of the journal into deliveries of the subscriptions that want and may receive them.

A subscription with many waiting deliveries gets no more of the past: the journal keeps them until some have ended.

One pass is one transaction: it stores the deliveries and the position up to which each subscription is planned.
Subscriptions with close positions share one window of the journal. One far behind (it was disabled, or starts at the
beginning) never delays the others.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any, Final, NamedTuple, cast
from uuid import UUID

from sqlalchemy import BigInteger, Integer, Row, Select, Table, TextualSelect, Uuid, bindparam, select, text, update

from services.notification import queries
from services.notification.models import (
    DELIVERIES_PENDING,
    ClientRights,
    DeliveryState,
    Replay,
    Subscription,
    SubscriptionStatus,
)
from services.notification.rules import rights
from services.notification.rules.audience import Entry, Filter, may_receive
from services.notification.rules.catalogue import types_matching
from shared.clock import now
from shared.security.access import AccessScope, Caller
from shared.storage.tables import UTCDateTime
from shared.storage.unit_of_work import WriteSession
from shared.storage.wakeups import hand_over, request_wakeup

WINDOW: Final = queries.WINDOW
GROUP: Final = 200
"""Maximum number of subscriptions in a group."""
MAX_DELIVERIES: Final = 5000
"""Maximum deliveries of a pass; the rest of a group waits for the next pass."""

_subscriptions: Final = cast("Table", Subscription.__table__)

Chosen = tuple[Subscription, Sequence[Entry]]
"""A subscription, and the events that it gets."""


class Locked(NamedTuple):
    """A subscription that this transaction has locked, and for whom its events are judged."""

    subscription: Subscription
    receiver: Caller


@dataclass(frozen=True, slots=True)
class PlannedDelivery:
    """A delivery of a new event, as the engine takes it over."""

    id: int
    subscription_id: UUID
    version: int
    """Version of the subscription that it was planned for."""
    event_id: str
    type: str
    subject: str
    body: bytes
    previous: int | None
    """The last delivery before it of its subject that waits."""
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class PlannedEvents:
    """New events of the journal, after `start` and up to `end`, with all their deliveries that were planned at once."""

    start: int
    end: int
    subjects: frozenset[str]
    deliveries: Sequence[PlannedDelivery]


_ACTIVE: Final = (
    select(Subscription, ClientRights)
    .outerjoin(ClientRights, queries.has_rights())
    .where(
        Subscription.status == SubscriptionStatus.ACTIVE,
        Subscription.planned_to >= bindparam("least", type_=BigInteger),
        Subscription.planned_to < bindparam("below", type_=BigInteger),
        # Its replay goes first: the older event of an object before the newer one.
        ~queries.is_replayed(),
    )
    .order_by(Subscription.planned_to, Subscription.id)
    .limit(bindparam("limit", type_=Integer))
    # A subscription that is being changed is locked: the next pass plans it.
    .with_for_update(key_share=True, skip_locked=True, of=Subscription)
)
_MOVE: Final = (
    update(_subscriptions)
    .where(_subscriptions.c.id.in_(bindparam("ids", expanding=True)))
    .values(planned_to=bindparam("end", type_=BigInteger))
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


async def plan_new(session: WriteSession, start: int, end: int, subjects: Collection[str]) -> bool:
    """Plan new positions of the journal, after `start` and up to `end`, for the subscriptions planned up to `start`.

    The deliveries are handed to the delivery engine after the commit, and `subjects`, those of the new events, with
    them. Return False if some deliveries may be left: `plan` takes them, and all those that are further behind.
    """
    limit = max(min(GROUP, MAX_DELIVERIES // (end - start)), 1)
    group = await _lock(session, _ACTIVE, start, start + 1, limit)
    planned: Sequence[PlannedDelivery] = ()
    if group:
        events = await queries.events_after(session, start, end)
        chosen = await _choose(session, group, [entry for entry, _ in events])
        bodies = {entry.position: body for entry, body in events}
        planned = _with_bodies(await _insert(session, chosen), chosen, bodies)
        await _move(session, [subscription for subscription, _ in chosen], end)
    hand_over(session, DELIVERIES_PENDING, PlannedEvents(start, end, frozenset(subjects), planned))
    return len(group) < limit


async def _plan_group(
    session: WriteSession,
    least: int,
    below: int,
    *,
    up_to: int,
    among: Select[tuple[Subscription, ClientRights]] = _ACTIVE,
) -> int:
    """Plan the subscriptions within one window of the first; return the number that moved."""
    group = await _lock(session, among, least, below, GROUP)
    if not group:
        return 0
    start = group[0].subscription.planned_to
    end = min(start + WINDOW, up_to)
    entries = await queries.entries_after(session, start, at_most=end - start)
    chosen = await _choose(session, [each for each in group if each.subscription.planned_to < end], entries)
    if await _insert(session, chosen):
        request_wakeup(session, DELIVERIES_PENDING)
    await _move(session, [subscription for subscription, _ in chosen], end)
    return len(chosen)


async def _lock(
    session: WriteSession, among: Select[tuple[Subscription, ClientRights]], least: int, below: int, limit: int
) -> list[Locked]:
    """Lock subscriptions that are planned up to a position from `least` to before `below`."""
    found = await session.execute(among, {"least": least, "below": below, "limit": limit})
    return [Locked(subscription, rights.receiver(subscription, known)) for subscription, known in found]


async def _choose(session: WriteSession, group: Sequence[Locked], entries: Sequence[Entry]) -> Sequence[Chosen]:
    """Choose the events of each subscription among those after its position; stop beyond `MAX_DELIVERIES`."""
    access_scopes: dict[Caller, AccessScope] = {}
    chosen: list[Chosen] = []
    count = 0
    for subscription, receiver in group:
        if count > MAX_DELIVERIES:
            break
        if receiver not in access_scopes:
            access_scopes[receiver] = await queries.access_scope_of(session, receiver)
        ahead = (entry for entry in entries if entry.position > subscription.planned_to)
        found = wanted(subscription, ahead, access_scope=access_scopes[receiver])
        chosen.append((subscription, found))
        count += len(found)
    return chosen


async def _move(session: WriteSession, subscriptions: Sequence[Subscription], end: int) -> None:
    """Note up to which position subscriptions are planned, without a new version or history."""
    ids = [each.id for each in subscriptions]
    await session.execute(_MOVE, {"ids": ids, "end": end})


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
    if await _insert(session, [(subscription, chosen)], round_=replay.round):
        request_wakeup(session, DELIVERIES_PENDING)
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


async def _insert(session: WriteSession, chosen: Sequence[Chosen], *, round_: int = 0) -> Sequence[Row[Any]]:
    """Insert deliveries in the order of the journal: those of a subject are sent in the order of their ids."""
    planned = [
        {"subscription": subscription.id.hex, "position": entry.position}
        for subscription, entries in chosen
        for entry in entries
    ]
    if not planned:
        return ()
    values = {"planned": json.dumps(planned), "round": round_, "at": now()}
    return (await session.execute(_inserting(session.get_bind().dialect.name), values)).all()


@cache
def _inserting(dialect: str) -> TextualSelect:
    """Build the insertion, which returns each delivery with the last one before it of its subject that waits."""
    planned = {
        "postgresql": "json_to_recordset(CAST(:planned AS json)) AS planned(subscription uuid, position bigint)",
        "sqlite": "(SELECT json_extract(value, '$.subscription') AS subscription,"
        " json_extract(value, '$.position') AS position FROM json_each(:planned)) AS planned",
    }
    statement = f"""
        INSERT INTO deliveries
            (subscription_id, position, round, event_id, type, subject, state, attempts, next_try_at, created_at)
        SELECT planned.subscription, journal.position, :round, journal.event_id, journal.type, journal.subject,
            'waiting', 0, :at, :at
        FROM {planned[dialect]} JOIN journal ON journal.position = planned.position
        ORDER BY journal.position
        RETURNING id, subscription_id, position, event_id, type, subject, (
            SELECT max(older.id) FROM deliveries AS older
            WHERE older.subscription_id = deliveries.subscription_id AND older.subject = deliveries.subject
            AND older.state = 'waiting' AND older.id < deliveries.id
        ) AS previous
    """  # noqa: S608 - constants
    types = bindparam("round", type_=Integer), bindparam("at", type_=UTCDateTime)
    return text(statement).bindparams(*types).columns(subscription_id=Uuid)


def _with_bodies(
    rows: Sequence[Row[Any]], chosen: Sequence[Chosen], bodies: Mapping[int, bytes]
) -> list[PlannedDelivery]:
    """Return the inserted deliveries as the engine takes them, in the order to send them."""
    versions = {subscription.id: subscription.version for subscription, _ in chosen}
    last: dict[tuple[UUID, str], int] = {}
    planned = []
    for row in sorted(rows, key=attrgetter("id")):
        key = (row.subscription_id, row.subject)
        # PostgreSQL does not see the rows of the same statement.
        previous = last.get(key, row.previous)
        last[key] = row.id
        planned.append(
            PlannedDelivery(
                row.id,
                row.subscription_id,
                versions[row.subscription_id],
                row.event_id,
                row.type,
                row.subject,
                bodies[row.position],
                previous,
            )
        )
    return planned
