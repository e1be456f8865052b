"""The inbox: what arrived is stored before it is acknowledged, and applied afterwards, once.

A listening service writes the event, and one small row for each of its handlers, and commits; only then is the message
acknowledged. The dispatcher runs the handler in one transaction that also closes the row. A failure writes attempts,
next try and error; after the last try the row is parked, where an operator sees it and can replay it. For one handler
and one subject rows run in order; a waiting row holds only the later ones of its subject, a parked one nothing. A
refusal by a rule is an outcome, not a failure. Retry, parking, replay and applying once are this one mechanism.
"""

import asyncio
import json
import time
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Row, Select, bindparam, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clock import ClockWatch, now
from shared.failpoints import failpoint
from shared.messaging.consumer import RECEIVED, UNREADABLE, Consumer, HandlerKind, call
from shared.problem import Refusal
from shared.security.access import Caller
from shared.storage.database import Database
from shared.storage.tables import UTCDateTime, handlings, inbox
from shared.storage.unit_of_work import WriteSession
from shared.storage.wakeups import INBOX_PENDING, request_wakeup, wait_for_wakeup
from shared.telemetry import metrics, traces
from shared.telemetry.log import log
from shared.telemetry.traces import Span

BATCH: Final = 100
_WAITS: Final = handlings.c.next_try_at.is_not(None)
"""The condition of the index of waiting rows: a closed row has no next try."""


def _due() -> Select[Any]:
    # The planner does not know the value of a subquery, so it expects many rows: it walks the index of waiting rows in
    # order. Misled by statistics from before a burst, or by none, it would sort everything that waits for each batch.
    moment = select(bindparam("moment", type_=UTCDateTime)).scalar_subquery()
    # An event that came late, is tried again or is replayed goes before the later ones of its subject. `min` walks the
    # index of the order; for EXISTS the planner may join everything that waits with itself.
    other = handlings.alias("other")
    next_of_subject = select(func.min(other.c.sequence)).where(
        _same_subject(other),
        other.c.state == "waiting",
        tuple_(other.c.next_try_at, other.c.id) >= tuple_(handlings.c.next_try_at, handlings.c.id),
    )
    due = (
        select(handlings)
        .where(handlings.c.next_try_at <= moment, handlings.c.sequence <= next_of_subject.scalar_subquery())
        .order_by(handlings.c.next_try_at, handlings.c.id)
        .limit(BATCH)
        .subquery("due")
    )
    previous = select(func.max(other.c.sequence)).where(
        other.c.handler == due.c.handler,
        other.c.subject == due.c.subject,
        other.c.state == "waiting",
        other.c.sequence < due.c.sequence,
    )
    return (
        select(due, inbox.c.type, inbox.c.body, previous.scalar_subquery().label("previous"))
        .join(inbox, inbox.c.event_id == due.c.event_id)
        .order_by(due.c.next_try_at, due.c.id)
    )


def _claimed() -> Select[Any]:
    later = handlings.alias("later")
    shown = select(func.max(later.c.sequence)).where(_same_subject(later), later.c.state == "applied")
    is_stale = handlings.c.sequence < shown.scalar_subquery()
    return (
        select(handlings.c.id, handlings.c.handler.in_(bindparam("projections", expanding=True)) & is_stale)
        .where(handlings.c.id.in_(bindparam("ids", expanding=True)), handlings.c.state == "waiting")
        .with_for_update()
    )


