"""The inbox: what arrived is stored before it is acknowledged, and applied once.

A listening service writes the event, and one small row for each of its handlers. The process that leads writes the
rows as closed and runs the handlers in the same transaction; only then are the messages acknowledged. If a handler
fails, the events are stored alone, and the dispatcher applies them: each row in one transaction, which also closes it.
A failure writes attempts, next try and error; after the last try the row is parked, where an operator sees it and can
replay it. For one handler and one subject rows run in order; a waiting row holds only the later ones of its subject, a
parked one nothing. A refusal by a rule is an outcome, not a failure. Retry, parking, replay and applying once are this
one mechanism.
"""

import asyncio
import re
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple, cast

from sqlalchemy import Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clock import ClockWatch, now
from shared.failpoints import failpoint
from shared.messaging import arrivals
from shared.messaging.claims import CLAIMED, DUE, in_order
from shared.messaging.consumer import RECEIVED, UNREADABLE, Consumer, HandlingRow, call
from shared.problem import Refusal
from shared.security.access import Caller
from shared.storage.database import Database
from shared.storage.tables import handlings
from shared.storage.unit_of_work import WriteSession
from shared.storage.wakeups import INBOX_PENDING, request_wakeup, wait_for_wakeup
from shared.telemetry import metrics, traces
from shared.telemetry.error_names import error_text
from shared.telemetry.log import log
from shared.telemetry.traces import Span

_TIME: Final = re.compile(r'"time": ?"([^"]+(?:Z|[+-]\d\d:\d\d))"')
"""Find the time of an event without parsing it: the outbox writes it before the data."""
_WAITS: Final = handlings.c.next_try_at.is_not(None)
"""The condition of the index of waiting rows: a closed row has no next try."""


class _Claimed(NamedTuple):
    """A row that this transaction has locked or written."""

    row: HandlingRow
    span: Span
    is_stale: bool
    """True if a projection already shows a later event of the subject."""


_OUTCOMES: Final = {True: "superseded", False: "applied"}


