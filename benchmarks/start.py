"""Seconds until the embedded platform is ready, and its memory at rest."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.load import memory
from benchmarks.table import Measurement
from deploy.processes import Process

REST = 5.0
"""Seconds after which it rests."""


@dataclass(frozen=True)
class Start:
    """Seconds until it answers that it is ready, and megabytes when it rests."""

    seconds: float
    megabytes: float


async def rows(rounds: int) -> list[Measurement]:
    """A first start and a second one, beside FastAPI with SQLAlchemy and one read."""
    starts: list[tuple[Start, Start, Start]] = []
    for _ in range(rounds):
        with TemporaryDirectory() as name:
            folder = Path(name)
            first, second = await _platform(folder), await _platform(folder)
            # Of its database it is not asked.
            unused = {"DATABASE_URL": "postgresql://127.0.0.1/none"}
            process = Process((), unused, folder / "rival.txt", module="benchmarks.rivals.fastapi_orm")
            starts.append((first, second, await _start(process, "/openapi.json")))
    return [
        _row("seconds until ready, the first time", starts, lambda each: each.seconds, 0, "5 s", "s"),
        _row("seconds until ready, after that", starts, lambda each: each.seconds, 1, "5 s", "s"),
        _row("memory at rest, the first time", starts, lambda each: each.megabytes, 0, "200 MB", "MB"),
        _row("memory at rest, after that", starts, lambda each: each.megabytes, 1, "200 MB", "MB"),
    ]


async def _platform(folder: Path) -> Start:
    """As `make run` starts it."""
    environment = {"TERRITORIES_DATA_DIR": str(folder), "MALLOC_ARENA_MAX": "2"}
    return await _start(Process((), environment, folder / "out.txt"), "/health/ready")


async def _start(process: Process, path: str) -> Start:
    begun = time.perf_counter()
    process.start()
    try:
        await process.ready(path)
        seconds = time.perf_counter() - begun
        await asyncio.sleep(REST)
        return Start(seconds, memory(process.pid))
    finally:
        await asyncio.to_thread(process.stop)


def _row(
    measured: str,
    starts: list[tuple[Start, Start, Start]],
    figure: Callable[[Start], float],
    place: int,
    bound: str,
    unit: str,
) -> Measurement:
    pairs = [(figure(each[place]), figure(each[2])) for each in starts]
    ours, other = (median(each) for each in zip(*pairs, strict=True))
    digits = 1 if unit == "s" else 0
    return Measurement(
        measured,
        "FastAPI + SQLAlchemy, one read",
        [mine / its for mine, its in pairs],
        f"< {bound}",
        f"{ours:.{digits}f} {unit}, {other:.{digits}f} {unit}",
    )
