"""The delivery engine, over real HTTP: what arrives, in which order, and what each answer leads to."""

import asyncio
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest
import time_machine
from sqlalchemy import insert, update

from services.notification.jobs.deliveries import STOP_PATIENCE
from services.notification.models import (
    DELIVERIES_PENDING,
    Delivery,
    DeliveryState,
    DisabledReason,
    Subscription,
    SubscriptionStatus,
)
from shared.clock import now
from shared.security.roles import Role
from shared.settings import Settings
from shared.storage.wakeups import request_wakeup
from tests.services.notification.engine import CONCERNED, NEW_SECRET, SECRET, Bench, bench, planned, scene
from tests.services.notification.receiver import Received, after, endless, receiver, resetting, status
from tests.support.waiting import until


async def test_what_arrives_is_the_event_to_the_byte(settings: Settings) -> None:
    async with scene(settings) as (place, one, subscription):
        (event_id,) = await place.plan(subscription)
        await one.has(1)
        ((delivery,),) = await place.closed(subscription)
        (attempt,) = await place.attempts(subscription)
        body = await place.body_of(event_id)

    (received,) = one.received
    assert received.body == body
    assert received.event_id == event_id
    assert received.headers["content-type"] == "application/cloudevents+json"
    assert one.unverified == []
    assert (delivery.state, delivery.attempts) == (DeliveryState.DELIVERED, 1)
    assert delivery.closed_at is not None
    assert (attempt.number, attempt.status, attempt.error, attempt.response) == (1, 204, None, None)


async def test_each_event_arrives_once_at_each_subscription(settings: Settings) -> None:
    async with bench(settings) as place, receiver(SECRET) as first, receiver(SECRET) as second:
        subscriptions = [await place.subscribe(first), await place.subscribe(second)]
        ids = await place.plan(*subscriptions, subjects=[f"figure/{number % 40}" for number in range(200)])
        async with place.running():
            await place.closed(*subscriptions)
            attempts = [await place.attempts(each) for each in subscriptions]

    assert sorted(first.ids) == sorted(second.ids) == sorted(ids)
    assert [len(tries) for tries in attempts] == [200, 200]
    assert in_order(first.received, ids)
    assert in_order(second.received, ids)


def in_order(received: list[Received], ids: list[str]) -> bool:
    """Return True if each subject's events came in the order of the journal, repeats included."""
    places = {event_id: number for number, event_id in enumerate(ids)}
    by_subject: dict[str, list[int]] = {}
    for one in received:
        by_subject.setdefault(one.subject, []).append(places[one.event_id])
    return all(numbers == sorted(numbers) for numbers in by_subject.values())


async def test_a_failure_holds_its_subject_and_no_other(settings: Settings) -> None:
    async with scene(settings, status(500), webhook_delays=(1.5,)) as (place, one, subscription):
        first = await place.plan(subscription, subjects=["figure/1"])
        await one.has(1)
        second = await place.plan(subscription, subjects=["figure/1"])
        others = await place.plan(subscription, subjects=["figure/2", "figure/3"])
        await place.closed(subscription)

    assert one.of("figure/1") == [*first, *first, *second]
    assert set(one.ids[1:3]) == set(others), "the others have overtaken"


async def test_nothing_overtakes_a_delivery_that_is_held_by_a_failed_one(settings: Settings) -> None:
    """The first is due between the second, which it holds, and the third, which is due after both."""
    async with bench(settings) as place, receiver(SECRET) as one:
        subscription = await place.subscribe(one)
        ids = await place.plan(subscription, subjects=["figure/1"] * 4)
        due = [now() - timedelta(seconds=seconds) for seconds in (5, 9, 3, 2)]
        async with place.database.writing() as session:
            for delivery, at in zip(await place.deliveries(subscription), due, strict=True):
                await session.execute(update(Delivery).where(Delivery.id == delivery.id).values(next_try_at=at))
        async with place.running():
            await place.closed(subscription)

    assert one.of("figure/1") == ids


async def test_order_holds_under_failures(settings: Settings) -> None:
    failing = [status(500) if number % 3 == 0 else status(204) for number in range(90)]
    async with scene(settings, *failing, webhook_delays=(0.01,) * 30) as (place, one, subscription):
        ids = await place.plan(subscription, subjects=[f"figure/{number % 10}" for number in range(100)])
        (rows,) = await place.closed(subscription)

    assert {row.state for row in rows} == {DeliveryState.DELIVERED}
    assert in_order(one.received, ids)
    assert sum(row.attempts for row in rows) == len(one.received) > 100


