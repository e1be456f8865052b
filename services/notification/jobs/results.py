"""Results of deliveries: stored in batches, those that come in during a write by the next one."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from services.notification import commands
from services.notification.jobs.subscription_queues import Due, SubscriptionQueue
from services.notification.models import DisabledReason
from shared.clock import now
from shared.pacing import Pace
from shared.security.access import Caller
from shared.storage.database import Database
from shared.telemetry.log import log

BATCH: Final = 1000
"""Maximum results per transaction."""
MANY: Final = 32
"""Results in a transaction above which the next one waits for more."""
INTERVAL: Final = 0.05
"""Seconds between two transactions under load."""
ENGINE: Final = Caller(client_id="deliveries", sub="deliveries")
"""Caller in the history of changes by the engine."""


class Ended(NamedTuple):
    """A delivery with the result of its attempt."""

    queue: SubscriptionQueue
    delivery: Due
    result: commands.AttemptResult


class Results:
    """Results that are not stored yet. `stored` is called with each batch that is."""

    def __init__(
        self, database: Database, *, patience: float, stored: Callable[[Sequence[Ended]], None], wake: asyncio.Event
    ) -> None:
        self._database = database
        self._patience = patience
        self._stored = stored
        self._wake = wake
        self._waiting: list[Ended] = []
        self._some_wait = asyncio.Event()

    def add(self, ended: Ended) -> None:
        """Store a result soon."""
        self._waiting.append(ended)
        self._some_wait.set()

    async def store(self) -> None:
        """Store results as they come in, until cancelled."""
        pace, under_load = Pace(), Pace(INTERVAL)
        batch: Sequence[Ended] = ()
        while True:
            await self._some_wait.wait()
            await (under_load if len(batch) >= MANY else pace).wait()
            batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            if not self._waiting:
                self._some_wait.clear()
            results = [result for _, _, result in batch]
            async with self._database.writing_once() as session:
                await commands.record(session, results, at=now())
            self._stored(batch)
            if any(each.response is not None and not each.response.is_success for each in results):
                await self._give_up(results)

    async def _give_up(self, results: Sequence[commands.AttemptResult]) -> None:
        """Disable subscriptions that are gone or fail for too long, each in its own transaction."""
        failing = {each.subscription_id for each in results if each.response and not each.response.is_success}
        async with self._database.reading(snapshot=False) as session:
            too_long = set(await commands.failing_too_long(session, failing, at=now(), patience=self._patience))
        gone = {(each.subscription_id, each.url) for each in results if each.verdict and each.verdict.gone}
        lost = {(each.subscription_id, each.url) for each in results if each.subscription_id in too_long} - gone
        for ended, reason in ((gone, DisabledReason.GONE), (lost, DisabledReason.FAILING)):
            for subscription_id, url in ended:
                await self._disable(subscription_id, url, reason)

    async def _disable(self, subscription_id: UUID, url: str, reason: DisabledReason) -> None:
        async with self._database.writing(by=ENGINE) as session:
            disabled = await commands.give_up(session, subscription_id, url=url, reason=reason)
        if disabled:
            log.warning("webhook disabled", subscription=str(subscription_id), reason=str(reason))
        self._wake.set()
