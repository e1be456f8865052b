"""New deliveries go from the planning to the engine in memory: nothing is lost, repeated, overtaken or sent in vain."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy import delete, event, insert, select

from services.notification import commands, queries
from services.notification.commands import PlannedDelivery
from services.notification.jobs import subscription_queues
from services.notification.jobs.credentials import Credentials
from services.notification.jobs.subscription_queues import SubscriptionQueue, open_queue
from services.notification.models import DELIVERIES_PENDING, Delivery, DeliveryState, KnownMember, Subscription
from shared.clock import now
from shared.events import Event
from shared.ids import uuid7
from shared.security.roles import Role
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.wakeups import request_wakeup
from tests.services.notification.engine import QUICK, SECRET, Bench, bench, planned
from tests.services.notification.facts import (
    ATELIERS,
    FORGES,
    LACQ,
    PAU,
    TARBES,
    declared,
    redrawn,
    rejected,
    submitted,
)
from tests.services.notification.receiver import Answering, Receiver, after, receiver, status
from tests.support.harness import message
from tests.support.waiting import until

STANDING: Final = "handshake_due_at"
"""A column that only the poll of the engine reads among the statements of a delivery."""


async def record(place: Bench, *events: Event) -> list[str]:
    """Journal and plan events in one transaction, as they arrive; their ids."""
    messages = [message(each) for each in events]
    async with place.database.writing() as session:
        await commands.record_events(session, messages)
    return [each.event_id for each in messages]


@asynccontextmanager
async def at_rest(
    settings: Settings,
    *answers: Answering,
    always: Answering | None = None,
    delays: Sequence[float] = QUICK,
    **more: Any,
) -> AsyncIterator[tuple[Bench, Receiver, Subscription]]:
    """An engine that has delivered a first event, and waits."""
    async with bench(settings, webhook_delays=delays) as place, receiver(SECRET) as one:
        subscription = await subscribed(place, one, **more)
        async with place.running():
            await record(place, declared())
            await place.closed(subscription)
            # A poll may follow the first delivery.
            await asyncio.sleep(0.1)
            one.received.clear()
            one.answers += answers
            one.always = always or one.always
            yield place, one, subscription


async def subscribed(place: Bench, to: Receiver, **more: Any) -> Subscription:
    """A subscription that begins at the end of the journal."""
    async with place.database.reading() as session:
        last = await queries.last_position(session)
    return await place.subscribe(to, planned_to=last, **{"role": Role.NATIONAL, "org": "130026032", **more})


@contextmanager
def statements_of(database: Database) -> Iterator[list[str]]:
    """Collect the statements that are executed within the block."""
    found: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        found.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)


async def test_from_the_commit_to_the_receiver_the_engine_asks_nothing(settings: Settings) -> None:
    async with at_rest(settings) as (place, one, subscription):
        with statements_of(place.database) as statements:
            [event_id] = await record(place, declared())
            committed = len(statements)
            await one.has(1)
            await until(lambda: stored(statements), bool)
            await asyncio.sleep(0.1)
            afterwards = statements[committed:]
        delivered = (await place.deliveries(subscription))[-1]

    assert one.ids == [event_id]
    assert (delivered.state, delivered.attempts) == (DeliveryState.DELIVERED, 1)
    # The result alone.
    assert len(afterwards) == (4 if place.database.is_sqlite else 1)
    assert not any(STANDING in each for each in afterwards)


async def stored(statements: Sequence[str]) -> bool:
    return any("INSERT INTO attempts" in each for each in statements)


async def test_deliveries_of_one_subject_keep_their_order(settings: Settings) -> None:
    release = asyncio.Event()
    action = uuid7()
    async with at_rest(settings, after(release, status(204))) as (place, one, subscription):
        ids = await record(place, submitted(action), rejected(action))
        await one.has(1)
        ids += await record(place, submitted(action))
        [other] = await record(place, declared())
        await one.has(2)
        before = list(one.ids)
        release.set()
        await place.closed(subscription)

    assert before == [ids[0], other]
    assert one.of(f"action/{action}") == ids


async def test_nothing_overtakes_one_that_waits_for_its_next_try(settings: Settings) -> None:
    action = uuid7()
    async with at_rest(settings, status(500), delays=(1.0,)) as (place, one, subscription):
        [first] = await record(place, submitted(action))
        await place.tried(subscription, 2)
        [second] = await record(place, rejected(action))
        [other] = await record(place, declared())
        await place.closed(subscription)

    assert one.of(f"action/{action}") == [first, first, second]
    assert one.ids.index(other) < one.ids.index(second)


async def test_what_is_rolled_back_is_not_handed_over(settings: Settings) -> None:
    async with at_rest(settings) as (place, one, subscription):
        with pytest.raises(ValueError, match="rolled back"):
            await fail_after(place, declared())
        async with place.database.writing() as session:
            savepoint = await session.begin_nested()
            await commands.record_events(session, [message(declared())])
            await savepoint.rollback()
        [event_id] = await record(place, declared())
        await one.has(1)
        await place.closed(subscription)

    assert one.ids == [event_id]


async def fail_after(place: Bench, fact: Event) -> None:
    async with place.database.writing() as session:
        await commands.record_events(session, [message(fact)])
        raise ValueError("rolled back")


async def test_what_the_same_transaction_takes_away_is_not_sent(settings: Settings) -> None:
    action = uuid7()
    async with at_rest(settings, role=Role.PARTY, org=FORGES) as (place, one, subscription):
        await record(
            place, submitted(action, organisations=[ATELIERS, FORGES]), rejected(action, organisations=[ATELIERS])
        )
        [allowed] = await record(place, submitted(organisations=[FORGES]))
        await place.closed(subscription)

    assert one.ids == [allowed]


async def test_what_waits_in_memory_is_dropped_once_a_new_event_takes_it_away(settings: Settings) -> None:
    release, hidden = asyncio.Event(), uuid7()
    hanging = after(release, status(204))
    async with at_rest(settings, always=hanging, role=Role.PARTY, org=FORGES) as (place, one, subscription):
        # As many as are sent at a time, then one that waits in memory.
        first = await record(place, *(submitted(organisations=[FORGES]) for _ in range(3)))
        await one.has(3)
        [waiting] = await record(place, submitted(hidden, organisations=[ATELIERS, FORGES]))
        await record(place, rejected(hidden, organisations=[ATELIERS]))
        await until(lambda: state_of(place, waiting), lambda state: state == DeliveryState.DROPPED)
        release.set()
        await place.closed(subscription)

    assert sorted(one.ids) == sorted(first)


async def test_what_waits_in_memory_is_dropped_once_a_member_has_left(settings: Settings) -> None:
    release = asyncio.Event()
    hanging = after(release, status(204))
    async with at_rest(settings, always=hanging, role=Role.TERRITORY, org=PAU) as (place, one, subscription):
        first = await record(place, *(submitted() for _ in range(3)))
        await one.has(3)
        [waiting] = await record(place, submitted())
        async with place.database.writing() as session:
            await session.execute(delete(KnownMember).where(KnownMember.siren == PAU))
            await commands.record_events(session, [message(redrawn(LACQ, TARBES))])
        await until(lambda: state_of(place, waiting), lambda state: state == DeliveryState.DROPPED)
        release.set()
        await place.closed(subscription)

    assert set(first) <= set(one.ids)
    assert waiting not in one.ids


async def state_of(place: Bench, event_id: str) -> str | None:
    async with place.database.reading() as session:
        found: str | None = await session.scalar(select(Delivery.state).where(Delivery.event_id == event_id))
        return found


async def test_what_memory_has_no_room_for_is_read_later(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscription_queues, "MAX_KNOWN", 4)
    async with at_rest(settings) as (place, one, subscription):
        actions = [uuid7() for _ in range(5)]
        ids = [each for _ in range(6) for each in await record(place, *(submitted(action) for action in actions))]
        await place.closed(subscription)

    assert sorted(one.ids) == sorted(ids)
    for action in actions:
        mine = one.of(f"action/{action}")
        assert mine == [each for each in ids if each in mine]


async def test_events_of_another_process_are_found_before_the_next_ones(settings: Settings) -> None:
    """The one that led before was still writing: the engine did not hear of its event."""
    action = uuid7()
    async with at_rest(settings) as (place, one, subscription), bench(settings) as former:
        [first] = await record(former, submitted(action))
        [second] = await record(place, rejected(action))
        await place.closed(subscription)

    assert one.ids == [first, second]


async def test_what_was_handed_to_nobody_is_sent_by_the_next_engine(settings: Settings) -> None:
    action = uuid7()
    async with bench(settings) as place, receiver(SECRET) as one:
        subscription = await subscribed(place, one)
        ids = await record(place, submitted(action))
        async with place.running():
            await place.closed(subscription)
            ids += await record(place, rejected(action))
            await place.closed(subscription)
        ids += await record(place, submitted(action))
        async with place.running():
            await place.closed(subscription)

    assert one.ids == ids


async def test_what_comes_during_a_poll_is_sent_once(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    polling, release, due = asyncio.Event(), asyncio.Event(), queries.due_deliveries

    async def wait(*args: Any, **more: Any) -> Any:
        polling.set()
        await release.wait()
        return await due(*args, **more)

    async with at_rest(settings) as (place, one, subscription):
        monkeypatch.setattr(queries, "due_deliveries", wait)
        async with place.database.writing() as session:
            trial = planned(subscription, position=None, event_id="trial", type="t", subject="test/trial", body="{}")
            await session.execute(insert(Delivery), [trial])
            request_wakeup(session, DELIVERIES_PENDING)
        await polling.wait()
        ids = await record(place, declared(), declared())
        release.set()
        await one.has(3)
        await place.closed(subscription)
        await asyncio.sleep(0.1)

    assert sorted(one.ids) == sorted([*ids, "trial"])


async def test_under_failures_restarts_and_bursts_every_subject_keeps_its_order(settings: Settings) -> None:
    actions, ids = [uuid7() for _ in range(8)], []
    chance = random.Random(7)
    failing = [status(500) if chance.random() < 0.2 else status(204) for _ in range(200)]
    async with bench(settings, webhook_delays=(0.02,) * 30) as place, receiver(SECRET, answers=failing) as one:
        subscription = await subscribed(place, one)
        for _ in range(4):
            async with place.running():
                for _ in range(10):
                    burst = [submitted(chance.choice(actions)) for _ in range(chance.randint(1, 4))]
                    ids += await record(place, *burst)
                    await asyncio.sleep(chance.choice([0, 0, 0.01, 0.03]))
                # One that was locked by a result is planned afterwards.
                async with place.database.writing() as session:
                    while await commands.plan(session):
                        pass
        async with place.running():
            [rows] = await place.closed(subscription)

    assert {row.state for row in rows} == {DeliveryState.DELIVERED}
    for action in actions:
        firsts = list(dict.fromkeys(one.of(f"action/{action}")))
        assert firsts == [each for each in ids if each in firsts]
    assert set(one.ids) == set(ids)


@pytest.mark.parametrize("reason", ["another version", "more in the database", "paused", "closed", "read before"])
def test_a_queue_takes_no_delivery_of_which_it_cannot_be_sure(reason: str) -> None:
    queue, at = a_queue(), now()
    sure = queue.takes(a_delivery(queue), at)
    match reason:
        case "another version":
            delivery = a_delivery(queue, version=2)
        case "read before":
            queue.newest = 10
            delivery = a_delivery(queue)
        case _:
            delivery = a_delivery(queue)
            queue.more = reason == "more in the database"
            queue.is_open = reason != "closed"
            queue.paused_until = at + timedelta(seconds=1) if reason == "paused" else None

    assert sure
    assert not queue.takes(delivery, at)


def a_queue() -> SubscriptionQueue:
    subscription = Subscription(id=uuid7(), version=1, client_id="tests", url="https://exemple.fr/")
    return open_queue(subscription, Credentials([(b"key", None)], {}))


def a_delivery(queue: SubscriptionQueue, version: int = 1) -> PlannedDelivery:
    return PlannedDelivery(10, UUID(str(queue.id)), version, "event", "type", "figure/1", b"{}", None)