async def test_the_next_of_a_subject_waits_for_the_answer(settings: Settings) -> None:
    release = asyncio.Event()
    async with scene(settings, after(release, status(204))) as (place, one, subscription):
        ids = await place.plan(subscription, subjects=["figure/1"] * 3)
        await one.has(1)
        other = await place.plan(subscription, subjects=["figure/2"])
        await one.has(2)
        before = list(one.ids)
        release.set()
        await place.closed(subscription)

    assert before == [ids[0], *other]
    assert one.of("figure/1") == ids


async def test_after_the_last_try_it_is_failed_and_the_next_follows(settings: Settings) -> None:
    answers = [status(500)] * 3
    async with scene(settings, *answers, webhook_delays=(0.01, 0.01)) as (place, one, subscription):
        ids = await place.plan(subscription, subjects=["figure/1", "figure/1"])
        (rows,) = await place.closed(subscription)
        attempts = await place.attempts(subscription)

    assert [row.state for row in rows] == [DeliveryState.FAILED, DeliveryState.DELIVERED]
    assert one.ids == [ids[0]] * 3 + [ids[1]]
    assert [(each.number, each.status, each.error) for each in attempts] == [
        (1, 500, "status 500"),
        (2, 500, "status 500"),
        (3, 500, "status 500"),
        (1, 204, None),
    ]


async def test_tries_follow_the_schedule(settings: Settings) -> None:
    async with scene(settings, always=status(500), webhook_delays=(60.0, 3600.0)) as (place, _, subscription):
        await place.plan(subscription)
        waits = []
        for number in (1, 2, 3):
            attempts = await place.tried(subscription, number)
            delivery = await place.delivery(subscription)
            waits.append((delivery.next_try_at - attempts[-1].at).total_seconds())
            await place.hasten(subscription)

    assert waits[0] == pytest.approx(60, rel=0.25)
    assert waits[1] == pytest.approx(3600, rel=0.25)
    assert delivery.state == DeliveryState.FAILED


async def test_retry_after_in_seconds_puts_off_its_delivery(settings: Settings) -> None:
    async with scene(settings, status(503, Retry_After="7200")) as (place, _, subscription):
        await place.plan(subscription)
        (attempt,) = await place.tried(subscription, 1)
        delivery = await place.delivery(subscription)

    assert (delivery.next_try_at - attempt.at).total_seconds() == pytest.approx(7200, abs=5)


async def test_retry_after_as_a_date_puts_off_its_delivery(settings: Settings) -> None:
    moment = (now() + timedelta(hours=3)).replace(microsecond=0)
    async with scene(settings) as (place, one, subscription):
        one.answers.append(status(503, Retry_After=format_datetime(moment, usegmt=True)))
        await place.plan(subscription)
        await place.tried(subscription, 1)
        delivery = await place.delivery(subscription)

    assert abs(delivery.next_try_at - moment) < timedelta(seconds=5)


async def test_who_asks_to_be_left_alone_is_left_alone_by_every_subject(settings: Settings) -> None:
    tired = receiver(SECRET, answers=[status(429, Retry_After="7200")])
    async with bench(settings) as place, tired as busy, receiver(SECRET) as free:
        throttled, other = await place.subscribe(busy), await place.subscribe(free)
        async with place.running():
            await place.plan(throttled)
            await place.tried(throttled, 1)
            await place.plan(throttled, other, subjects=["figure/2"])
            await place.closed(other)
            rows = await place.deliveries(throttled)

    assert len(busy.received) == 1
    assert len(free.received) == 1
    assert [row.state for row in rows] == [DeliveryState.WAITING] * 2


async def test_who_asks_for_a_moment_gets_everything_after_it(settings: Settings) -> None:
    async with scene(settings, status(429, Retry_After="1"), webhook_delays=(0.01,)) as (place, one, subscription):
        ids = await place.plan(subscription, subjects=["figure/1", "figure/2", "figure/3"])
        await place.closed(subscription)

    assert set(one.ids) == set(ids)
    assert (one.received[-1].at - one.received[0].at).total_seconds() >= 0.9


async def test_who_is_gone_is_disabled_at_once_and_keeps_its_deliveries(settings: Settings) -> None:
    async with scene(settings, status(410)) as (place, one, subscription):
        ids = await place.plan(subscription, subjects=["figure/1"] * 2)
        found = await place.has_status(subscription, SubscriptionStatus.DISABLED)
        rows = await place.deliveries(subscription)
        disabled = await place.disablings()
        # Enabled again, it gets what it has missed.
        await place.change(subscription, status=SubscriptionStatus.ACTIVE, disabled_reason=None)
        await place.closed(subscription)

    assert found.disabled_reason == DisabledReason.GONE
    assert [row.state for row in rows] == [DeliveryState.WAITING] * 2
    assert disabled == [(str(subscription.id), "gone")]
    assert one.ids == [ids[0], *ids]


