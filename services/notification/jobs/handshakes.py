"""The handshake asks a receiver for its consent before the first delivery (CloudEvents, HTTP 1.1 Web Hooks, §4)."""

import asyncio
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from services.notification import commands
from services.notification.jobs.http import Sender
from services.notification.jobs.slots import Key, Limits, Peer, Slot, Slots
from services.notification.rules.retries import (
    ReceiverResponse,
    delay_before,
    handshake_error,
    retry_after_wait,
)
from shared.clock import now
from shared.security.access import Caller
from shared.settings import Settings
from shared.storage.database import Database
from shared.telemetry.log import log

EVERY: Final = Limits(all=256, client=128, receiver=64)
PROMPT: Final = Limits(all=64, client=16, receiver=8)
SLOW: Final = Limits(all=32, client=8, receiver=4)
"""Limits of concurrent handshakes, beside the requests of deliveries: of all, of those with fast and slow receivers."""
HANDSHAKE: Final = Caller(client_id="deliveries", sub="handshake")


class Handshakes:
    """Handshakes in progress, and attempts per receiver since this process leads."""

    def __init__(self, database: Database, settings: Settings, sender: Sender, wake: asyncio.Event) -> None:
        self._database = database
        self._settings = settings
        self._sender = sender
        self._wake = wake
        self._in_flight: set[UUID] = set()
        self._slots = Slots(every=EVERY, prompt=PROMPT, slow=SLOW, freed=self._resume)
        self._has_blocked = False
        """Some handshake waits for a slot."""
        self._slow: set[UUID] = set()
        """Subscriptions whose last handshake was slow, and is to be repeated."""
        self._attempts: dict[tuple[UUID, str], int] = {}

    def begin(self, group: asyncio.TaskGroup, due: Sequence[Row[Any]]) -> None:
        """Start the handshakes that are due, the oldest first, as far as there are slots."""
        self._has_blocked = False
        for row in sorted(due, key=lambda row: row.handshake_due_at):
            of, is_slow = Peer.of(row.client_id, row.url), row.id in self._slow
            if row.id in self._in_flight:
                continue
            if self._slots.reached(of, is_slow=is_slow):
                self._has_blocked = True
                continue
            self._in_flight.add(row.id)
            slot = self._slots.take(of, is_slow=is_slow, slowed=partial(self._slow.add, row.id))
            group.create_task(self._ask(row.id, row.url, slot))

    def _resume(self, _: Collection[Key]) -> None:
        if self._has_blocked:
            self._wake.set()

    async def _ask(self, subscription_id: UUID, url: str, slot: Slot) -> None:
        origin = self._settings.webhook_origin
        with slot:
            response = await self._sender.send("OPTIONS", url, {"WebHook-Request-Origin": origin})
        at = now()
        error = handshake_error(response, origin=origin)
        number = self._attempts.pop((subscription_id, url), 0) + 1
        retry_at = None if error is None else self._retry_at(number, at, response.retry_after)
        async with self._database.writing(by=HANDSHAKE) as session:
            is_stored = await commands.record_handshake(
                session, subscription_id, url=url, at=at, error=error, retry_at=retry_at
            )
        if retry_at is None or not slot.was_slow:
            self._slow.discard(subscription_id)
        # After consent or the last attempt, another handshake starts with attempt 1.
        if is_stored and retry_at:
            self._attempts[subscription_id, url] = number
        _log(subscription_id, number, response, error)
        self._in_flight.discard(subscription_id)
        self._wake.set()

    def _retry_at(self, number: int, at: datetime, retry_after: str | None) -> datetime | None:
        delay = delay_before(number + 1, self._settings.webhook_delays, secrets.randbelow(1001) / 1000)
        return None if delay is None else at + max(delay, retry_after_wait(retry_after, at=at))


def _log(subscription_id: UUID, number: int, response: ReceiverResponse, error: str | None) -> None:
    log.info(
        "webhook handshake",
        subscription=str(subscription_id),
        attempt=number,
        status=response.status,
        ms=response.ms,
        outcome="refused" if error else "agreed",
        **({"error": error} if error else {}),
    )