class Dispatcher:
    """Applies what arrives and what waits in the inbox. One at a time per service."""

    def __init__(self, database: Database, consumer: Consumer, *, delays: Sequence[float], pause: float = 1.0) -> None:
        self._database = database
        self._consumer = consumer
        self._delays = delays
        self._pause = pause
        self._measures = metrics.Throttle()
        self.leads = False
        """True while this process applies the service's events."""
        self._turn = asyncio.Lock()
        """One batch at a time: two could apply the events of one subject side by side."""

    async def run(self, wake: asyncio.Event) -> None:
        """Apply whenever woken, and at least each second; until cancelled."""
        clock = ClockWatch()
        # Whoever led before may have had a clock that was ahead.
        await self._bring_forward()
        self.leads = True
        try:
            while True:
                wake.clear()
                if clock.was_set_back():
                    await self._bring_forward()
                await self.apply_all()
                await wait_for_wakeup(wake, self._pause)
        finally:
            self.leads = False

    async def apply_arrived(self, events: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]) -> bool:
        """Store events with their handlings and apply them, in one transaction, in the process that leads.

        Return False if nothing was stored: this process does not lead, a handler has failed, or some are there already.
        What an earlier row of its subject holds is stored, and waits.
        """
        if not self.leads:
            return False
        started = time.perf_counter()
        try:
            async with self._turn, self._database.writing() as session:
                stored = await arrivals.store(session, events, rows, projections=self._consumer.projections)
                batch = [
                    _Claimed(row, _span(row), row.state == "superseded") for row in stored if row.state != "waiting"
                ]
                if batch:
                    session.transaction.by = _caller([each.row for each in batch])
                    await self._run(session, batch)
                if len(batch) < len(stored):
                    request_wakeup(session, INBOX_PENDING)
        except Exception as error:  # whatever it is, the dispatcher finds out whose it was
            log.info("events not applied as they arrived", events=len(events), error=error_text(error))
            return False
        failpoint("after-handler")
        self._record_batch(batch, time.perf_counter() - started)
        return True

    async def apply_all(self) -> None:
        """Apply everything that is due."""
        while rows := await self._due():
            await self._apply_together(rows)
        await self._measure()

    async def _bring_forward(self) -> None:
        """Make due what was stored while the clock was ahead: never tried, or due later than any delay asks for."""
        at = now()
        waits_too_long = handlings.c.next_try_at > at + timedelta(seconds=max(self._delays, default=0))
        is_untried = (handlings.c.next_try_at > at) & (handlings.c.attempts == 0)
        async with self._database.writing() as session:
            await session.execute(update(handlings).where(waits_too_long | is_untried).values(next_try_at=at))

    async def _due(self) -> Sequence[Row[Any]]:
        """Rows that may run now, those of one handler and subject in the order of their sequence."""
        return in_order(await self._database.ask(DUE, {"moment": now()}))

    async def _apply_together(self, rows: Sequence[Row[Any]]) -> None:
        """A batch in one transaction, which is many times quicker; if any row fails, each in its own."""
        if len(rows) > 1:
            try:
                await self._apply(rows, [_span(row) for row in rows])
            except Exception as error:
                log.info("events applied one by one", rows=len(rows), error=error_text(error))
            else:
                return
        held: set[tuple[str, str]] = set()
        for row in rows:
            if (row.handler, row.subject) not in held and not await self._apply_alone(row):
                held.add((row.handler, row.subject))

    async def _apply_alone(self, row: Row[Any]) -> bool:
        """Close the row, one way or the other; False if it is to be tried again, and holds its subject."""
        span = _span(row)
        try:
            await self._apply([row], [span])
        except Refusal as refusal:
            await self._close(row, span, "refused", f"{refusal.code}: {refusal.detail}")
        except Exception as error:
            return await self._retry_or_park(row, span, error)
        return True

    async def _apply(self, rows: Sequence[Row[Any]], spans: Sequence[Span]) -> None:
        """Run the handlers and close the rows in one transaction."""
        started = time.perf_counter()
        async with self._turn, self._database.writing(by=_caller(rows)) as session:
            session.transaction.is_retry = True
            stale = await self._claim(session, rows)
            batch = [
                _Claimed(row, span, stale[row.id]) for row, span in zip(rows, spans, strict=True) if row.id in stale
            ]
            await self._run(session, batch)
            for is_stale, outcome in _OUTCOMES.items():
                if ids := [each.row.id for each in batch if each.is_stale is is_stale]:
                    await session.execute(_closing(ids, outcome))
        failpoint("after-handler")
        self._record_batch(batch, time.perf_counter() - started)

    async def _claim(self, session: AsyncSession, rows: Sequence[Row[Any]]) -> dict[int, bool]:
        """Lock those that still wait, and say of each whether a projection already shows a later event of its subject.

        Whoever led before may have closed some meanwhile, and so may a commit whose answer was lost.
        """
        found = await session.execute(
            CLAIMED, {"ids": [row.id for row in rows], "projections": self._consumer.projections}
        )
        return {key: bool(is_stale) for key, is_stale in found}

    async def _run(self, session: WriteSession, batch: Sequence[_Claimed]) -> None:
        """Call the handlers of rows that no other transaction can take."""
        trace_of = {each.row.id: each.span.trace for each in batch}
        for rows in self._consumer.calls(each.row for each in batch if not each.is_stale):
            await call(self._consumer, session, rows, trace_of[rows[0].id])
        failpoint("in-handler")

    async def _retry_or_park(self, row: Row[Any], span: Span, error: Exception) -> bool:
        """Write down the failure, and when to try again; after the last try, park, and say so."""
        attempts = row.attempts + 1
        last: bool = attempts > len(self._delays)
        values: dict[str, Any] = {"attempts": attempts, "error": error_text(error)}
        if last:
            values |= {"state": "parked", "next_try_at": None, "closed_at": now()}
        else:
            values |= {"next_try_at": now() + timedelta(seconds=self._delays[attempts - 1])}
        async with self._database.writing() as session:
            await session.execute(
                update(handlings).where(handlings.c.id == row.id, handlings.c.state == "waiting").values(values)
            )
        self._record_failure(
            row, span, "parked" if last else "failed", error=error_text(error), failure=type(error).__name__
        )
        return last

    async def _close(self, row: Row[Any], span: Span, outcome: str, error: str) -> None:
        async with self._database.writing() as session:
            await session.execute(_closing({row.id}, outcome, error))
        self._record_failure(row, span, outcome, error=error)

    def _record_batch(self, batch: Sequence[_Claimed], seconds: float) -> None:
        """Write one line for each handler and outcome, in the place of one for each event."""
        groups: dict[tuple[str, bool], list[_Claimed]] = {}
        for each in batch:
            groups.setdefault((each.row.handler, each.is_stale), []).append(each)
        for (handler, is_stale), members in groups.items():
            outcome = _OUTCOMES[is_stale]
            delays = self._measure_handled(handler, outcome, [each.row for each in members], seconds / len(batch))
            for each in members:
                self._end(each.row, each.span, outcome)
            log.info(
                "events",
                service=self._database.service,
                handler=handler,
                outcome=outcome,
                count=len(members),
                event_ids=[each.row.event_id for each in members],
                trace_ids=[each.span.trace.trace_id for each in members],
                ms=round(seconds * 1000, 1),
                lag_ms=round(max(delays) * 1000),
            )

    def _record_failure(
        self, row: Row[Any], span: Span, outcome: str, *, error: str, failure: str | None = None
    ) -> None:
        """Write the line of an event that was not applied, with its error."""
        [delay] = self._measure_handled(row.handler, outcome, [row], 0)
        log.warning(
            "event",
            service=self._database.service,
            handler=row.handler,
            outcome=outcome,
            type=row.type,
            subject=row.subject,
            sequence=row.sequence,
            event_id=row.event_id,
            trace_id=span.trace.trace_id,
            attempt=row.attempts + 1,
            lag_ms=round(delay * 1000),
            error=error,
        )
        self._end(row, span, outcome, failure)

    def _measure_handled(self, handler: str, outcome: str, rows: Sequence[HandlingRow], seconds: float) -> list[float]:
        """Observe the time of each event's handler, and how old the event is; return these ages, in seconds."""
        handled = metrics.handled.labels(self._database.service, handler, outcome)
        lag = metrics.lag.labels(self._database.service, handler)
        at, delays = now(), []
        for row in rows:
            handled.observe(seconds)
            lag.observe(delay := (at - _time_of(row)).total_seconds())
            delays.append(delay)
        return delays

    def _end(self, row: HandlingRow, span: Span, outcome: str, failure: str | None = None) -> None:
        attributes: dict[str, traces.AttributeValue] = {
            "ti.handler": row.handler,
            "ti.outcome": outcome,
            "ti.attempt": row.attempts + 1,
        }
        span.end(self._database.service, f"handle {row.handler}", "consumer", attributes, event=row, error=failure)

    async def _measure(self) -> None:
        if not self._measures.due():
            return
        async with self._database.reading() as session:
            oldest = await session.scalar(select(func.min(handlings.c.received_at)).where(_WAITS))
            parked = await session.scalar(select(func.count()).where(handlings.c.state == "parked"))
        service = self._database.service
        metrics.inbox_lag.labels(service).set((now() - oldest).total_seconds() if oldest else 0)
        metrics.parked.labels(service).set(parked or 0)