async def test_who_fails_for_days_is_disabled(settings: Settings) -> None:
    async with bench(settings, webhook_delays=(3600.0,) * 9) as place, receiver(SECRET, always=status(500)) as one:
        subscription = await place.subscribe(one, failing_since=now() - timedelta(days=5))
        fresh = await place.subscribe(one, failing_since=now() - timedelta(days=4))
        async with place.running():
            await place.plan(subscription, fresh)
            found = await place.has_status(subscription, SubscriptionStatus.DISABLED)
            await place.tried(fresh, 1)
            other = await place.read(fresh)
        disabled = await place.disablings()

    assert found.disabled_reason == DisabledReason.FAILING
    assert other.status == SubscriptionStatus.ACTIVE
    assert disabled == [(str(subscription.id), "failing")]


async def test_a_success_ends_the_days_of_failure(settings: Settings) -> None:
    release = asyncio.Event()
    async with scene(settings, status(500), after(release, status(204))) as (place, _, subscription):
        await place.plan(subscription)
        await place.tried(subscription, 1)
        failing = await place.read(subscription)
        release.set()
        await place.closed(subscription)
        well = await place.read(subscription)

    assert failing.failing_since is not None
    assert well.failing_since is None
    assert well.version == subscription.version, "what the machine notes is no change of anybody's"


async def test_what_waits_for_a_disabled_subscription_stays(settings: Settings) -> None:
    async with scene(settings) as (place, one, subscription):
        await place.change(subscription, status=SubscriptionStatus.DISABLED)
        await place.plan(subscription)
        other = await place.subscribe(one)
        await place.plan(other)
        await place.closed(other)
        kept = await place.delivery(subscription)

    assert len(one.received) == 1
    assert (kept.state, kept.attempts) == (DeliveryState.WAITING, 0)


