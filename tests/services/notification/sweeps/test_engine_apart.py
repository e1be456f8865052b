"""A failure of one receiver does not affect the others; a failure of the engine loses nothing."""

import asyncio
import signal
import statistics
import sys
import textwrap
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from services.notification.jobs import deliveries as engine
from services.notification.models import DeliveryState, Subscription, SubscriptionSecret, SubscriptionStatus
from services.notification.rules.retries import MAX_CONCURRENCY
from shared.clock import now
from shared.failpoints import DELIVERY_FAILPOINTS
from shared.settings import Settings
from tests.services.notification.engine import SECRET, Bench, bench, scene
from tests.services.notification.receiver import Answering, Receiver, after, handshake, receiver, resetting, status
from tests.support.waiting import until


async def test_one_of_twenty_that_hangs_holds_nobody_else(settings: Settings) -> None:
    never = asyncio.Event()
    async with bench(settings, webhook_timeout=30.0) as place, AsyncExitStack() as stack:
        receivers = [await stack.enter_async_context(receiver(SECRET)) for _ in range(20)]
        subscriptions = [await place.subscribe(one) for one in receivers]
        await stack.enter_async_context(place.running())
        usual = await round_of(place, subscriptions, receivers, 0)
        receivers[0].always = after(never, status(204))
        troubled = await round_of(place, subscriptions[1:], receivers[1:], 1, also=subscriptions[0])
        troubled += await round_of(place, subscriptions[1:], receivers[1:], 2, also=subscriptions[0])
        left = await place.deliveries(subscriptions[0])

    assert sum(row.state == DeliveryState.WAITING for row in left) == 40
    # Far from the 30 seconds that it hangs; how near to the usual is for a benchmark on a quiet machine to say.
    assert statistics.median(troubled) < statistics.median(usual) * 3 + 0.5
    assert max(troubled) < 10


async def round_of(
    place: Bench, to: list[Subscription], receivers: list[Receiver], number: int, also: Subscription | None = None
) -> list[float]:
    """Twenty events to each; the seconds until each has them all."""
    started = now()
    expected = [len(one.received) + 20 for one in receivers]
    subjects = [f"figure/{number}-{each}" for each in range(20)]
    await place.plan(*to, *([also] if also else []), subjects=subjects)
    for one, count in zip(receivers, expected, strict=True):
        await one.has(count)
    return [(one.received[-1].at - started).total_seconds() for one in receivers]


async def test_a_receiver_that_keeps_up_gets_so_many_at_a_time_and_no_more(on_sqlite: Settings) -> None:
    release = asyncio.Event()
    async with scene(on_sqlite) as (place, one, subscription):
        await place.plan(subscription, subjects=[f"figure/{number}" for number in range(50)])
        await place.closed(subscription)
        one.always = after(release, status(204))
        await place.plan(subscription, subjects=[f"figure/{number}" for number in range(50)])
        await one.has(50 + MAX_CONCURRENCY)
        await place.plan(subscription, subjects=["figure/more"])
        at_once = one.under_way
        release.set()
        await place.closed(subscription)

    assert at_once == one.most_under_way == MAX_CONCURRENCY


async def test_who_is_overloaded_gets_less_at_a_time(on_sqlite: Settings) -> None:
    async with scene(on_sqlite, webhook_delays=(0.05,) * 20) as (place, one, subscription):
        await place.plan(subscription, subjects=[f"figure/{number}" for number in range(30)])
        await place.closed(subscription)
        one.answers += [status(503)] * 30
        await place.plan(subscription, subjects=[f"figure/{number}" for number in range(30)])
        await one.has(60)
        one.most_under_way = 0
        release = asyncio.Event()
        one.answers.clear()
        one.answers += [after(release, status(503))]
        count = len(one.received)
        await one.has(count + 1)
        at_once = one.most_under_way
        release.set()
        await place.closed(subscription)

    assert at_once == 1


async def test_a_long_queue_of_one_keeps_nobody_waiting(settings: Settings) -> None:
    async with bench(settings) as place, receiver(SECRET) as first, receiver(SECRET) as second:
        long, short = await place.subscribe(first), await place.subscribe(second)
        await place.plan(long, subjects=[f"figure/{number % 100}" for number in range(1000)])
        async with place.running():
            await first.has(1)
            await place.plan(short, subjects=["figure/short"])
            await second.has(1)
            before = len(first.received)
            await place.closed(long)

    assert before < 900
    assert len(set(first.ids)) == 1000


