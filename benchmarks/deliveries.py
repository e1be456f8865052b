"""Deliveries a second: the engine, which reads, signs, checks addresses and writes each attempt, and a bare loop.

And a backlog of a hundred thousand deliveries to ten receivers, with and without one that is dead.
"""

import asyncio
import os
import socket
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median

import aiohttp
from pydantic import SecretStr
from sqlalchemy import func, select

from benchmarks.load import memory
from benchmarks.receiver import ReceiverProcess, receiving
from benchmarks.table import Measurement
from deploy.servers import Postgres
from services.notification.app import service
from services.notification.models import Delivery, DeliveryState, Subscription
from services.notification.rules.retries import MAX_CONCURRENCY
from shared.ids import uuid7
from shared.settings import Settings
from shared.storage.migrations import migrate
from tests.services.notification.engine import Bench, bench

SUBSCRIBERS = 10
EVENTS = 500
"""For each of them."""
BACKLOG = 10_000
"""Events of the backlog, for each of them."""
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
            "≥ 0.4",
            f"{ours:,.0f} of {other:,.0f}",
        )
    ]


async def backlog(postgres: Postgres, folder: Path) -> list[Measurement]:
    """Drain a backlog to living receivers, beside a dead one and without it; and how much the memory grows."""
    rates: list[float] = []
    grown: list[float] = []
    async with receiving() as receiver:
        for dead in (0, 1):
            settings = Settings(
                data_dir=folder,
                database_url=postgres.create_database(f"backlog_{dead}"),
                secrets_key=SecretStr("a key of the benchmarks"),
            )
            async with bench(settings) as place:
                await migrate(place.database, service.metadata, service.migrations)
                rate, growth = await _drained(place, receiver, dead)
            rates.append(rate)
            grown.append(growth)
    return [
        Measurement(
            f"a backlog of {BACKLOG * SUBSCRIBERS:,} deliveries, one receiver of {SUBSCRIBERS} dead",
            "without the dead one",
            [rates[1] / rates[0]],
            "≥ 0.9",
            f"{rates[1]:,.0f} of {rates[0]:,.0f} a second",
        ),
        Measurement(
            "memory while it drains", "flat", [grown[1] / grown[0]], "", f"{grown[1]:+.0f} MB, {grown[0]:+.0f} MB"
        ),
    ]


async def _drained(place: Bench, receiver: ReceiverProcess, dead: int) -> tuple[float, float]:
    """Return the deliveries a second to the living ones, and the growth of memory from a tenth to the end, in MB."""
    await receiver.forget()
    alive = [await place.subscribe(f"{receiver.url}/{name}") for name in range(SUBSCRIBERS - dead)]
    with socket.socket() as silent:
        # Bound and not listening: a connection is refused.
        silent.bind(("127.0.0.1", 0))
        gone = [await place.subscribe(f"http://127.0.0.1:{silent.getsockname()[1]}/{name}") for name in range(dead)]
        for start in range(0, BACKLOG, EVENTS):
            subjects = [f"figure/{number}" for number in range(start, start + EVENTS)]
            await place.plan(*alive, *gone, subjects=subjects)
        started = time.perf_counter()
        async with place.running():
            await _until(place, alive, left=BACKLOG * len(alive) * 9 // 10)
            early = memory(os.getpid())
            await _until(place, alive, left=0)
            took = time.perf_counter() - started
            return BACKLOG * len(alive) / took, memory(os.getpid()) - early


async def _until(place: Bench, subscriptions: Sequence[Subscription], *, left: int) -> None:
    """Wait until at most so many deliveries of these subscriptions wait."""
    ids = [each.id for each in subscriptions]
    waiting = select(func.count()).where(Delivery.state == DeliveryState.WAITING, Delivery.subscription_id.in_(ids))
    while True:
        async with place.database.reading() as session:
            if (await session.scalar(waiting) or 0) <= left:
                return
        await asyncio.sleep(0.2)


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
