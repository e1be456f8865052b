"""Handshakes that their owner asks for again: few of them leave the platform, whoever their receiver is."""

import asyncio
import time

import pytest

from services.notification.models import DELIVERIES_PENDING, OwnershipProof, Subscription
from services.notification.rules import subscriptions as rules
from shared.clock import now
from shared.security.access import ANONYMOUS
from shared.settings import Settings
from shared.storage.wakeups import request_wakeup
from tests.services.notification.engine import SECRET, bench
from tests.services.notification.receiver import receiver, status


@pytest.mark.parametrize("proof", OwnershipProof)
async def test_an_owner_who_asks_again_and_again_gets_few_handshakes(settings: Settings, proof: OwnershipProof) -> None:
    """Each is due at once, as `verify` makes it; between two of them is a pause."""
    async with bench(settings, webhook_delays=(0.5,)) as place, receiver(SECRET, always=status(403)) as one:
        one.agrees = status(403)
        subscription = await place.subscribe(one, pending=True, proof=proof)
        async with place.running():
            begun = time.monotonic()
            while len(one.handshakes) + len(one.received) < 4:
                async with place.database.writing(by=ANONYMOUS) as session:
                    found = await session.get_one(Subscription, subscription.id, with_for_update=True)
                    rules.verify(found, at=now())
                    request_wakeup(session, DELIVERIES_PENDING)
                await asyncio.sleep(0.02)
            passed = time.monotonic() - begun

    # Without a pause the four would take less than half a second.
    assert passed >= 3 * 0.4
