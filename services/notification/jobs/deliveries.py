"""The delivery engine sends due deliveries and stores the results. It runs in the leading process only.

Each subscription has its own queue with a limited concurrency, which is lowered after an overload: a slow receiver does
not delay the others. The planning hands new deliveries over in memory. Others are read: one poll fills all queues that
have room. Results that came in during a write are stored by the next one. A delivery is done once its result is stored,
and only then the next one of its subject is sent. After a crash, deliveries without a stored result are sent again,
with the same id.
"""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from services.notification import commands, queries
from services.notification.jobs import telemetry
from services.notification.jobs.credentials import unsealed
from services.notification.jobs.handshakes import Handshakes
from services.notification.jobs.http import Sender
from services.notification.jobs.proxies import proxy_of
from services.notification.jobs.results import ENGINE, Ended, Results
from services.notification.jobs.slots import Key, Limits, Slot, Slots
from services.notification.jobs.subscription_queues import Due, Events, JournalNews, SubscriptionQueue, open_queue
from services.notification.models import (
    DELIVERIES_PENDING,
    JOURNAL_PENDING,
    SubscriptionStatus,
)
from services.notification.rules.retries import ReceiverResponse, judge, next_concurrency, retry_after_wait
from services.notification.rules.sealing import Seal
from services.notification.settings import seal_of
from shared.cancelling import cancellable, cancelled
from shared.clock import ClockWatch, now
from shared.failpoints import failpoint
from shared.pacing import Pace
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.wakeups import HISTORY_PENDING, BackgroundTask, wait_for_wakeup
from shared.telemetry.traces import Span, carried

MAX_IN_FLIGHT: Final = 512
"""Maximum requests without a stored result, over all receivers; so many may be repeated after a crash."""
EVERY: Final = Limits(all=MAX_IN_FLIGHT, client=128, receiver=64)
PROMPT: Final = Limits(all=192, client=48, receiver=16)
SLOW: Final = Limits(all=64, client=16, receiver=8)
"""Limits of the requests in flight: of all together, and of those that start to fast and to slow receivers."""
BATCH: Final = 64
"""Deliveries per query and queue."""
MAX_QUEUES: Final = 100
"""Subscription queues per query."""
STOP_PATIENCE: Final = 5.0
"""Maximum seconds at a stop for the requests in flight; without a stored result they are sent again."""
MAX_POLL_INTERVAL: Final = timedelta(seconds=30)
"""Poll at least this often, since a clock may be set."""


def deliver(database: Database, settings: Settings) -> BackgroundTask:
    """Return the background task that sends deliveries when they are due."""
    seal = seal_of(settings, database)

    async def run(wake: asyncio.Event) -> None:
        await Engine(database, settings, seal, wake).run()

    # New events are handed over when they are planned. Those that could not be may end the access to deliveries too.
    return BackgroundTask(run, on=frozenset([DELIVERIES_PENDING, HISTORY_PENDING, JOURNAL_PENDING]))


Taken = tuple[SubscriptionQueue, Due, Slot]
"""A delivery that is sent next, with its queue and its slot."""


