"""The outbox: a fact is stored in the transaction of the change that made it, and told to the bus afterwards.

`add` notes an event; the `writing` door stores the notes just before its commit, serialised once: these bytes are what
every listener gets. The relay publishes rows oldest first, in order per subject, and marks them. Read, close, publish,
mark: holding a transaction while publishing dead-locks SQLite with the in-process bus. A crash between publishing and
marking repeats an event under the same id, and the inbox absorbs it.
"""

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared import metrics, traces
from shared.bus import Bus, BusUnavailable, Message, Outcome, Unroutable
from shared.clock import now
from shared.events import Event, routing_key
from shared.ids import uuid7
from shared.log import log
from shared.steps import reached
from shared.tables import outbox
from shared.traces import Span, Trace
from shared.waking import TOLD, leave, woken

if TYPE_CHECKING:
    from shared.db import Database

MAX_BYTES: Final = 65_536
"""CloudEvents: what every intermediary must forward."""
BATCH: Final = 500


class EventTooLarge(Exception):
    """An event of more than 64 kB. Bounds on bodies keep this from happening; nothing is committed if it does."""


def add(session: AsyncSession, event: Event) -> None:
    """Tell this when the transaction commits. The row of the event's subject is locked or changed in it."""
    # The trace is that of this moment: a handler is over when its transaction commits.
    session.info.setdefault("told", []).append((event, traces.current.get()))


async def write(session: AsyncSession) -> bool:
    """Store the events of this transaction, numbered per subject; called by the `writing` door alone."""
    told: list[tuple[Event, Trace | None]] = session.info.pop("told", [])
    if not told:
        return False
    # Of a clock, or of a command: nobody asked for what it tells, and the trace begins here.
    work = Span()
    sequences = await _sequences(session, {event.subject for event, _ in told})
    rows: list[dict[str, Any]] = []
    for event, trace in told:
        sequences[event.subject] = sequence = sequences.get(event.subject, 0) + 1
        rows.append(_row(event, sequence, trace or work.trace, now()))
    # The ids follow the order of the list.
    await session.execute(insert(outbox), rows)
    if not all(trace for _, trace in told):
        by = session.info["by"].client_id
        work.tell(told[0][0].publisher, f"work {by}", "internal", {"ti.client_id": by, "ti.events": len(told)})
    leave(session, TOLD)
    return True


async def _sequences(session: AsyncSession, subjects: set[str]) -> dict[str, int]:
    """The last number of each subject: nobody else can draw one, its row is locked."""
    numbers: dict[str, int] = {}
    names = sorted(subjects)
    for start in range(0, len(names), BATCH):
        found = await session.execute(
            select(outbox.c.subject, func.max(outbox.c.sequence))
            .where(outbox.c.subject.in_(names[start : start + BATCH]))
            .group_by(outbox.c.subject)
        )
        numbers.update((subject, number) for subject, number in found)
    return numbers


def _row(event: Event, sequence: int, trace: Trace, at: datetime) -> dict[str, Any]:
    event_id = str(uuid7())
    envelope = {
        "specversion": "1.0",
        "id": event_id,
        "source": f"/{event.publisher}",
        "type": event.type,
        "subject": event.subject,
        "time": at.isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "dataschema": f"/schemas/{event.type}.json",
        "sequence": f"{sequence:010d}",
        "traceparent": str(trace),
        "data": event.model_dump(mode="json"),
    }
    body = json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))
    if (size := len(body.encode())) > MAX_BYTES:
        raise EventTooLarge(f"{event.type} of {event.subject} has {size} bytes")
    return {
        "event_id": event_id,
        "type": event.type,
        "subject": event.subject,
        "sequence": sequence,
        "body": body,
        "created_at": at,
        "published_at": None,
    }


async def unpublished(session: AsyncSession) -> int:
    """How many events wait for the bus."""
    return await session.scalar(select(func.count()).where(outbox.c.published_at.is_(None))) or 0


class Relay:
    """Takes committed events to the bus. One at a time per service: two would break the order per subject."""

    def __init__(self, database: "Database", bus: Bus, *, pause: float = 1.0) -> None:
        self._database = database
        self._bus = bus
        self._pause = pause
        self._measures = metrics.Pace()
        self.unroutable: set[str] = set()
        """Types that no queue takes: their events wait, and the service says that it is not ready."""

    async def run(self, wake: asyncio.Event) -> None:
        """Publish whenever woken, and at least each second; until cancelled."""
        try:
            while True:
                wake.clear()
                if await self.publish_all():
                    await woken(wake, self._pause)
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
            reached("before-publish")
            last = rows[-1].id
            available = await self._publish(rows, held)
            if len(rows) < BATCH:
                # What has come since wakes the next pass.
                break
        await self._measure()
        return available

    async def _waiting(self, after: int) -> Sequence[Row[Any]]:
        statement = (
            select(outbox.c.id, outbox.c.event_id, outbox.c.type, outbox.c.subject, outbox.c.body)
            .where(outbox.c.published_at.is_(None), outbox.c.id > after)
            .order_by(outbox.c.id)
            .limit(BATCH)
        )
        return await self._database.ask(statement)

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
                    span.tell(self._database.service, f"publish {routing_key(row.type)}", "producer", {}, event=row)
                    confirmed.append(row.id)
                    self.unroutable.discard(row.type)
                else:
                    held.add(row.subject)
                    if isinstance(failure, Unroutable):
                        held.add(row.type)
                    available = available and not isinstance(failure, BusUnavailable)
            self._note(sent, outcomes)
        reached("after-publish")
        await self._mark(confirmed)
        reached("after-mark")
        return available

    async def _mark(self, ids: Sequence[int]) -> None:
        if ids:
            async with self._database.writing() as session:
                await session.execute(update(outbox).where(outbox.c.id.in_(ids)).values(published_at=now()))
            metrics.published.labels(self._database.service).inc(len(ids))

    def _note(self, rows: Sequence[Row[Any]], outcomes: Sequence[Outcome]) -> None:
        """One line for all that failed together: of a broker that is away there is nothing to say about each event."""
        failures = [(row, outcome) for row, outcome in zip(rows, outcomes, strict=True) if outcome]
        for row, failure in failures:
            if isinstance(failure, Unroutable):
                self.unroutable.add(row.type)
            metrics.publish_failures.labels(self._database.service, type(failure).__name__).inc()
        if failures:
            row, failure = failures[0]
            log.warning(
                "events not published", count=len(failures), type=row.type, subject=row.subject, error=repr(failure)
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
