"""The handshake before the first delivery: a receiver is asked whether it wants them (CloudEvents HTTP webhook, §4)."""

import asyncio
import secrets
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from services.notification import commands
from services.notification.jobs.http import Sender
from services.notification.rules.retries import agrees, asked_wait, delay_before
from shared.clock import now
from shared.security.access import Caller
from shared.settings import Settings
from shared.storage.database import Database
from shared.telemetry.log import log

AT_ONCE: Final = 32
"""Receivers asked at a time; not of the room that deliveries have."""
HANDSHAKE: Final = Caller(client_id="deliveries", sub="handshake")


class Handshakes:
    """Handshakes in progress, and attempts per receiver since this process leads."""

    def __init__(self, database: Database, settings: Settings, sender: Sender, wake: asyncio.Event) -> None:
        self._database = database
        self._settings = settings
        self._sender = sender
        self._wake = wake
        self._under_way: set[UUID] = set()
        self._tries: dict[tuple[UUID, str], int] = {}

    def begin(self, group: asyncio.TaskGroup, row: Row[Any]) -> None:
        """Ask a receiver, unless it is being asked."""
        if row.id not in self._under_way and len(self._under_way) < AT_ONCE:
            self._under_way.add(row.id)
            group.create_task(self._ask(row.id, row.url))

    async def _ask(self, subscription_id: UUID, url: str) -> None:
        origin = self._settings.webhook_origin
        answer = await self._sender.send("OPTIONS", url, {"WebHook-Request-Origin": origin})
        at = now()
        lacks = agrees(answer, origin=origin)
        number = self._tries.pop((subscription_id, url), 0) + 1
        again = None if lacks is None else self._again(number, at, answer.retry_after)
        async with self._database.writing(by=HANDSHAKE) as session:
            noted = await commands.shake_hands(session, subscription_id, url=url, at=at, lacks=lacks, again=again)
        # Once it agreed, or all tries are over, whoever asks for another handshake begins at the first.
        if noted and again:
            self._tries[subscription_id, url] = number
        log.info(
            "webhook handshake",
            subscription=str(subscription_id),
            attempt=number,
            status=answer.status,
            ms=answer.ms,
            outcome="refused" if lacks else "agreed",
            **({"error": lacks} if lacks else {}),
        )
        self._under_way.discard(subscription_id)
        self._wake.set()

    def _again(self, number: int, at: datetime, retry_after: str | None) -> datetime | None:
        delay = delay_before(number + 1, self._settings.webhook_delays, secrets.randbelow(1001) / 1000)
        return None if delay is None else at + max(delay, asked_wait(retry_after, at=at))
