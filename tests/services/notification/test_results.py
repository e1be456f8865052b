"""Results of attempts: one statement on PostgreSQL, and a deletion at the same time stops neither."""

import asyncio
from datetime import datetime, timedelta
from typing import Final

import pytest

from services.notification.commands import AttemptResult, record
from services.notification.models import Delivery, DeliveryState, Subscription
from services.notification.rules.retries import DeliveryDecision, ReceiverResponse
from shared.clock import now
from shared.settings import Settings
from tests.services.notification.engine import Bench, bench

LATER: Final = timedelta(hours=1)
URL: Final = "http://127.0.0.1:9/"


def result(delivery: Delivery, status: int, verdict: DeliveryDecision, at: datetime) -> AttemptResult:
    """The result of the first attempt."""
    return AttemptResult(delivery.id, delivery.subscription_id, 1, at, verdict, ReceiverResponse(status, ms=3), URL)


async def store(place: Bench, *results: AttemptResult) -> None:
    """Store results as the engine does."""
    async with place.database.writing_once() as session:
        await record(session, results, at=now())


async def test_every_outcome_is_stored(settings: Settings) -> None:
    at = now()
    async with bench(settings) as place:
        subscription = await place.subscribe(URL)
        await place.plan(subscription, subjects=[f"figure/{number}" for number in range(4)])
        well, later, failed, dropped = await place.deliveries(subscription)
        await store(
            place,
            result(well, 204, DeliveryDecision("delivered"), at),
            result(later, 500, DeliveryDecision("waiting", at + LATER, error="status 500"), at),
            result(failed, 500, DeliveryDecision("failed", error="status 500"), at),
            AttemptResult(dropped.id, subscription.id, 0, at),
        )
        rows = await place.deliveries(subscription)
        attempts = await place.attempts(subscription)

    assert [(row.state, row.attempts, row.closed_at is None) for row in rows] == [
        (DeliveryState.DELIVERED, 1, False),
        (DeliveryState.WAITING, 1, True),
        (DeliveryState.FAILED, 1, False),
        (DeliveryState.DROPPED, 0, False),
    ]
    assert rows[1].next_try_at == at + LATER
    assert [(each.number, each.status, each.error, each.ms, each.at) for each in attempts] == [
        (1, 204, None, 3, at),
        (1, 500, "status 500", 3, at),
        (1, 500, "status 500", 3, at),
    ]


async def test_a_receiver_fails_since_its_first_failure_after_its_last_success(settings: Settings) -> None:
    async with bench(settings) as place:
        subscription = await place.subscribe(URL)
        await place.plan(subscription, subjects=[f"figure/{number}" for number in range(4)])
        first, second, third, fourth = await place.deliveries(subscription)
        since = []
        for delivery, status in ((first, 500), (second, 500), (third, 204)):
            state = DeliveryDecision("delivered" if status == 204 else "failed")
            await store(place, result(delivery, status, state, now()))
            since.append((await place.read(subscription)).failing_since)
        elsewhere = result(fourth, 500, DeliveryDecision("failed"), now())
        elsewhere.url = "http://127.0.0.1:9/former"
        await store(place, elsewhere)
        since.append((await place.read(subscription)).failing_since)

    assert since[0] is not None
    assert since == [since[0], since[0], None, None]


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
async def test_results_and_a_deletion_never_wait_for_each_other_in_a_circle(settings: Settings) -> None:
    async with bench(settings) as place:
        for _ in range(10):
            kept, deleted = await place.subscribe(URL), await place.subscribe(URL)
            await place.plan(kept, deleted, subjects=[f"figure/{number}" for number in range(40)])
            # In the other order than that of the ids.
            deliveries = [*reversed(await place.deliveries(deleted)), *reversed(await place.deliveries(kept))]
            failed = DeliveryDecision("waiting", now() + LATER)
            results = [result(each, 500, failed, now()) for each in deliveries]
            await asyncio.gather(store(place, *results), delete(place, deleted), store(place, *reversed(results)))
            tried = await place.attempts(kept)
            assert len(tried) == 40


async def delete(place: Bench, subscription: Subscription) -> None:
    """Delete it as its owner does: the lock first."""
    async with place.database.writing() as session:
        found = await session.get_one(Subscription, subscription.id, with_for_update=True)
        await session.delete(found)