def _in_order(rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Leave out each row whose predecessor waits and does not come before it.

    The second event of a subject is held by a first one that is due after it, and so is not read; the third, due after
    both, would overtake the second. The first waiting row of a subject is always among the rows, so there is progress.
    """
    found: set[tuple[str, str, int | None]] = set()
    chosen = []
    for row in rows:
        if row.previous is None or (row.handler, row.subject, row.previous) in found:
            found.add((row.handler, row.subject, row.sequence))
            chosen.append(row)
    return chosen


def _same_subject(other: FromClause) -> ColumnElement[bool]:
    return (other.c.handler == handlings.c.handler) & (other.c.subject == handlings.c.subject)


_DUE: Final = _due()
_CLAIMED: Final = _claimed()
"""Made once: they are asked of each batch, and the making would cost as much as the asking."""


class Dispatcher:
    """Applies what waits in the inbox. One at a time per service."""

    def __init__(self, database: Database, consumer: Consumer, *, delays: Sequence[float], pause: float = 1.0) -> None:
        self._database = database
        self._consumer = consumer
        self._delays = delays
        self._pause = pause
        self._measures = metrics.Throttle()

    async def run(self, wake: asyncio.Event) -> None:
        """Apply whenever woken, and at least each second; until cancelled."""
        clock = ClockWatch()
        # Whoever led before may have had a clock that was ahead.
        await self._bring_forward()
        while True:
            wake.clear()
            if clock.was_set_back():
                await self._bring_forward()
            await self.apply_all()
            await wait_for_wakeup(wake, self._pause)

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
        return _in_order(await self._database.ask(_DUE, {"moment": now()}))

    async def _apply_together(self, rows: Sequence[Row[Any]]) -> None:
        """A batch in one transaction, which is many times quicker; if any row fails, each in its own."""
        if len(rows) > 1:
            try:
                await self._apply(rows, [_span(row) for row in rows])
            except Exception as error:
                log.info("events applied one by one", rows=len(rows), error=repr(error))
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
        async with self._database.writing(by=_caller(rows)) as session:
            stale = await self._claim(session, rows)
            claimed = [(row, span) for row, span in zip(rows, spans, strict=True) if row.id in stale]
            span_of = {row.id: span for row, span in claimed}
            for part in self._consumer.calls(row for row, _ in claimed if not stale[row.id]):
                await call(self._consumer, session, part, span_of[part[0].id].trace)
            failpoint("in-handler")
            for outcome in ("superseded", "applied"):
                ids = [key for key, is_stale in stale.items() if is_stale is (outcome == "superseded")]
                if ids:
                    await session.execute(_closing(ids, outcome))
        failpoint("after-handler")
        seconds = (time.perf_counter() - started) / max(len(claimed), 1)
        for row, span in claimed:
            self._record(row, span, "superseded" if stale[row.id] else "applied", seconds)

    async def _claim(self, session: AsyncSession, rows: Sequence[Row[Any]]) -> dict[int, bool]:
        """Lock those that still wait, and say of each whether a projection already shows a later event of its subject.

        Whoever led before may have closed some meanwhile, and so may a commit whose answer was lost.
        """
        projections = [
            name for name, handler in self._consumer.handlers.items() if handler.kind is HandlerKind.PROJECTION
        ]
        found = await session.execute(_CLAIMED, {"ids": [row.id for row in rows], "projections": projections})
        return {key: bool(is_stale) for key, is_stale in found}

    async def _retry_or_park(self, row: Row[Any], span: Span, error: Exception) -> bool:
        """Write down the failure, and when to try again; after the last try, park, and say so."""
        attempts = row.attempts + 1
        last: bool = attempts > len(self._delays)
        values: dict[str, Any] = {"attempts": attempts, "error": repr(error)[:2000]}
        if last:
            values |= {"state": "parked", "next_try_at": None, "closed_at": now()}
        else:
            values |= {"next_try_at": now() + timedelta(seconds=self._delays[attempts - 1])}
        async with self._database.writing() as session:
            await session.execute(
                update(handlings).where(handlings.c.id == row.id, handlings.c.state == "waiting").values(values)
            )
        self._record(row, span, "parked" if last else "failed", 0, error=repr(error), failure=type(error).__name__)
        return last

    async def _close(self, row: Row[Any], span: Span, outcome: str, error: str) -> None:
        async with self._database.writing() as session:
            await session.execute(_closing({row.id}, outcome, error))
        self._record(row, span, outcome, 0, error=error)

    def _record(
        self, row: Row[Any], span: Span, outcome: str, seconds: float, error: str = "", failure: str | None = None
    ) -> None:
        service = self._database.service
        delay = (now() - datetime.fromisoformat(json.loads(row.body)["time"])).total_seconds()
        metrics.handled.labels(service, row.handler, outcome).observe(seconds)
        metrics.lag.labels(service, row.handler).observe(delay)
        write = log.info if outcome in ("applied", "superseded") else log.warning
        write(
            "event",
            service=service,
            handler=row.handler,
            type=row.type,
            subject=row.subject,
            sequence=row.sequence,
            event_id=row.event_id,
            outcome=outcome,
            attempt=row.attempts + 1,
            ms=round(seconds * 1000, 1),
            lag_ms=round(delay * 1000),
            trace_id=span.trace.trace_id,
            **({"error": error} if error else {}),
        )
        attributes: dict[str, traces.AttributeValue] = {
            "ti.handler": row.handler,
            "ti.outcome": outcome,
            "ti.attempt": row.attempts + 1,
        }
        span.end(service, f"handle {row.handler}", "consumer", attributes, event=row, error=failure)

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


def _span(row: Row[Any]) -> Span:
    return Span(traces.carried(row.body))


def _caller(rows: Sequence[Row[Any]]) -> Caller:
    """Return the caller for the history of changes by handlers: the event, or its batch."""
    first = rows[0]
    return Caller(client_id="events", sub=f"{first.type} {first.event_id}"[:200])
