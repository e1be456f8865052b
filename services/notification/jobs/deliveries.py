"""The delivery engine: sends what is due, writes down what came back, in the one leading process.

Each subscription has a lane of its own, with few requests under way at a time and fewer once it is overloaded, so one
that hangs holds nobody else. Reading and writing are batched: one look fills all lanes that have room, and one
transaction takes all answers that came while the one before was being committed. A delivery is done once its attempt
is written, and only then does the next of its subject follow; what was not written is sent again, under the same id.
"""

import asyncio
import secrets
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from services.notification import commands, queries
from services.notification.jobs import telemetry
from services.notification.jobs.handshakes import Handshakes
from services.notification.jobs.http import Sender
from services.notification.jobs.subscription_queues import Due, Events, Keys, SubscriptionQueue, open_queue
from services.notification.models import (
    DELIVERIES_PENDING,
    DisabledReason,
    Subscription,
    SubscriptionSecret,
    SubscriptionStatus,
)
from services.notification.rules.retries import Answer, asked_wait, judge, paced
from services.notification.rules.sealing import Seal
from services.notification.rules.signatures import signed
from services.notification.settings import seal_of
from shared.cancelling import cancellable
from shared.clock import now
from shared.failpoints import failpoint
from shared.security.access import Caller
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.wakeups import HISTORY_PENDING, BackgroundTask, wait_for_wakeup
from shared.telemetry.log import log
from shared.telemetry.traces import Span, carried

IN_ALL: Final = 256
"""Requests at a time to all receivers together, under way or answered and not yet written: as many may be repeated."""
BATCH: Final = 64
"""Deliveries read at a time for one lane."""
MAX_QUEUES: Final = 100
"""Lanes that one question fills."""
WRITTEN_AT_ONCE: Final = 1000
LONGEST_PAUSE: Final = timedelta(seconds=30)
"""Without any news, a look all the same: clocks are set now and then."""
ENGINE: Final = Caller(client_id="deliveries", sub="deliveries")
"""Caller in the history of changes by the engine."""


def deliver(database: Database, settings: Settings) -> BackgroundTask:
    """Deliver whenever there is something due; until cancelled."""
    seal = seal_of(settings, database)

    async def run(wake: asyncio.Event) -> None:
        await Engine(database, settings, seal, wake).run()

    return BackgroundTask(run, on=frozenset([DELIVERIES_PENDING, HISTORY_PENDING]))