@pytest.mark.parametrize("moment", ["after-post"])
async def test_a_crash_between_the_answer_and_its_record_sends_the_event_again(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    assert moment in DELIVERY_FAILPOINTS

    def crash(step: str) -> None:
        if step == moment:
            raise RuntimeError("the process ends here")

    async with bench(settings) as place, receiver(SECRET) as one:
        subscription = await place.subscribe(one)
        (event_id,) = await place.plan(subscription)
        with monkeypatch.context() as patch:
            patch.setattr(engine, "failpoint", crash)
            with pytest.raises(ExceptionGroup):
                await engine.deliver(place.database, place.settings).run(asyncio.Event())
        before = (await place.delivery(subscription)).state, await place.attempts(subscription)
        async with place.running():
            await place.closed(subscription)
        attempts = await place.attempts(subscription)

    assert before == (DeliveryState.WAITING, [])
    assert one.ids == [event_id, event_id]
    assert one.received[0].body == one.received[1].body
    assert [(each.number, each.status) for each in attempts] == [(1, 204)]


KILLED = """
    import asyncio, sys
    from pathlib import Path
    from pydantic import SecretStr
    from services.notification.jobs.deliveries import deliver
    from shared import failpoints
    from shared.storage.database import Database
    from shared.settings import Settings

    async def main() -> None:
        settings = Settings(
            data_dir=Path(sys.argv[1]), database_url=sys.argv[2], secrets_key=SecretStr(sys.argv[3]),
            dangerous_loopback_webhooks=True,
        )
        failpoints.arm("after-post")
        await deliver(Database("notification", settings), settings).run(asyncio.Event())

    asyncio.run(main())
"""


async def test_a_process_killed_between_the_answer_and_its_record_sends_the_event_again(settings: Settings) -> None:
    async with bench(settings) as place, receiver(SECRET) as one:
        subscription = await place.subscribe(one)
        ids = await place.plan(subscription, subjects=["figure/1", "figure/1", "figure/2"])
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", textwrap.dedent(KILLED), str(settings.data_dir), settings.database_url,
            settings.secrets_key.get_secret_value(),
        )  # fmt: skip
        ended = await asyncio.wait_for(process.wait(), 60)
        before = set(one.ids)
        async with place.running():
            (rows,) = await place.closed(subscription)

    assert ended == -signal.SIGKILL
    assert before <= {ids[0], ids[2]}
    assert before
    assert {row.state for row in rows} == {DeliveryState.DELIVERED}
    assert set(one.ids) == set(ids)
    assert one.of("figure/1")[-2:] == ids[:2]
    assert one.unverified == []


async def test_cancelled_at_any_moment_it_loses_nothing(settings: Settings) -> None:
    async with bench(settings, webhook_delays=(0.01,) * 20) as place, receiver(SECRET) as one:
        one.answers += [status(500) if number % 5 == 0 else status(204) for number in range(100)]
        subscription = await place.subscribe(one)
        ids = await place.plan(subscription, subjects=[f"figure/{number % 10}" for number in range(100)])
        for number in range(12):
            count = len(one.received) + 1 + number // 3
            async with place.running():
                await one.has(min(count, 90))
        async with place.running():
            (rows,) = await place.closed(subscription)

    assert {row.state for row in rows} == {DeliveryState.DELIVERED}
    assert set(one.ids) == set(ids)
    assert first_times_in_order(one, ids)


def first_times_in_order(one: Receiver, ids: list[str]) -> bool:
    """Return True if the first arrivals of each subject's events have the order of the journal."""
    seen: dict[str, list[int]] = {}
    places = {event_id: number for number, event_id in enumerate(ids)}
    for received in one.received:
        numbers = seen.setdefault(received.subject, [])
        if places[received.event_id] not in numbers:
            numbers.append(places[received.event_id])
    return all(numbers == sorted(numbers) for numbers in seen.values())


async def test_nothing_is_left_open_when_it_ends(settings: Settings) -> None:
    never = asyncio.Event()
    async with bench(settings) as place, receiver(SECRET, always=after(never, status(204))) as one:
        subscription = await place.subscribe(one)
        await place.plan(subscription, subjects=["figure/1", "figure/2"])
        async with place.running():
            await one.has(2)
        await until(lambda: under_way(one), lambda count: count == 0)
        open_now = [task for task in asyncio.all_tasks() if "_deliver" in repr(task.get_coro())]

    assert open_now == []


async def under_way(one: Receiver) -> int:
    return one.under_way


async def test_a_subscription_deleted_meanwhile_is_nobodys_failure(settings: Settings) -> None:
    release = asyncio.Event()
    async with bench(settings) as place, receiver(SECRET) as one:
        gone, other = await place.subscribe(one), await place.subscribe(one)
        one.answers.append(after(release, status(204)))
        async with place.running() as task:
            await place.plan(gone)
            await one.has(1)
            async with place.database.writing() as session:
                await session.delete(await session.get_one(Subscription, gone.id))
            release.set()
            await place.plan(other)
            await place.closed(other)
            still_at_work = not task.done()

    assert still_at_work


