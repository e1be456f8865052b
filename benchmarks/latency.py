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

from sqlalchemy import func, select

from app.demo.journey import ok, until
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
WANTED = 0.050
"""Seconds from commit to consumer, of 99 in 100 events at a moderate load."""


@dataclass(frozen=True)
class Latencies:
    """Latencies of each event, in seconds."""

    consumer: list[float]
    """Until the handler's transaction is about to commit."""
    receiver: list[float]


async def rows(templates: platforms.Templates, folder: Path) -> list[Measurement]:
    """At each rate; the ratio is that of the 99th percentile to what is wanted."""
    async with (
        platforms.distributed(templates, folder, **DELIVERING) as form,
        receiving() as receiver,
        form.client("partner") as partner,
    ):
        await _subscribe(partner, f"{receiver.url}/partner")
        found = {rate: await _measure(form, receiver, rate) for rate in RATES}
    return [
        *(_row(f"commit → consumer, {rate} events/s", delays.consumer) for rate, delays in found.items()),
        *(_row(f"commit → webhook, {rate} events/s", delays.receiver) for rate, delays in found.items()),
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
    committed: dict[str, float] = {}
    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(rate * SECONDS):
            await asyncio.sleep(max(started + number / rate - time.perf_counter(), 0))
            group.create_task(_commit(territory, committed))
    arrived = await receiver.has(len(committed))
    applied = await _applied(contract, committed)
    async with territory.reading() as session:
        found = await session.execute(select(tables.outbox.c.event_id, tables.outbox.c.subject))
        ids = {row.subject: row.event_id for row in found}
    await territory.close()
    await contract.close()
    return Latencies(
        [applied[subject] - at for subject, at in committed.items()],
        [arrived[f"{ids[subject]}/partner"] - at for subject, at in committed.items()],
    )


def _database(form: Form, service: str) -> Database:
    settings = Settings(data_dir=form.data_dir, database_url=form.database_url.format(service=service))
    return Database(service, settings)


async def _commit(database: Database, committed: dict[str, float]) -> None:
    figure = FigureDeclared(figure_id=uuid7(), metric="bench", value=1, day=date(2020, 1, 1), source="essai")
    async with database.writing() as session:
        outbox.add(session, figure)
    committed[figure.subject] = time.time()


async def _applied(contract: Database, committed: Mapping[str, float]) -> dict[str, float]:
    """When each event was handled, in seconds of the machine's clock."""
    done = select(tables.handlings.c.subject, func.max(tables.handlings.c.closed_at).label("at")).group_by(
        tables.handlings.c.subject
    )
    async with asyncio.timeout(120):
        while True:
            async with contract.reading() as session:
                found = {row.subject: row.at for row in await session.execute(done) if row.at}
            if found.keys() >= committed.keys():
                return {subject: found[subject].timestamp() for subject in committed}
            await asyncio.sleep(0.1)


def _row(measured: str, delays: list[float]) -> Measurement:
    cut = statistics.quantiles(delays, n=100)
    p50, p95, p99 = (cut[place - 1] * 1000 for place in (50, 95, 99))
    return Measurement(
        f"{measured}, p99",
        "50 ms",
        [p99 / 1000 / WANTED],
        "< 1" if measured.startswith("commit → consumer") and "200" not in measured else "",
        f"p50 {p50:.0f} ms, p95 {p95:.0f} ms, p99 {p99:.0f} ms",
    )
