"""A receiver has moved, or two engines were at work for a moment: what comes late changes nothing."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from services.notification.commands import deliveries as commands
from services.notification.commands.deliveries import AttemptResult
from services.notification.jobs.http import Sender
from services.notification.models import DELIVERIES_PENDING, Attempt, DeliveryState, SubscriptionStatus
from services.notification.rules.retries import DeliveryDecision, ReceiverResponse
from shared.clock import now
from shared.settings import Settings
from shared.storage.wakeups import request_wakeup
from tests.services.notification.engine import SECRET, bench
from tests.services.notification.receiver import Answering, Receiver, after, receiver, status
from tests.support.waiting import until


@pytest.mark.parametrize("late", [status(410), status(429, Retry_After="3600"), status(500)], ids=["410", "429", "500"])
async def test_a_late_answer_of_the_former_address_is_not_held_against_the_new_one(
    settings: Settings, late: Answering
) -> None:
    release = asyncio.Event()
    async with (
        bench(settings) as place,
        receiver(SECRET, always=after(release, late)) as former,
        receiver(SECRET) as present,
    ):
        subscription = await place.subscribe(former)
        async with place.running():
            await place.plan(subscription, subjects=["figure/1"])
            await former.has(1)
            await place.change(subscription, url=present.url)
            [second] = await place.plan(subscription, subjects=["figure/2"])
            await until(lambda: came(present), lambda ids: second in ids)
            release.set()
            [first, *_] = [each.event_id for each in await place.deliveries(subscription)]
            await place.tried(subscription, 2)
            [third] = await place.plan(subscription, subjects=["figure/3"])
            await until(lambda: came(present), lambda ids: third in ids)
            found = await place.read(subscription)

    assert first in former.ids
    assert found.status == SubscriptionStatus.ACTIVE
    assert found.failing_since is None


async def came(to: Receiver) -> list[str]:
    """Return the ids that a receiver has."""
    return to.ids


async def test_a_try_that_another_engine_has_written_is_not_written_again(settings: Settings) -> None:
    """The one that led before wrote its failure between our reading and our writing: ours is left out, alone."""
    async with bench(settings) as place:
        subscription = await place.subscribe("http://127.0.0.1:9/")
        await place.plan(subscription, subjects=["figure/1", "figure/2"])
        one, two = [each.id for each in await place.deliveries(subscription)]
        later = now() + timedelta(hours=1)
        failed = AttemptResult(
            one, subscription.id, 1, now(), DeliveryDecision("waiting", later, error="x"), ReceiverResponse(500), ""
        )
        done = AttemptResult(two, subscription.id, 1, now(), DeliveryDecision("delivered"), ReceiverResponse(204), "")

        for results in ([failed], [failed, done]):
            async with place.database.writing() as session:
                await commands.record(session, results, at=now())
                request_wakeup(session, DELIVERIES_PENDING)
        states = [each.state for each in await place.deliveries(subscription)]
        async with place.database.reading() as session:
            tries = await session.scalar(select(func.count()).select_from(Attempt))

    assert states == [DeliveryState.WAITING, DeliveryState.DELIVERED]
    assert tries == 2


async def test_what_an_address_keeps_secret_is_in_no_words_of_an_error() -> None:
    """Some receivers are told by a token in their address who is calling."""

    async def odd(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 abc nonsense\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(odd, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, Sender(timeout=5, loopback_allowed=True) as sender:
        answer = await sender.send("POST", f"http://127.0.0.1:{port}/hook?token=PRIVATE", {}, b"{}")

    assert answer.status is None
    assert answer.error
    assert "PRIVATE" not in answer.error
