"""Hundreds of receivers that hang: the others are served meanwhile, of the same client and of another."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from services.notification.jobs import slots
from services.notification.models import DeliveryState, SubscriptionStatus
from shared.settings import Settings
from tests.services.notification.engine import SECRET, Bench, bench
from tests.services.notification.receiver import Receiver, after, receiver, status

HANGING = 98
"""Receivers of each client that hang: with two more, as many subscriptions as it may have."""
FOREVER = 600.0
"""Seconds for which they hang: longer than any test waits."""


@asynccontextmanager
async def hanging(settings: Settings) -> AsyncIterator[tuple[Bench, Receiver, Receiver]]:
    """A bench, a receiver that hangs at as many addresses as one likes, and a good one."""
    async with AsyncExitStack() as stack:
        place = await stack.enter_async_context(bench(settings, webhook_timeout=FOREVER))
        never = after(asyncio.Event(), status(204))
        bad = await stack.enter_async_context(receiver(SECRET, always=never, host="0.0.0.0"))
        bad.agrees = never
        yield place, bad, await stack.enter_async_context(receiver(SECRET))


def addresses(bad: Receiver, count: int = HANGING) -> list[str]:
    """Addresses of different hosts that are all this one."""
    port = bad.url.rsplit(":", 1)[1]
    return [f"http://127.0.{number // 250 + 1}.{number % 250 + 1}:{port}" for number in range(count)]


@pytest.fixture(autouse=True)
def _soon_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "SLOW_AFTER", 0.3)


@pytest.mark.parametrize("client", ["tests", "another"])
async def test_handshakes_that_hang_hold_up_no_other_handshake(on_sqlite: Settings, client: str) -> None:
    async with hanging(on_sqlite) as (place, bad, good):
        for url in addresses(bad):
            await place.subscribe(url, pending=True)
        late = await place.subscribe(good, pending=True, client_id=client)
        async with place.running():
            found = await place.has_status(late, SubscriptionStatus.ACTIVE)

    assert found.verified_at is not None


@pytest.mark.parametrize("client", ["client 0", "another"])
async def test_deliveries_that_hang_hold_up_no_other_delivery(on_sqlite: Settings, client: str) -> None:
    async with hanging(on_sqlite) as (place, bad, good):
        owners = {url: f"client {number % 3}" for number, url in enumerate(addresses(bad, 3 * HANGING))}
        subscriptions = [await place.subscribe(url, client_id=owner) for url, owner in owners.items()]
        last = await place.subscribe(good, client_id=client)
        await place.plan(*subscriptions, subjects=["figure/1", "figure/2"])
        await place.plan(last, subjects=[f"figure/{number}" for number in range(50)])
        async with place.running():
            (rows,) = await place.closed(last)

    assert {row.state for row in rows} == {DeliveryState.DELIVERED}


async def test_a_receiver_that_hangs_is_paused(on_sqlite: Settings) -> None:
    """Its deliveries are due at once again; without a pause they would be tried in turn without end."""
    never = after(asyncio.Event(), status(204))
    quick = bench(on_sqlite, webhook_timeout=0.3, webhook_delays=(0.0,) * 50)
    async with quick as place, receiver(SECRET, always=never) as bad, receiver(SECRET) as good:
        hung, other = await place.subscribe(bad), await place.subscribe(good)
        await place.plan(hung, subjects=[f"figure/{number}" for number in range(40)])
        async with place.running():
            attempts = await place.tried(hung, 4)
            await place.plan(other)
            await place.closed(other)

    # Two at a time at first, then one after each pause: of 0.3 s, of 0.6 s.
    moments = sorted(each.at for each in attempts)
    assert (moments[2] - moments[1]).total_seconds() >= 0.3 + 0.3
    assert (moments[3] - moments[2]).total_seconds() >= 0.3 + 0.6