class Engine:
    """State in memory. It starts empty and leaves nothing but stored results."""

    def __init__(self, database: Database, settings: Settings, seal: Seal, wake: asyncio.Event) -> None:
        self._database = database
        self._settings = settings
        self._seal = seal
        self._wake = wake
        self._queues: dict[UUID, SubscriptionQueue] = {}
        self._turns: dict[SubscriptionQueue, None] = {}
        """Queues that may have something to send, in round-robin order (a dict as an ordered set)."""
        self._slots = Slots(every=EVERY, prompt=PROMPT, slow=SLOW, freed=self._resume)
        self._blocked: dict[Key, dict[SubscriptionQueue, None]] = {}
        """Queues that have something to send and wait for room, by the limit that was reached."""
        self._events = Events()
        self._in_flight = 0
        self._results = Results(database, patience=settings.webhook_patience, stored=self._close_all, wake=wake)
        self._is_polling = True
        """True until the first poll has ended, and during each."""
        self._closed_since_poll: set[int] = set()
        """Deliveries stored since the present poll began, whose query may have read their old state."""
        self._held_since_poll: set[tuple[UUID, str]] = set()
        self._left_out: set[tuple[UUID, str]] = set()
        """Subjects with a delivery that was read before its turn; the next close of their deliveries polls again."""

    async def run(self) -> None:
        """Poll, send, and wait for a wake-up or the next due time; until cancelled."""
        sender = Sender(
            timeout=self._settings.webhook_timeout,
            loopback_allowed=self._settings.dangerous_loopback_webhooks,
            networks=self._settings.webhook_networks,
            proxy=proxy_of(self._settings),
        )
        taking = self._database.wakeups.taking(DELIVERIES_PENDING, self._take_over)
        async with cancellable(), sender, asyncio.TaskGroup() as group:
            self._sender, self._group = sender, group
            self._handshakes = Handshakes(self._database, self._settings, self._seal, sender, self._wake)
            group.create_task(self._results.store())
            clock = ClockWatch()
            # Whoever led before may have had a clock that was ahead.
            await self._bring_forward()
            pace = Pace()
            try:
                with taking:
                    while True:
                        await pace.wait()
                        self._wake.clear()
                        if clock.was_set_back():
                            await self._bring_forward()
                        pause = await self._poll()
                        pace.done()
                        await wait_for_wakeup(self._wake, pause)
            finally:
                if cancelled():
                    await self._finish()

    async def _finish(self) -> None:
        """Start nothing more, and store the results of what is in flight: a planned stop repeats no delivery."""
        for queue in self._queues.values():
            queue.is_open = False
        # A process that no longer leads ends at once: its successor sends already.
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_PATIENCE if self._database.is_leader else 0):
                while self._in_flight:  # noqa: ASYNC110 - the results are stored in batches
                    await asyncio.sleep(0.02)

    async def _bring_forward(self) -> None:
        """Make due what waits only because the clock was ahead."""
        for queue in self._queues.values():
            queue.paused_until = None
        async with self._database.writing(by=ENGINE) as session:
            await commands.bring_forward(session, at=now(), delays=self._settings.webhook_delays)

    # Reading

    async def _poll(self) -> float:
        """Fill the queues and start sending; return the seconds until the next due time."""
        at = now()
        self._is_polling = True
        # Each statement reads its own snapshot: what is read later is newer, and needs no transaction around it.
        async with self._database.reading(snapshot=False) as session:
            rows = await queries.standing(session, at)
            active = [row for row in rows if row.status == SubscriptionStatus.ACTIVE]
            await self._refresh_queues(session, active)
            news = await self._events.news(session)
            for queue in self._queues.values():
                queue.check_again(news)
            await self._fill(session, [row for row in active if row.earliest and row.earliest <= at], at)
        self._is_polling = False
        self._closed_since_poll.clear()
        self._held_since_poll.clear()
        self._handshakes.begin(
            self._group,
            [row for row in rows if row.status == SubscriptionStatus.PENDING and row.handshake_due_at <= at],
        )
        for queue in self._queues.values():
            self._start(queue)
        telemetry.measure(self._database.service, active, at)
        return self._seconds_to_next(rows, at)

    def _seconds_to_next(self, rows: Sequence[Row[Any]], at: datetime) -> float:
        moments = [row.following for row in rows if row.status == SubscriptionStatus.ACTIVE and row.following]
        moments += [row.handshake_due_at for row in rows if row.status == SubscriptionStatus.PENDING]
        moments += [queue.paused_until for queue in self._queues.values() if queue.paused_until]
        upcoming = [moment - at for moment in moments if moment > at]
        pause: timedelta = min([*upcoming, MAX_POLL_INTERVAL])
        return max(pause.total_seconds(), 0.001)

    async def _refresh_queues(self, session: AsyncSession, active: Sequence[Row[Any]]) -> None:
        """Open queues of new subscriptions, refresh those of changed ones, close those of disabled ones."""
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
                credentials = unsealed(self._seal, subscription, sealed)
                if queue := self._queues.get(subscription.id):
                    queue.refresh(subscription, credentials)
                else:
                    self._queues[subscription.id] = open_queue(subscription, credentials)

    async def _fill(self, session: AsyncSession, rows: Sequence[Row[Any]], at: datetime) -> None:
        """Read due deliveries for every queue with room."""
        queues = {row.id: self._queues[row.id] for row in rows if row.id in self._queues}
        for queue in self._queues.values():
            # A queue without room is read once it has room.
            queue.more = queue.id in queues and not queue.has_room(at)
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
            # What was forgotten meanwhile was not read.
            queue.more = queue.more or counted[key] == BATCH
            if counted[key] and not queue.has_fresh_access_scope():
                queue.note_access_scope(await queries.receiving_scope_of(session, queue.subscription))
        for row in found:
            queue = roomy[row.subscription_id]
            if row.position is None:
                # A test event, asked for by the owner: it is in no journal.
                self._enqueue(queue, row, (row.body or "").encode(), may_send=True)
            else:
                entry, body = events.get(row.position, (None, b""))
                self._enqueue(queue, row, body, may_send=entry is not None and queue.may_receive(entry))

    def _take_over(self, planned: commands.PlannedEvents) -> None:
        """Take new events and their deliveries from the planning; poll for those for which that is not sure."""
        news, at = JournalNews(planned.subjects), now()
        # A poll may have read what they change; one is due if events before them are missing.
        if self._is_polling or not self._events.follow(news, planned.start, planned.end):
            self._wake.set()
            return
        for queue in self._queues.values():
            if queue.check_again(news):
                self._wake.set()
        for each in planned.deliveries:
            taker = self._queues.get(each.subscription_id)
            if taker and taker.takes(each, at):
                self._enqueue(taker, each, each.body)
                self._turns[taker] = None
            elif taker is None or not taker.is_paused(at):
                self._wake.set()
        # Not within the transaction that was committed: what fails here is no failure of it.
        asyncio.get_running_loop().call_soon(self._start_all)

    def _enqueue(
        self, queue: SubscriptionQueue, row: Row[Any] | commands.PlannedDelivery, body: bytes, *, may_send: bool = True
    ) -> None:
        """Add a delivery to its queue, unless it is there or it is not sure that it is the next of its subject."""
        if row.id in self._closed_since_poll or row.id in queue.known:
            return
        if (queue.id, row.subject) in self._held_since_poll:
            queue.more = True
            self._wake.set()
            return
        if row.previous is not None and row.previous not in queue.known and row.previous not in self._closed_since_poll:
            # The one before it is held by an older one, which is due between the two: it would be overtaken.
            self._left_out.add((queue.id, row.subject))
            if not queue.has(row.subject):
                self._wake.set()
            return
        delivery = Due(row.id, row.event_id, row.type, row.subject, body, row.attempts)
        if may_send:
            queue.add(delivery)
        else:
            queue.note(delivery)
            dropped = commands.AttemptResult(delivery.id, queue.id, delivery.attempts, now())
            self._results.add(Ended(queue, delivery, dropped))

    # Sending

    def _start(self, queue: SubscriptionQueue) -> None:
        """Give a queue its turn, and start deliveries up to the limit."""
        self._turns[queue] = None
        self._start_all()

    def _start_all(self) -> None:
        while taken := self._take():
            self._group.create_task(self._deliver(*taken))

    def _resume(self, limits: Collection[Key]) -> None:
        """Give their turn to queues that waited for one of these limits, one by one as long as there is room."""
        for limit in limits:
            while (blocked := self._blocked.get(limit)) and not self._slots.is_reached(limit):
                queue = next(iter(blocked))
                del blocked[queue]
                if not blocked:
                    del self._blocked[limit]
                self._start(queue)

    def _take(self) -> Taken | None:
        """Take the next delivery and its slot, queue by queue; None if there is none or the limit is reached."""
        at = now()
        while self._turns and self._in_flight < MAX_IN_FLIGHT:
            queue = next(iter(self._turns))
            del self._turns[queue]
            is_slow = queue.needs_slow_slot
            if queue.is_ready and (limit := self._slots.reached(queue.peer, is_slow=is_slow)):
                self._blocked.setdefault(limit, {})[queue] = None
                continue
            delivery = queue.take(at)
            if queue.more and queue.has_room(at):
                queue.more = False
                self._wake.set()
            if delivery:
                self._turns[queue] = None
                self._in_flight += 1
                slot = self._slots.take(queue.peer, is_slow=is_slow, slowed=queue.slow_down)
                return queue, delivery, slot
        return None

    async def _deliver(self, queue: SubscriptionQueue, delivery: Due, slot: Slot) -> None:
        """Send a delivery, then the next ones in turn."""
        # One task per delivery would add 10 % to the time of sending.
        taken: Taken | None = (queue, delivery, slot)
        while taken:
            queue, delivery, slot = taken
            await self._send(queue, delivery, slot)
            self._turns[queue] = None
            taken = self._take()
            if queue.is_ready:
                self._start(queue)

    async def _send(self, queue: SubscriptionQueue, delivery: Due, slot: Slot) -> None:
        at, began = now(), time.monotonic()
        span = Span(carried(delivery.body))
        url = queue.subscription.url
        headers = queue.headers(delivery, span.trace, at)
        with slot:
            response = await self._sender.send("POST", url, headers, delivery.body)
        failpoint("after-post")
        number = delivery.attempts + 1
        chance = secrets.randbelow(1001) / 1000 if not response.is_success else 0
        verdict = judge(response, number=number, delays=self._settings.webhook_delays, at=now(), chance=chance)
        result = commands.AttemptResult(delivery.id, queue.id, number, at, verdict, response, url, span.trace)
        telemetry.trace(self._database.service, span, queue.name, delivery, result)
        queue.in_flight -= 1
        # The owner may have changed the URL: a response of the old one says nothing about the new one.
        if url == queue.subscription.url:
            queue.is_slow = slot.was_slow
            self._pace(queue, response, began)
            queue.is_open = queue.is_open and not verdict.gone
        self._results.add(Ended(queue, delivery, result))

    def _pace(self, queue: SubscriptionQueue, response: ReceiverResponse, began: float) -> None:
        """Adapt the concurrency to the response, and pause for silence or the receiver's `Retry-After`."""
        at = now()
        queue.concurrency = next_concurrency(queue.concurrency, response)
        if response.status is None:
            queue.note_silence(began, at)
        else:
            queue.note_answer()
        if response.is_overload and (wait := retry_after_wait(response.retry_after, at=at)):
            queue.paused_until = at + wait
        if queue.is_paused(at):
            self._wake.set()

    # Writing

    def _close_all(self, batch: Sequence[Ended]) -> None:
        """Finish the deliveries of a batch, and start the next ones."""
        telemetry.record(self._database.service, batch)
        for ended in batch:
            self._close(*ended)
        for queue in {queue for queue, _, _ in batch}:
            self._start(queue)

    def _close(self, queue: SubscriptionQueue, delivery: Due, result: commands.AttemptResult) -> None:
        """Finish a delivery whose result is stored: release the next of its subject, or hold them."""
        held = result.verdict is not None and result.verdict.next_try_at is not None
        if self._is_polling:
            self._closed_since_poll.add(delivery.id)
        if self._is_polling and held:
            self._held_since_poll.add((queue.id, delivery.subject))
        if result.verdict is None:
            queue.known.discard(delivery.id)
        else:
            self._in_flight -= 1
            queue.close(delivery, held=held)
        left_out = (queue.id, delivery.subject) in self._left_out
        self._left_out.discard((queue.id, delivery.subject))
        # Deliveries that it held may be due now, or its retry may be the next due time.
        if held or delivery.attempts or left_out:
            self._wake.set()
