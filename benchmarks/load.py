"""Reads over connections that stay open, and what they cost the server that answers them."""

import asyncio
import itertools
import os
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from deploy.keeper import family

AT_ONCE = 8


@dataclass(frozen=True)
class Cost:
    """Cost of one request, in microseconds."""

    processor: float
    """Processor time of the server's processes, in user and kernel mode."""
    median: float
    """From sending it to having read the answer, with as many others on their way as were asked for."""


async def cost(
    urls: Sequence[str], pid: int, *, count: int, headers: Mapping[str, str] | None = None, at_once: int = AT_ONCE
) -> Cost:
    """Return the cost of a read, after as many reads to warm up. RuntimeError if one is not answered 200."""
    async with aiohttp.ClientSession(headers=headers, connector=aiohttp.TCPConnector(limit=at_once)) as http:
        await _read(http, urls, count, at_once)
        before = processor(pid)
        took = await _read(http, urls, count, at_once)
        spent = processor(pid) - before
    return Cost(spent / count * 1e6, statistics.median(took) * 1e6)


async def _read(http: aiohttp.ClientSession, urls: Sequence[str], count: int, at_once: int) -> list[float]:
    took = []
    left = iter(list(itertools.islice(itertools.cycle(urls), count)))

    async def reads() -> None:
        for url in left:
            begun = time.perf_counter()
            async with http.get(url) as answer:
                await answer.read()
            took.append(time.perf_counter() - begun)
            if answer.status != 200:
                raise RuntimeError(f"{url} answered {answer.status}")

    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(reads())
    return took


def processor(pid: int) -> float:
    """Seconds of processor time that a process and its children have had."""
    ticks = 0
    for member in family(pid):
        fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> float:
    """Megabytes that a process and its children hold, what they share counted once."""
    lines = [Path(f"/proc/{member}/smaps_rollup").read_text() for member in family(pid)]
    held = [line.split()[1] for text in lines for line in text.splitlines() if line.startswith("Pss:")]
    return sum(map(int, held)) / 1024
