"""Publish the outbox to the bus, oldest first and in order per subject.

Read, close, publish, mark: a transaction held open while publishing dead-locks SQLite with the in-process bus. A crash
between publishing and marking publishes an event again under the same id; the inbox drops the duplicate.
"""

import asyncio
from collections.abc import Sequence
from functools import cache
from itertools import groupby
from typing import Any, Final

from sqlalchemy import BigInteger, Integer, Row, Update, bindparam, func, select, update

from shared.bus import Bus, BusUnavailable, Message, PublishOutcome, Unroutable
from shared.clock import now
from shared.events import routing_key
from shared.failpoints import failpoint
from shared.pacing import Pace
from shared.storage.database import Database
from shared.storage.lists import listed
from shared.storage.outbox import BATCH
from shared.storage.tables import UTCDateTime, outbox
from shared.storage.wakeups import wait_for_wakeup
from shared.telemetry import metrics, traces
from shared.telemetry.error_names import error_text
from shared.telemetry.log import log
from shared.telemetry.traces import Span

_WAITING: Final = (
    select(outbox.c.id, outbox.c.event_id, outbox.c.type, outbox.c.subject, outbox.c.body)
    .where(outbox.c.published_at.is_(None), outbox.c.id > bindparam("after", type_=BigInteger))
    .order_by(outbox.c.id)
    .limit(bindparam("limit", type_=Integer))
)


@cache
def _marking(dialect: str) -> Update:
    return (
        update(outbox)
        .where(outbox.c.id.in_(listed("ids", dialect)))
        .values(published_at=bindparam("at", type_=UTCDateTime))
    )


class Relay:
    """Takes committed events to the bus. One at a time per service: two would break the order per subject."""

    def __init__(self, database: Database, bus: Bus, *, pause: float = 1.0) -> None:
        self._database = database
        self._bus = bus
        self._pause = pause
        self._measures = metrics.Throttle()
        self.unroutable: set[str] = set()
        """Types that no queue takes: their events wait, and the service says that it is not ready."""

    async def run(self, wake: asyncio.Event) -> None:
        """Publish whenever woken, and at least each second; until cancelled."""
        pace = Pace()
        try:
            while True:
                await pace.wait()
                wake.clear()
                is_available = await self.publish_all()
                pace.done()
                if is_available:
                    await wait_for_wakeup(wake, self._pause)
                else:
                    await asyncio.sleep(self._pause)
        finally:
            # Whoever leads next finds out for itself.
            self.unroutable.clear()

    async def publish_all(self) -> bool:
        """Publish what waits, in one pass. False if the bus is away, and it is to be tried again in a moment."""
        held: set[str] = set()
        last, available = 0, True
        while available and (rows := await self._waiting(last)):
            failpoint("before-publish")
            last = rows[-1].id
            available = await self._publish(rows, held)
            if len(rows) < BATCH:
                # What has come since wakes the next pass.
                break
        await self._measure()
        return available

    async def _waiting(self, after: int) -> Sequence[Row[Any]]:
        return await self._database.ask(_WAITING, {"after": after, "limit": BATCH})

    async def _publish(self, rows: Sequence[Row[Any]], held: set[str]) -> bool:
        """Publish rows in waves of distinct subjects.

        A subject whose event failed is held, nothing overtakes it. A type that no queue takes is held too: one try in a
        pass is enough.
        """
        confirmed: list[int] = []
        available = True
        for wave in _waves(rows):
            held |= {row.subject for row in wave if row.type in held}
            sent = [row for row in wave if row.subject not in held]
            spans = [Span(traces.carried(row.body)) for row in sent]
            outcomes = await self._bus.publish([Message(row.event_id, row.type, row.subject, row.body) for row in sent])
            for row, span, failure in zip(sent, spans, outcomes, strict=True):
                if failure is None:
                    # What failed is not told: of a broker that is away it would be said of each event each second.
                    span.end(self._database.service, f"publish {routing_key(row.type)}", "producer", {}, event=row)
                    confirmed.append(row.id)
                    self.unroutable.discard(row.type)
                else:
                    held.add(row.subject)
                    if isinstance(failure, Unroutable):
                        held.add(row.type)
                    available = available and not isinstance(failure, BusUnavailable)
            self._note(sent, outcomes)
        failpoint("after-publish")
        await self._mark(confirmed)
        failpoint("after-mark")
        return available

    async def _mark(self, ids: Sequence[int]) -> None:
        if ids:
            async with self._database.writing_once() as session:
                await session.execute(_marking(session.get_bind().dialect.name), {"ids": ids, "at": now()})
            metrics.published.labels(self._database.service).inc(len(ids))

    def _note(self, rows: Sequence[Row[Any]], outcomes: Sequence[PublishOutcome]) -> None:
        """One line for all that failed together: of a broker that is away there is nothing to say about each event."""
        failures = [(row, outcome) for row, outcome in zip(rows, outcomes, strict=True) if outcome]
        for row, failure in failures:
            if isinstance(failure, Unroutable):
                self.unroutable.add(row.type)
            metrics.publish_failures.labels(self._database.service, type(failure).__name__).inc()
        if failures:
            row, failure = failures[0]
            log.warning(
                "events not published",
                count=len(failures),
                type=row.type,
                subject=row.subject,
                error=error_text(failure),
            )

    async def _measure(self) -> None:
        if not self._measures.due():
            return
        unpublished_since = select(func.min(outbox.c.created_at)).where(outbox.c.published_at.is_(None))
        [(oldest,)] = await self._database.ask(unpublished_since)
        age = (now() - oldest).total_seconds() if oldest else 0
        metrics.outbox_age.labels(self._database.service).set(age)


def _waves(rows: Sequence[Row[Any]]) -> list[list[Row[Any]]]:
    """The first event of each subject, then the second of each…"""
    counted: dict[str, int] = {}
    numbered = []
    for row in rows:
        counted[row.subject] = wave = counted.get(row.subject, -1) + 1
        numbered.append((wave, row))
    numbered.sort(key=lambda pair: (pair[0], pair[1].id))
    return [[row for _, row in wave] for _, wave in groupby(numbered, key=lambda pair: pair[0])]