@pytest.mark.parametrize("code", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(on_sqlite: Settings, code: int) -> None:
    async with receiver(SECRET) as elsewhere, scene(on_sqlite) as (place, one, subscription):
        one.answers.append(status(code, Location=elsewhere.url))
        await place.plan(subscription)
        await place.closed(subscription)
        attempts = await place.attempts(subscription)

    assert elsewhere.received == []
    assert len(one.received) == 2
    assert attempts[0].status == code
    assert "redirects are not followed" in (attempts[0].error or "")


async def test_an_answer_of_megabytes_is_cut(settings: Settings) -> None:
    async with scene(settings, endless()) as (place, _, subscription):
        await place.plan(subscription)
        await place.closed(subscription)
        (attempt,) = await place.attempts(subscription)

    assert attempt.status == 200
    assert attempt.response == "x" * 4096


async def test_a_line_that_is_cut_is_tried_again(settings: Settings) -> None:
    async with scene(settings, resetting) as (place, one, subscription):
        (event_id,) = await place.plan(subscription)
        await place.closed(subscription)
        attempts = await place.attempts(subscription)

    assert one.ids == [event_id, event_id]
    assert [each.status for each in attempts] == [None, 204]
    assert (attempts[0].error or "").startswith("no ")


async def test_who_does_not_answer_in_time_is_asked_again(settings: Settings) -> None:
    never = asyncio.Event()
    async with scene(settings, after(never, status(204)), webhook_timeout=0.2) as (place, one, subscription):
        (event_id,) = await place.plan(subscription)
        await place.closed(subscription)
        attempts = await place.attempts(subscription)

    assert one.ids == [event_id, event_id]
    assert attempts[0].error == "no response within 0.2 s"


async def test_what_its_owner_may_no_longer_receive_is_dropped(settings: Settings) -> None:
    async with bench(settings) as place, receiver(SECRET) as one:
        subscription = await place.subscribe(one, role=Role.PARTY, org="000000117")
        (event_id,) = await place.plan(subscription, subjects=["action/1"], of=CONCERNED, organisations=["000000117"])
        (lost,) = await place.plan(subscription, subjects=["action/2"], of=CONCERNED, organisations=["000000117"])
        # The sheet goes on without the company, which was told of its next event no more.
        await place.plan(subjects=["action/2"], of=CONCERNED, organisations=["000000125"])
        async with place.running():
            (rows,) = await place.closed(subscription)
            attempts = await place.attempts(subscription)

    assert one.ids == [event_id]
    assert [(row.event_id, row.state, row.attempts) for row in rows] == [
        (event_id, DeliveryState.DELIVERED, 1),
        (lost, DeliveryState.DROPPED, 0),
    ]
    assert len(attempts) == 1


async def test_a_trial_is_delivered_though_it_is_in_no_journal(settings: Settings) -> None:
    body = '{"id":"trial","subject":"test/trial"}'
    async with scene(settings) as (place, one, subscription):
        async with place.database.writing() as session:
            row = planned(subscription, position=None, event_id="trial", type="test", subject="test/trial", body=body)
            await session.execute(insert(Delivery), [row])
            request_wakeup(session, DELIVERIES_PENDING)
        await place.closed(subscription)

    assert [received.body for received in one.received] == [body.encode()]


async def test_rotation_under_load_loses_no_delivery(settings: Settings) -> None:
    """The receiver changes its secret in the middle, within the overlap."""

    async def last_signatures() -> int:
        return len(one.received[-1].headers["webhook-signature"].split(" "))

    async with bench(settings) as place, receiver(SECRET) as one:
        subscription = await place.subscribe(one)
        subjects = [f"figure/{number % 20}" for number in range(100)]
        async with place.running():
            ids = await place.plan(subscription, subjects=subjects)
            await one.has(20)
            await place.rotate(subscription, NEW_SECRET, overlap=timedelta(hours=24))
            ids += await place.plan(subscription, subjects=subjects)
            await until(last_signatures, lambda count: count == 2)
            one.secrets[:] = [NEW_SECRET]
            ids += await place.plan(subscription, subjects=subjects)
            await place.closed(subscription)

    assert sorted(one.ids) == sorted(ids)
    assert one.unverified == []


async def test_an_expired_secret_signs_no_more(settings: Settings) -> None:
    async with bench(settings) as place, receiver(NEW_SECRET) as one:
        subscription = await place.subscribe(one)
        await place.rotate(subscription, NEW_SECRET, overlap=timedelta(seconds=-1))
        async with place.running():
            await place.plan(subscription)
            await place.closed(subscription)

    (received,) = one.received
    assert " " not in received.headers["webhook-signature"]


async def test_what_was_planned_while_the_clock_was_ahead_is_delivered_at_once(settings: Settings) -> None:
    async with bench(settings) as place, receiver(SECRET) as one:
        with time_machine.travel(now() + timedelta(hours=2)):
            active, pending = await place.subscribe(one), await place.subscribe(one, pending=True)
            await place.plan(active)
        async with place.running():
            await place.closed(active)
            agreed = await until(lambda: place.read(pending), lambda each: each.status == SubscriptionStatus.ACTIVE)

    assert len(one.received) == 1
    assert agreed.handshake_due_at is None


async def test_a_retry_that_no_delay_asks_for_is_made_at_once(settings: Settings) -> None:
    async with bench(settings, webhook_delays=(3600,)) as place, receiver(SECRET) as one:
        soon, late = await place.subscribe(one), await place.subscribe(one)
        await place.plan(soon, late)
        await tried_once(place, soon, due_at=now() + timedelta(hours=20))
        await tried_once(place, late, due_at=now() + timedelta(days=30))
        async with place.running():
            await place.closed(late)
            waiting = await place.delivery(soon)

    assert waiting.state == DeliveryState.WAITING
    assert len(one.received) == 1


async def tried_once(place: Bench, subscription: Subscription, due_at: datetime) -> None:
    """Let its delivery have failed once, to be tried again at a moment."""
    async with place.database.writing() as session:
        mine = Delivery.subscription_id == subscription.id
        await session.execute(update(Delivery).where(mine).values(attempts=1, next_try_at=due_at))


async def test_a_planned_stop_waits_for_what_is_in_flight_and_repeats_nothing(settings: Settings) -> None:
    release = asyncio.Event()
    async with bench(settings) as place, receiver(SECRET) as one:
        one.always = after(release, status(204))
        subscription = await place.subscribe(one)
        ids = await place.plan(subscription, subjects=["figure/1", "figure/1"])
        place.database.is_leader = True
        async with place.running() as engine:
            await one.has(1)
            engine.cancel()
            release.set()
            await asyncio.wait([engine])
        between = [each.state for each in await place.deliveries(subscription)]
        async with place.running():
            await place.closed(subscription)

    assert between == [DeliveryState.DELIVERED, DeliveryState.WAITING]
    assert one.ids == ids


async def test_a_process_that_no_longer_leads_waits_for_nothing(settings: Settings) -> None:
    async with bench(settings) as place, receiver(SECRET) as one:
        one.always = after(asyncio.Event(), status(204))
        subscription = await place.subscribe(one)
        await place.plan(subscription)
        async with place.running() as engine:
            await one.has(1)
            engine.cancel()
            async with asyncio.timeout(STOP_PATIENCE):
                await asyncio.wait([engine])

    assert engine.cancelled()
