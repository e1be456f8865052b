"""From commit to receiver: by outbox, relay, RabbitMQ, inbox, journal, planning and engine, as real processes."""

import asyncio
import statistics
import time
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import select

from benchmarks.receiver import Receiver, receiving
from deploy.servers import Postgres, RabbitMQ
from services.demo.story import ok, until
from shared import outbox, tables
from shared.db import Database
from shared.events.territory import FigureDeclared
from shared.ids import uuid7
from shared.settings import Settings
from tests import forms
from tests.events.told import DELIVERING
from tests.processes import Client, Form

RATES = (50, 200)
"""Events a second."""
SECONDS = 20


async def delays(postgres: Postgres, rabbitmq: RabbitMQ) -> dict[int, list[float]]:
    """Rate → the delay of each event, in seconds."""
    found = {}
    with TemporaryDirectory() as loading, TemporaryDirectory() as folder:
        templates = forms.Templates(postgres, rabbitmq)
        await forms.load(templates, Path(loading))
        async with (
            forms.distributed(templates, Path(folder), **DELIVERING) as form,
            receiving() as receiver,
            form.client("partner") as partner,
        ):
            await _subscribe(partner, f"{receiver.url}/partner")
            for rate in RATES:
                found[rate] = await _measure(form, receiver, rate)
    return found


async def _subscribe(partner: Client, url: str) -> None:
    made = ok(await partner.post("/v1/subscriptions", json={"url": url}))

    async def consented() -> bool:
        return bool(ok(await partner.get(f"/v1/subscriptions/{made['id']}"))["status"] == "active")

    await until(consented)


async def _measure(form: Form, receiver: Receiver, rate: int) -> list[float]:
    """Commit at a steady pace, whatever the receiver does."""
    await receiver.forget()
    settings = Settings(data_dir=form.data_dir, database_url=form.database_url.format(service="territory"))
    database = Database("territory", settings)
    committed: dict[str, float] = {}
    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for number in range(rate * SECONDS):
            await asyncio.sleep(max(started + number / rate - time.perf_counter(), 0))
            group.create_task(_commit(database, committed))
    arrived = await receiver.has(len(committed))
    async with database.reading() as session:
        rows = await session.execute(select(tables.outbox.c.event_id, tables.outbox.c.subject))
        ids = {row.subject: row.event_id for row in rows}
    await database.close()
    return [arrived[f"{ids[subject]}/partner"] - at for subject, at in committed.items()]


async def _commit(database: Database, committed: dict[str, float]) -> None:
    figure = FigureDeclared(figure_id=uuid7(), metric="bench", value=1, day=date(2020, 1, 1), source="essai")
    async with database.writing() as session:
        outbox.add(session, figure)
    committed[figure.subject] = time.time()


def quantiles(delays: list[float]) -> tuple[float, float, float]:
    """The median, the 95th and the 99th percentile, in milliseconds."""
    cut = statistics.quantiles(delays, n=100)
    return cut[49] * 1000, cut[94] * 1000, cut[98] * 1000
