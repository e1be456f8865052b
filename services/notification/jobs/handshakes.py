"""The handshake asks a receiver for its consent before the first delivery (CloudEvents, HTTP 1.1 Web Hooks, §4).

A receiver that cannot answer it is sent a challenge in a signed POST instead. Either proves that the address belongs to
the owner of the subscription.
"""

import asyncio
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from services.notification import commands, queries
from services.notification.jobs.credentials import Credentials, unsealed
from services.notification.jobs.http import Sender
from services.notification.jobs.slots import Key, Limits, Peer, Slot, Slots
from services.notification.models import OwnershipProof
from services.notification.rules.challenges import challenge_error
from services.notification.rules.retries import (
    ReceiverResponse,
    delay_before,
    handshake_error,
    pause_between_handshakes,
    retry_after_wait,
)
from services.notification.rules.sealing import Seal
from shared.clock import now
from shared.security.access import Caller
from shared.settings import Settings
from shared.storage.database import Database
from shared.telemetry.log import log

EVERY: Final = Limits(all=256, client=128, receiver=64)
PROMPT: Final = Limits(all=64, client=16, receiver=8)
SLOW: Final = Limits(all=32, client=8, receiver=4)
"""Limits of concurrent handshakes, beside the requests of deliveries: of all, of those with fast and slow receivers."""
NOT_SENT: Final = "not sent: the subscription has changed, or none of its secrets can sign"
HANDSHAKE: Final = Caller(client_id="deliveries", sub="handshake")


class Handshakes:
    """Handshakes in progress, and attempts per receiver since this process leads."""

    def __init__(self, database: Database, settings: Settings, seal: Seal, sender: Sender, wake: asyncio.Event) -> None:
        self._database = database
        self._settings = settings
        self._seal = seal
        self._sender = sender
        self._wake = wake
        self._in_flight: set[UUID] = set()
        """Subscriptions with a handshake under way, or with one that has just ended."""
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
            group.create_task(self._ask(row.id, row.url, row.proof, slot))

    def _resume(self, _: Collection[Key]) -> None:
        if self._has_blocked:
            self._wake.set()

    async def _ask(self, subscription_id: UUID, url: str, proof: OwnershipProof, slot: Slot) -> None:
        ask = self._send_challenge if proof == OwnershipProof.CHALLENGE else self._ask_for_consent
        with slot:
            response, error = await ask(subscription_id, url)
        at = now()
        number = self._attempts.pop((subscription_id, url), 0) + 1
        # What a receiver took without repeating it waits for its owner: another challenge would end this one.
        ends = error is None or (proof == OwnershipProof.CHALLENGE and response.is_success)
        retry_at = None if ends else self._retry_at(number, at, response.retry_after)
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
        self._wake.set()
        # However often its owner asks for another one.
        await asyncio.sleep(pause_between_handshakes(self._settings.webhook_delays).total_seconds())
        self._in_flight.discard(subscription_id)
        self._wake.set()

    async def _ask_for_consent(self, subscription_id: UUID, url: str) -> tuple[ReceiverResponse, str | None]:
        """Send the handshake; return the response and what it lacks."""
        origin = self._settings.webhook_origin
        async with self._database.reading() as session:
            credentials = await self._credentials(session, subscription_id)
        response = await self._sender.send("OPTIONS", url, {**credentials.headers, "WebHook-Request-Origin": origin})
        return response, handshake_error(response, origin=origin)

    async def _send_challenge(self, subscription_id: UUID, url: str) -> tuple[ReceiverResponse, str | None]:
        """Send a new challenge; return the response and what it lacks."""
        at, platform = now(), self._settings.platform
        async with self._database.writing(by=HANDSHAKE) as session:
            challenge = await commands.begin_challenge(session, subscription_id, url=url, at=at, platform=platform)
            credentials = await self._credentials(session, subscription_id)
        if challenge is None or not credentials.keys:
            return ReceiverResponse(None, NOT_SENT), NOT_SENT
        headers = credentials.sign(challenge.event_id, challenge.body, at=at)
        response = await self._sender.send("POST", url, headers, challenge.body)
        return response, challenge_error(challenge.text, response)

    async def _credentials(self, session: AsyncSession, subscription_id: UUID) -> Credentials:
        found = await queries.with_secrets(session, [subscription_id])
        return next((unsealed(self._seal, each, sealed) for each, sealed in found), Credentials((), {}))

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