async def test_a_secret_that_does_not_open_keeps_the_others_going(settings: Settings) -> None:
    async with bench(settings) as place, receiver(SECRET) as one:
        broken, other = await place.subscribe(one), await place.subscribe(one)
        async with place.database.writing() as session:
            wanted = select(SubscriptionSecret).where(SubscriptionSecret.subscription_id == broken.id)
            secret = (await session.scalars(wanted.options(joinedload(SubscriptionSecret.subscription)))).one()
            secret.sealed = b"what is no seal of ours"
        async with place.running():
            await place.plan(broken, other)
            await place.closed(other)
            rows = await place.deliveries(broken)

    assert len(one.received) == 1
    assert [row.state for row in rows] == [DeliveryState.WAITING]


async def test_nothing_is_delivered_before_the_handshake(settings: Settings) -> None:
    async with bench(settings) as place, receiver(SECRET) as one:
        subscription = await place.subscribe(one, pending=True)
        (event_id,) = await place.plan(subscription)
        one.agrees = handshake("somebody.example.org")
        async with place.running():
            failed = await until(lambda: place.read(subscription), lambda found: found.handshake_error is not None)
            before = list(one.ids)
            one.agrees = handshake("territoires-industrie.fr")
            found = await place.has_status(subscription, SubscriptionStatus.ACTIVE)
            await place.closed(subscription)

    assert before == []
    assert one.ids == [event_id]
    assert one.handshakes[0]["WebHook-Request-Origin"] == "territoires-industrie.fr"
    assert "neither" in (failed.handshake_error or "")
    assert failed.handshake_due_at is not None
    assert found.verified_at is not None
    assert found.handshake_due_at is None
    assert found.handshake_error is None


@pytest.mark.parametrize(
    "how",
    [handshake("example.org"), handshake("*", 405), status(200), status(302, Location="/"), status(500), resetting],
)
async def test_a_receiver_that_does_not_agree_is_asked_again_on_the_schedule(
    on_sqlite: Settings, how: Answering
) -> None:
    async with bench(on_sqlite, webhook_delays=(0.01, 0.02)) as place, receiver(SECRET) as one:
        one.agrees = how
        subscription = await place.subscribe(one, pending=True)
        await place.plan(subscription)
        async with place.running():
            found = await until(lambda: place.read(subscription), lambda found: found.handshake_due_at is None)
            tries = len(one.handshakes)
            # Its owner asks for another.
            one.agrees = None
            await place.change(subscription, handshake_due_at=now(), description="asked again")
            await place.closed(subscription)

    assert found.status == SubscriptionStatus.PENDING
    assert found.handshake_error
    assert tries == 3
    assert len(one.received) == 1


async def test_a_handshake_that_hangs_holds_no_delivery(settings: Settings) -> None:
    never = asyncio.Event()
    async with bench(settings, webhook_timeout=30.0) as place, receiver(SECRET) as one, receiver(SECRET) as other:
        one.agrees = after(never, status(200))
        for _ in range(40):
            await place.subscribe(one, pending=True)
        subscription = await place.subscribe(other)
        async with place.running():
            await until(lambda: asked(one), lambda count: count >= 32)
            await place.plan(subscription)
            await place.closed(subscription)

    assert len(other.received) == 1


async def asked(one: Receiver) -> int:
    return len(one.handshakes)


async def test_an_answer_from_an_address_that_was_left_changes_nothing(settings: Settings) -> None:
    release = asyncio.Event()
    async with bench(settings) as place, receiver(SECRET) as former, receiver(SECRET) as present:
        former.agrees = after(release, handshake("*"))
        present.agrees = status(500)
        subscription = await place.subscribe(former, pending=True)
        async with place.running():
            await until(lambda: asked(former), lambda count: count == 1)
            await place.change(subscription, url=present.url, handshake_due_at=now())
            release.set()
            await until(lambda: asked(present), lambda count: count >= 1)
            found = await place.read(subscription)

    assert found.status == SubscriptionStatus.PENDING
    assert found.verified_at is None


async def test_what_is_due_later_is_delivered_then_though_nobody_wakes_it(settings: Settings) -> None:
    async with scene(settings, status(500), webhook_delays=(0.4,)) as (place, one, subscription):
        await place.plan(subscription)
        await place.closed(subscription)

    first, second = one.received
    assert timedelta(seconds=0.3) <= second.at - first.at < timedelta(seconds=60)
