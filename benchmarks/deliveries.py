"""Deliveries a second: the engine, which reads, signs, checks addresses and writes each attempt, and a bare loop."""

import asyncio
import time
from collections.abc import Iterable
from pathlib import Path
from statistics import median

import aiohttp
from pydantic import SecretStr
from sqlalchemy import select

from benchmarks.receiver import ReceiverProcess, receiving
from benchmarks.table import Measurement
from deploy.servers import Postgres
from services.notification.app import service
from services.notification.models import Delivery, DeliveryState
from services.notification.rules.retries import MAX_CONCURRENCY
from shared.ids import uuid7
from shared.settings import Settings
from shared.storage.migrations import migrate
from tests.services.notification.engine import Bench, bench

SUBSCRIBERS = 10
EVENTS = 500
"""For each of them."""
BODY = b'{"title":"' + b"x" * 900 + b'"}'


async def rows(postgres: Postgres, folder: Path, rounds: int) -> list[Measurement]:
    """Deliveries a second of the engine and of the bare loop, in turn."""
    rates = []
    async with receiving() as receiver:
        for number in range(rounds):
            bare = await _bare(receiver)
            settings = Settings(
                data_dir=folder,
                database_url=postgres.create_database(f"deliveries_{number}"),
                secrets_key=SecretStr("a key of the benchmarks"),
            )
            async with bench(settings) as place:
                await migrate(place.database, service.metadata, service.migrations)
                rates.append((await _engine(place, receiver), bare))
    ours, other = (median(each) for each in zip(*rates, strict=True))
    return [
        Measurement(
            "deliveries a second",
            "a bare aiohttp loop that posts from memory",
            [mine / its for mine, its in rates],
            "≥ 0.7",
            f"{ours:,.0f} of {other:,.0f}",
        )
    ]


async def _bare(receiver: ReceiverProcess) -> float:
    """The same requests, from memory, with the same connections; not signed, nothing written."""
    await receiver.forget()

    async def send(http: aiohttp.ClientSession, url: str, ids: Iterable[str]) -> None:
        for event_id in ids:
            async with http.post(url, data=BODY, headers={"webhook-id": event_id}) as answer:
                await answer.read()

    started = time.perf_counter()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http, asyncio.TaskGroup() as group:
        for name in range(SUBSCRIBERS):
            ids = iter([str(uuid7()) for _ in range(EVENTS)])
            for _ in range(MAX_CONCURRENCY):
                group.create_task(send(http, f"{receiver.url}/{name}", ids))
    took = time.perf_counter() - started
    return len(await receiver.arrivals()) / took


async def _waits(place: Bench) -> bool:
    async with place.database.reading() as session:
        waiting = select(Delivery.id).where(Delivery.state == DeliveryState.WAITING).limit(1)
        return await session.scalar(waiting) is not None


async def _engine(place: Bench, receiver: ReceiverProcess) -> float:
    """From the start of the engine until each delivery is written down."""
    await receiver.forget()
    subscriptions = [await place.subscribe(f"{receiver.url}/{name}") for name in range(SUBSCRIBERS)]
    await place.plan(*subscriptions, subjects=[f"figure/{number}" for number in range(EVENTS)])
    started = time.perf_counter()
    async with place.running():
        while await _waits(place):  # noqa: ASYNC110 - nobody tells when the last is written
            await asyncio.sleep(0.05)
    return SUBSCRIBERS * EVENTS / (time.perf_counter() - started)
