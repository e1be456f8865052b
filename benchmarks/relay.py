"""Events a second from an outbox to confirmed publication, and what aio-pika publishes from memory."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from statistics import median

import aio_pika
from sqlalchemy import select

from benchmarks.table import Measurement
from deploy.servers import Postgres, RabbitMQ
from services.territory.app import service
from shared.bus.factory import connect
from shared.bus.topology import EXCHANGE
from shared.events import routing_key
from shared.events.territory import FigureDeclared
from shared.ids import uuid7
from shared.messaging.relay import Relay
from shared.settings import Settings
from shared.storage import outbox
from shared.storage.database import Database
from shared.storage.migrations import migrate
from shared.storage.outbox import BATCH
from shared.storage.tables import outbox as stored
from tests.support import platforms

EVENTS = 5000
"""In each round, each of a subject of its own, as nearly all are that wait together."""


async def rows(postgres: Postgres, rabbitmq: RabbitMQ, folder: Path, rounds: int) -> list[Measurement]:
    """The relay, which reads, publishes, checks the confirms and marks, against publication alone."""
    settings = Settings(data_dir=folder, database_url=postgres.create_database("relay"))
    database = Database("territory", settings)
    await migrate(database, service.metadata, service.migrations)
    rates = []
    vhost, ways_in = platforms.unused_vhost(rabbitmq)
    for _ in range(rounds):
        bodies = await _store_events(database)
        bare = await _bare(ways_in["territory"], bodies)
        _forget(rabbitmq, vhost)
        relayed = await _relayed(ways_in["territory"], database)
        _forget(rabbitmq, vhost)
        rates.append((relayed, bare))
    await database.close()
    ours, other = (median(each) for each in zip(*rates, strict=True))
    return [
        Measurement(
            "events a second from outbox to confirmed",
            "aio-pika from memory, as many at once",
            [mine / its for mine, its in rates],
            "≥ 0.9",
            f"{ours:,.0f} of {other:,.0f}",
        )
    ]


async def _store_events(database: Database) -> list[str]:
    """The stored bytes of events that wait."""
    async with database.writing() as session:
        for number in range(EVENTS):
            outbox.add(
                session,
                FigureDeclared(figure_id=uuid7(), metric="bench", value=number, day=date(2020, 1, 1), source="essai"),
            )
    async with database.reading() as session:
        found = await session.scalars(select(stored.c.body).where(stored.c.published_at.is_(None)))
        return list(found)


async def _relayed(url: str, database: Database) -> float:
    bus = connect(url)
    await bus.start()
    relay = Relay(database, bus)
    started = time.perf_counter()
    if not await relay.publish_all():
        raise RuntimeError("The broker was away.")
    took = time.perf_counter() - started
    await bus.close()
    async with database.reading() as session:
        if left := await outbox.unpublished(session):
            raise RuntimeError(f"{left} events are not published.")
    return EVENTS / took


async def _bare(url: str, bodies: Sequence[str]) -> float:
    """Persistent, confirmed, told if no queue takes it: the same promises, without a database."""
    async with _exchange(url) as exchange:
        started = time.perf_counter()
        for first in range(0, len(bodies), BATCH):
            async with asyncio.TaskGroup() as group:
                for body in bodies[first : first + BATCH]:
                    group.create_task(_publish(exchange, body))
        return len(bodies) / (time.perf_counter() - started)


@asynccontextmanager
async def _exchange(url: str) -> AsyncIterator[aio_pika.abc.AbstractExchange]:
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel(on_return_raises=True)
        yield await channel.get_exchange(EXCHANGE, ensure=False)


async def _publish(exchange: aio_pika.abc.AbstractExchange, body: str) -> None:
    message = aio_pika.Message(
        body.encode(),
        content_type="application/cloudevents+json",
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        message_id=str(uuid7()),
    )
    await exchange.publish(message, routing_key(FigureDeclared.type), mandatory=True)


def _forget(rabbitmq: RabbitMQ, vhost: str) -> None:
    """Empty the queues, so that each round finds the broker as the one before did."""
    for queue in rabbitmq.ctl("list_queues", "--vhost", vhost, "name").split():
        if queue != "name":
            rabbitmq.ctl("purge_queue", queue, "--vhost", vhost)
