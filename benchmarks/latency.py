"""Seconds from the commit of an event to its consumer and its receiver, between real processes.

To a consumer: by outbox, relay and RabbitMQ into the inbox of contract, until its handler is done. To a receiver: by
notification's inbox, journal, planning and engine, until the webhook arrives.
"""

import asyncio
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from sqlalchemy import func, literal_column, select

from app.demo.checks import ok, until
from benchmarks.load import processor
from benchmarks.receiver import ReceiverProcess, receiving
from benchmarks.table import Measurement
from shared.events.territory import FigureDeclared
from shared.ids import uuid7
from shared.settings import Settings
from shared.storage import outbox, tables
from shared.storage.database import Database
from tests.support import platforms
from tests.support.processes import Client, Form
from tests.system.crashes.subscribers import DELIVERING

RATES = (10, 50, 200)
"""Events a second."""
SECONDS = 20
LATE = 1.0
"""Seconds behind its moment after which a commit shows that the machine cannot keep the pace."""
PATIENCE = 120.0
"""Seconds until the last event must have arrived."""
WRITERS = 16
"""Commits at a time: fewer than connections, so that an overload delays commits and refuses none."""
CONSUMER: Final = dict.fromkeys(RATES, 0.05)
"""Seconds from commit to consumer, of 99 in 100 events."""
WEBHOOK: Final = {10: 0.060, 50: 0.060, 200: 0.127}
"""Seconds from commit to webhook, of 95 in 100 events."""
PROCESSOR = 0.003
"""Seconds of processor time of all our processes for one event with one subscriber."""


@dataclass(frozen=True)
class Latencies:
    """Latencies of each event that arrived in time, in seconds."""

    consumer: list[float]
    """Until the handler's transaction is committed."""
    receiver: list[float]
    processor: float
    """Seconds of processor time of all our processes, for each event."""
    overload: str
    """Signs that the machine could not keep the pace; empty if it could."""


async def rows(templates: platforms.Templates, folder: Path) -> list[Measurement]:
    """Measure at each rate; a ratio compares a percentile, or the processor time, to what is wanted."""
    async with (
        platforms.distributed(templates, folder, **DELIVERING) as form,
        receiving() as receiver,
        form.client("partner") as partner,
    ):
        await _subscribe(partner, f"{receiver.url}/partner")
        found = {rate: await _measure(form, receiver, rate) for rate in RATES}
    return [
        *(_row("commit → consumer", rate, each, each.consumer, 99, CONSUMER[rate]) for rate, each in found.items()),
        *(_row("commit → webhook", rate, each, each.receiver, 95, WEBHOOK[rate]) for rate, each in found.items()),
        *(_processor(rate, each) for rate, each in found.items()),
    ]


async def _subscribe(partner: Client, url: str) -> None:
    made = ok(await partner.post("/v1/subscriptions", json={"url": url}))

    async def consented() -> bool:
        return bool(ok(await partner.get(f"/v1/subscriptions/{made['id']}"))["status"] == "active")

    await until(consented)


async def _measure(form: Form, receiver: ReceiverProcess, rate: int) -> Latencies:
    """Commit at a steady pace, whatever the others do."""
    await receiver.forget()
    territory, contract = _database(form, "territory"), _database(form, "contract")
    before = _spent(form)
    committed, late = await _commit_all(territory, rate)
    arrived = await _arrived(receiver, len(committed))
    applied = await _applied(contract, committed)
    spent = _spent(form) - before
    async with territory.reading() as session:
        found = await session.execute(select(tables.outbox.c.event_id, tables.outbox.c.subject))
        ids = {row.subject: f"{row.event_id}/partner" for row in found}
    await territory.close()
    await contract.close()
    signs = [
        f"commits up to {late:.1f} s late" if late > LATE else "",
        f"{missing} not applied" if (missing := len(committed.keys() - applied.keys())) else "",
        f"{missing} not delivered" if (missing := len(committed) - len(arrived)) else "",
    ]
    return Latencies(
        [applied[subject] - at for subject, at in committed.items() if subject in applied],
        [arrived[ids[subject]] - at for subject, at in committed.items() if ids[subject] in arrived],
        spent / len(committed),
        ", ".join(filter(None, signs)),
    )


async def _commit_all(database: Database, rate: int) -> tuple[dict[str, float], float]:
    """Return when each event was committed, by its subject, and by how much the latest commit missed its moment."""
    committed: dict[str, float] = {}
    slots = asyncio.Semaphore(WRITERS)
    started, late = time.perf_counter(), 0.0
    async with asyncio.TaskGroup() as group:
        for number in range(rate * SECONDS):
            moment = started + number / rate
            await asyncio.sleep(max(moment - time.perf_counter(), 0))
            await slots.acquire()
            late = max(late, time.perf_counter() - moment)
            group.create_task(_commit(database, committed)).add_done_callback(lambda _: slots.release())
    return committed, late


def _spent(form: Form) -> float:
    return sum(processor(process.pid) for process in form.processes.values())


async def _arrived(receiver: ReceiverProcess, count: int) -> Mapping[str, float]:
    try:
        return await receiver.has(count, seconds=PATIENCE)
    except TimeoutError:
        return await receiver.arrivals()


def _database(form: Form, service: str) -> Database:
    settings = Settings(data_dir=form.data_dir, database_url=form.database_url.format(service=service))
    return Database(service, settings)


async def _commit(database: Database, committed: dict[str, float]) -> None:
    figure = FigureDeclared(figure_id=uuid7(), metric="bench", value=1, day=date(2020, 1, 1), source="essai")
    async with database.writing() as session:
        outbox.add(session, figure)
    committed[figure.subject] = time.time()


async def _applied(contract: Database, committed: Mapping[str, float]) -> dict[str, float]:
    """Return when the transaction of each event's handler was committed, in seconds of the machine's clock."""
    moment = func.max(func.pg_xact_commit_timestamp(literal_column("xmin"))).label("at")
    is_closed = tables.handlings.c.closed_at.is_not(None)
    done = select(tables.handlings.c.subject, moment).where(is_closed).group_by(tables.handlings.c.subject)
    until = time.perf_counter() + PATIENCE
    while True:
        async with contract.reading() as session:
            found = {row.subject: row.at for row in await session.execute(done)}
        if found.keys() >= committed.keys() or time.perf_counter() > until:
            return {subject: found[subject].timestamp() for subject in committed if subject in found}
        await asyncio.sleep(0.1)


def _row(
    measured: str, rate: int, latencies: Latencies, delays: list[float], percentile: int, wanted: float
) -> Measurement:
    cut = statistics.quantiles(delays, n=100) if len(delays) > 1 else [PATIENCE] * 99
    p50, p95, p99 = (cut[place - 1] * 1000 for place in (50, 95, 99))
    here = f"p50 {p50:.0f} ms, p95 {p95:.0f} ms, p99 {p99:.0f} ms"
    return Measurement(
        f"{measured}, {rate} events/s, p{percentile}",
        f"{wanted * 1000:.0f} ms",
        [cut[percentile - 1] / wanted],
        "< 1",
        f"{here}; overload: {latencies.overload}" if latencies.overload else here,
    )


def _processor(rate: int, latencies: Latencies) -> Measurement:
    spent = latencies.processor
    return Measurement(
        f"processor time of all our processes for an event, {rate} events/s",
        f"{PROCESSOR * 1000:.0f} ms",
        [spent / PROCESSOR],
        "< 1",
        f"{spent * 1000:.1f} ms",
    )