async def parked_rows(session: AsyncSession) -> Sequence[Row[Any]]:
    """Return the parked rows, oldest first."""
    statement = RECEIVED.where(handlings.c.state == "parked").order_by(handlings.c.id)
    return (await session.execute(statement)).all()


async def replay(session: WriteSession, ids: Collection[int]) -> int:
    """Try parked rows again from the first try on; how many there were."""
    request_wakeup(session, INBOX_PENDING)
    done = await session.execute(
        update(handlings)
        .where(handlings.c.id.in_(ids), handlings.c.state == "parked", handlings.c.handler != UNREADABLE)
        .values(state="waiting", attempts=0, next_try_at=now(), closed_at=None)
        .returning(handlings.c.id)
    )
    return len(done.all())


async def unapplied(session: AsyncSession) -> int:
    """Count the waiting rows: 0 once the service has caught up."""
    return await session.scalar(select(func.count()).where(_WAITS)) or 0


def _closing(ids: Collection[int], outcome: str, error: str | None = None) -> Any:
    return (
        update(handlings)
        .where(handlings.c.id.in_(ids), handlings.c.state == "waiting")
        .values(state=outcome, next_try_at=None, closed_at=now(), error=error, attempts=handlings.c.attempts + 1)
    )


def _span(row: HandlingRow) -> Span:
    return Span(traces.carried(row.body))


def _time_of(row: HandlingRow) -> datetime:
    """Return the time of an event; when it was received, if that cannot be read."""
    found = _TIME.search(row.body)
    try:
        return datetime.fromisoformat(found[1]) if found else row.received_at
    except ValueError:
        return cast(datetime, row.received_at)


def _caller(rows: Sequence[HandlingRow]) -> Caller:
    """Return the caller for the history of changes by handlers: the event, or its batch."""
    first = rows[0]
    return Caller(client_id="events", sub=f"{first.type} {first.event_id}"[:200])