class Engine:
    """State in memory. It starts empty and leaves nothing but stored results."""

    def __init__(self, database: Database, settings: Settings, seal: Seal, wake: asyncio.Event) -> None:
        self._database = database
        self._settings = settings
        self._seal = seal
        self._wake = wake
        self._queues: dict[UUID, SubscriptionQueue] = {}
        self._turns: dict[SubscriptionQueue, None] = {}
        """Lanes that may have something to send, in the order of their turns."""
        self._events = Events()
        self._under_way = 0
        self._unwritten: list[tuple[SubscriptionQueue, Due, commands.Outcome]] = []
        self._answered = asyncio.Event()
        self._closed_meanwhile: set[int] = set()
        """Written since the present look began, which may have seen them as they were before."""
        self._held_meanwhile: set[tuple[UUID, str]] = set()

    async def run(self) -> None:
        """Look, send, and wait for news or for the next moment at which something is due; until cancelled."""
        sender = Sender(
            timeout=self._settings.webhook_timeout, loopback_allowed=self._settings.dangerous_loopback_webhooks
        )
        async with cancellable(), sender, asyncio.TaskGroup() as group:
            self._sender, self._group = sender, group
            self._handshakes = Handshakes(self._database, self._settings, sender, self._wake)
            group.create_task(self._write())
            while True:
                self._wake.clear()
                await wait_for_wakeup(self._wake, await self._look())

    # Reading

    async def _look(self) -> float:
        """Fill the lanes, start what may start; how many seconds until something else is due."""
        at = now()
        self._closed_meanwhile.clear()
        self._held_meanwhile.clear()
        async with self._database.reading() as session:
            rows = await queries.standing(session, at)
            active = [row for row in rows if row.status == SubscriptionStatus.ACTIVE]
            await self._renew(session, active)
            await self._fill(session, [row for row in active if row.earliest and row.earliest <= at], at)
        for row in rows:
            if row.status == SubscriptionStatus.PENDING and row.handshake_due_at <= at:
                self._handshakes.begin(self._group, row)
        for queue in self._queues.values():
            self._start(queue)
        telemetry.measure(self._database.service, active, at)
        return self._seconds_to_next(rows, at)

    def _seconds_to_next(self, rows: Sequence[Row[Any]], at: datetime) -> float:
        moments = [row.following for row in rows if row.status == SubscriptionStatus.ACTIVE and row.following]
        moments += [row.handshake_due_at for row in rows if row.status == SubscriptionStatus.PENDING]
        moments += [queue.paused_until for queue in self._queues.values() if queue.paused_until]
        upcoming = [moment - at for moment in moments if moment > at]
        pause: timedelta = min([*upcoming, LONGEST_PAUSE])
        return max(pause.total_seconds(), 0.001)

    async def _renew(self, session: AsyncSession, active: Sequence[Row[Any]]) -> None:
        """Open lanes for those who are new, renew those that were changed, close those that are off."""
        versions = {row.id: row.version for row in active}
        for key, former in list(self._queues.items()):
            if key not in versions:
                former.is_open = False
                former.forget()
                if not former.known:
                    del self._queues[key]
        present = {key: queue.version for key, queue in self._queues.items()}
        if changed := [key for key, version in versions.items() if present.get(key) != version]:
            for subscription, sealed in await queries.with_secrets(session, changed):
                keys = self._opened(subscription, sealed)
                if queue := self._queues.get(subscription.id):
                    queue.renew(subscription, keys)
                else:
                    self._queues[subscription.id] = open_queue(subscription, keys)

    def _opened(self, subscription: Subscription, sealed: Sequence[SubscriptionSecret]) -> Keys:
        opened: list[tuple[bytes, datetime | None]] = []
        for each in sealed:
            try:
                opened.append((self._seal.open(each.sealed, subscription.id), each.expires_at))
            except Exception as error:  # of whatever the seal is made; the others sign
                log.error("a webhook's secret does not open", subscription=str(subscription.id), error=repr(error))
        return opened

    async def _fill(self, session: AsyncSession, rows: Sequence[Row[Any]], at: datetime) -> None:
        """Read what is due for every lane with room."""
        queues = {row.id: self._queues[row.id] for row in rows if row.id in self._queues}
        for queue in queues.values():
            # Of one without room, what is due is read when it has some.
            queue.more = not queue.has_room(at)
        if not (roomy := {key: queue for key, queue in queues.items() if not queue.more}):
            return
        found: list[Row[Any]] = []
        for start in range(0, len(roomy), MAX_QUEUES):
            part = list(roomy)[start : start + MAX_QUEUES]
            known = [each for key in part for each in roomy[key].known]
            found += await queries.due_deliveries(session, part, known=known, at=at, limit=BATCH)
        events = await self._events.at(session, {row.position for row in found if row.position is not None})
        counted = Counter(row.subscription_id for row in found)
        for key, queue in roomy.items():
            queue.note_read()
            queue.more = counted[key] == BATCH
            if counted[key] and not queue.has_fresh_access_scope():
                queue.note_access_scope(await queries.access_scope_of(session, queue.subscription.owner))
        for row in found:
            queue = roomy[row.subscription_id]
            if row.position is None:
                # A test: of nothing that happened, and asked for by its owner.
                self._place(queue, row, (row.body or "").encode(), may=True)
            else:
                entry, body = events.get(row.position, (None, b""))
                self._place(queue, row, body, may=entry is not None and queue.may_receive(entry))

    def _place(self, queue: SubscriptionQueue, row: Row[Any], body: bytes, *, may: bool) -> None:
        if row.id in self._closed_meanwhile or row.id in queue.known:
            return
        if (queue.id, row.subject) in self._held_meanwhile:
            queue.more = True
            self._wake.set()
            return
        delivery = Due(row.id, row.event_id, row.type, row.subject, body, row.attempts)
        if may:
            queue.add(delivery)
        else:
            queue.known.add(delivery.id)
            outcome = commands.Outcome(delivery.id, queue.id, delivery.attempts, now())
            self._unwritten.append((queue, delivery, outcome))
            self._answered.set()

    # Sending

    def _start(self, queue: SubscriptionQueue) -> None:
        """Start what may start now."""
        self._turns[queue] = None
        while taken := self._take():
            self._group.create_task(self._deliver(*taken))

    def _take(self) -> tuple[SubscriptionQueue, Due] | None:
        """The next to send, each lane in its turn; None if nobody has anything, or too much is under way."""
        at = now()
        while self._turns and self._under_way < IN_ALL:
            queue = next(iter(self._turns))
            del self._turns[queue]
            delivery = queue.take(at)
            if queue.more and queue.has_room(at):
                queue.more = False
                self._wake.set()
            if delivery:
                self._turns[queue] = None
                self._under_way += 1
                return queue, delivery
        return None

    async def _deliver(self, queue: SubscriptionQueue, delivery: Due) -> None:
        """Send it, and go on with whatever comes next: a task for each would cost a tenth of the sending."""
        taken: tuple[SubscriptionQueue, Due] | None = (queue, delivery)
        while taken:
            queue, delivery = taken
            await self._send(queue, delivery)
            self._turns[queue] = None
            taken = self._take()
            if queue.is_ready:
                self._start(queue)

    async def _send(self, queue: SubscriptionQueue, delivery: Due) -> None:
        at = now()
        span = Span(carried(delivery.body))
        headers = signed(
            queue.keys_at(at), event_id=delivery.event_id, timestamp=int(at.timestamp()), body=delivery.body
        )
        if span.trace.is_sampled:
            # Else its receiver would take it for a wish that nobody records what follows.
            headers["traceparent"] = str(span.trace)
        url = queue.subscription.url
        answer = await self._sender.send("POST", url, headers, delivery.body)
        failpoint("after-post")
        number = delivery.attempts + 1
        chance = secrets.randbelow(1001) / 1000 if not answer.is_success else 0
        verdict = judge(answer, number=number, delays=self._settings.webhook_delays, at=now(), chance=chance)
        outcome = commands.Outcome(delivery.id, queue.id, number, at, verdict, answer, url, span.trace)
        telemetry.trace(self._database.service, span, queue.name, delivery, outcome)
        queue.under_way -= 1
        # Of an address that its owner has left meanwhile, nothing follows for the new one.
        if url == queue.subscription.url:
            self._pace(queue, answer)
            queue.is_open = queue.is_open and not verdict.gone
        self._unwritten.append((queue, delivery, outcome))
        self._answered.set()

    def _pace(self, queue: SubscriptionQueue, answer: Answer) -> None:
        """Less at a time for who is overloaded, and nothing at all for as long as it asks."""
        queue.at_once = paced(queue.at_once, answer)
        if answer.is_overload and (wait := asked_wait(answer.retry_after, at=now())):
            queue.paused_until = now() + wait
            self._wake.set()

    # Writing

    async def _write(self) -> None:
        """Write down what was answered, as it comes: what comes during a commit is written by the next."""
        while True:
            await self._answered.wait()
            self._answered.clear()
            batch, self._unwritten = self._unwritten[:WRITTEN_AT_ONCE], self._unwritten[WRITTEN_AT_ONCE:]
            if self._unwritten:
                self._answered.set()
            outcomes = [outcome for _, _, outcome in batch]
            async with self._database.writing(by=ENGINE) as session:
                await commands.record(session, outcomes, at=now())
                failing = {each.subscription_id for each in outcomes if each.answer and not each.answer.is_success}
                patience = self._settings.webhook_patience
                hopeless = await commands.hopeless(session, failing, at=now(), patience=patience) if failing else ()
            for queue, delivery, outcome in batch:
                self._close(queue, delivery, outcome)
            for queue in {queue for queue, _, _ in batch}:
                self._start(queue)
            await self._give_up(outcomes, set(hopeless))

    def _close(self, queue: SubscriptionQueue, delivery: Due, outcome: commands.Outcome) -> None:
        """It is written: those behind it follow, or are held."""
        telemetry.record(self._database.service, queue.name, delivery, outcome)
        self._closed_meanwhile.add(delivery.id)
        held = outcome.verdict is not None and outcome.verdict.next_try_at is not None
        if held:
            self._held_meanwhile.add((queue.id, delivery.subject))
        if outcome.verdict is None:
            queue.known.discard(delivery.id)
        else:
            self._under_way -= 1
            queue.close(delivery, held=held)
        # It has held others, which come into sight now; or it is to be tried again before anything else is due.
        if held or delivery.attempts:
            self._wake.set()

    async def _give_up(self, outcomes: Sequence[commands.Outcome], hopeless: set[UUID]) -> None:
        """Disable those that are gone, or have failed for days: a transaction for each, after what it is due to."""
        gone = {(each.subscription_id, each.url) for each in outcomes if each.verdict and each.verdict.gone}
        lost = {(each.subscription_id, each.url) for each in outcomes if each.subscription_id in hopeless} - gone
        for ended, reason in ((gone, DisabledReason.GONE), (lost, DisabledReason.FAILING)):
            for subscription_id, url in ended:
                async with self._database.writing(by=ENGINE) as session:
                    disabled = await commands.give_up(session, subscription_id, url=url, reason=reason)
                if disabled:
                    log.warning("webhook disabled", subscription=str(subscription_id), reason=str(reason))
                self._wake.set()
