"""The handshake asks a receiver for its consent before the first delivery (CloudEvents, HTTP 1.1 Web Hooks, §4)."""

import asyncio
import secrets
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from services.notification import commands
from services.notification.jobs.http import Sender
from services.notification.rules.retries import delay_before, handshake_error, retry_after_wait
from shared.clock import now
from shared.security.access import Caller
from shared.settings import Settings
from shared.storage.database import Database
from shared.telemetry.log import log

MAX_HANDSHAKES: Final = 32
"""Maximum number of concurrent handshakes, beside the requests of deliveries."""
HANDSHAKE: Final = Caller(client_id="deliveries", sub="handshake")


class Handshakes:
    """Handshakes in progress, and attempts per receiver since this process leads."""

    def __init__(self, database: Database, settings: Settings, sender: Sender, wake: asyncio.Event) -> None:
        self._database = database
        self._settings = settings
        self._sender = sender
        self._wake = wake
        self._in_flight: set[UUID] = set()
        self._attempts: dict[tuple[UUID, str], int] = {}

    def begin(self, group: asyncio.TaskGroup, row: Row[Any]) -> None:
        """Start a handshake with a receiver, unless one is in flight."""
        if row.id not in self._in_flight and len(self._in_flight) < MAX_HANDSHAKES:
            self._in_flight.add(row.id)
            group.create_task(self._ask(row.id, row.url))

    async def _ask(self, subscription_id: UUID, url: str) -> None:
        origin = self._settings.webhook_origin
        response = await self._sender.send("OPTIONS", url, {"WebHook-Request-Origin": origin})
        at = now()
        error = handshake_error(response, origin=origin)
        number = self._attempts.pop((subscription_id, url), 0) + 1
        retry_at = None if error is None else self._retry_at(number, at, response.retry_after)
        async with self._database.writing(by=HANDSHAKE) as session:
            is_stored = await commands.record_handshake(
                session, subscription_id, url=url, at=at, error=error, retry_at=retry_at
            )
        # After consent or the last attempt, another handshake starts with attempt 1.
        if is_stored and retry_at:
            self._attempts[subscription_id, url] = number
        log.info(
            "webhook handshake",
            subscription=str(subscription_id),
            attempt=number,
            status=response.status,
            ms=response.ms,
            outcome="refused" if error else "agreed",
            **({"error": error} if error else {}),
        )
        self._in_flight.discard(subscription_id)
        self._wake.set()

    def _retry_at(self, number: int, at: datetime, retry_after: str | None) -> datetime | None:
        delay = delay_before(number + 1, self._settings.webhook_delays, secrets.randbelow(1001) / 1000)
        return None if delay is None else at + max(delay, retry_after_wait(retry_after, at=at))
