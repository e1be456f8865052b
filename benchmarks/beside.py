"""Delay of the deliveries to a good receiver, alone and beside a dead, a slow, a resetting and a lying one.

Each event goes to all of them. The control has four more good ones in their place, which cost as much sending.
"""

import asyncio
import socket
import statistics
import struct
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from pydantic import SecretStr

from benchmarks.receiver import ReceiverProcess, receiving
from benchmarks.table import Measurement
from deploy.servers import Postgres
from services.notification.app import service
from services.notification.models import Subscription
from shared.ids import uuid7
from shared.settings import Settings
from shared.storage.migrations import migrate
from tests.services.notification.engine import Bench, bench

EVENTS = 400
PER_SECOND = 20
SLOW = 3.0
"""Seconds for which the slow receiver thinks."""
WAYS = ("alone", "beside four good ones", "beside four bad ones")


async def rows(postgres: Postgres, folder: Path, rounds: int) -> list[Measurement]:
    """Measure the 95th percentile each way, in turn."""
    found: dict[str, list[float]] = {way: [] for way in WAYS}
    for number in range(rounds):
        for way in WAYS:
            settings = Settings(
                data_dir=folder,
                database_url=postgres.create_database(f"beside_{number}_{WAYS.index(way)}"),
                secrets_key=SecretStr("a key of the benchmarks"),
            )
            async with bench(settings) as place:
                await migrate(place.database, service.metadata, service.migrations)
                found[way].append(await _percentile(place, way))
    return [_row(found, WAYS[2], WAYS[0], "≤ 2"), _row(found, WAYS[2], WAYS[1], ""), _row(found, WAYS[1], WAYS[0], "")]


def _row(found: dict[str, list[float]], way: str, other: str, wanted: str) -> Measurement:
    mine, its = (statistics.median(found[each]) * 1000 for each in (way, other))
    return Measurement(
        f"delay of a good receiver {way}, p95",
        other,
        [one / another for one, another in zip(found[way], found[other], strict=True)],
        wanted,
        f"{mine:.0f} ms, {its:.0f} ms",
    )


async def _percentile(place: Bench, way: str) -> float:
    async with AsyncExitStack() as stack:
        receiver = await stack.enter_async_context(receiving())
        good = await place.subscribe(f"{receiver.url}/good")
        others: list[Subscription] = []
        if way == WAYS[1]:
            for name in range(4):
                other = await stack.enter_async_context(receiving())
                others.append(await place.subscribe(f"{other.url}/{name}"))
        if way == WAYS[2]:
            others = [await place.subscribe(url) for url in await stack.enter_async_context(_bad())]
        await stack.enter_async_context(place.running())
        return await _delays(place, receiver, good, others)


async def _delays(place: Bench, receiver: ReceiverProcess, good: Subscription, others: Sequence[Subscription]) -> float:
    """Return the 95th percentile of the seconds from planning to arrival."""
    planned: dict[str, float] = {}
    started = time.perf_counter()
    for number in range(EVENTS):
        await asyncio.sleep(max(started + number / PER_SECOND - time.perf_counter(), 0))
        [event_id] = await place.plan(good, *others, subjects=[f"figure/{uuid7()}"])
        planned[event_id] = time.time()
    arrived = await receiver.has(EVENTS)
    return statistics.quantiles([arrived[f"{key}/good"] - at for key, at in planned.items()], n=100)[94]


@asynccontextmanager
async def _bad() -> AsyncIterator[list[str]]:
    """Addresses of a dead, a slow, a resetting and a lying receiver."""

    async def think(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(SLOW)
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        writer.close()

    async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Without lingering, closing resets the connection.
        sock: socket.socket = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async def lie(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nnot so long")
        writer.close()

    with socket.socket() as dead:
        # Bound and not listening: a connection is refused.
        dead.bind(("127.0.0.1", 0))
        async with AsyncExitStack() as stack:
            ports = [dead.getsockname()[1]]
            for serve in (think, reset, lie):
                server = await stack.enter_async_context(await asyncio.start_server(serve, "127.0.0.1"))
                ports.append(server.sockets[0].getsockname()[1])
            yield [f"http://127.0.0.1:{port}/" for port in ports]
