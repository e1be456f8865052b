"""Readers that never pause: what a public portal and a Region's dashboard ask, at a steady pace, through the edge."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import aiohttp

READS: Final = (
    "/v1/territories/2018-ti-7505",
    "/v1/contracts?limit=1",
    "/v1/services/BDT-01",
    "/v1/event-types/contract.ContractSigned.v1",
    "/v1/organisations/200067254",
    "/v1/progress?phase=2018",
)
"""One of each service, and two of those that have most readers; none needs a token."""


@dataclass
class Readers:
    """Readers, and the answers that they got."""

    answered: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """All that were sent and ended."""
        return self.answered.total() + len(self.failed)

    async def read(self, session: aiohttp.ClientSession, path: str) -> None:
        """One read, which must be answered."""
        try:
            async with session.get(path) as answer:
                body = await answer.text()
                if answer.status == 200:
                    self.answered[path] += 1
                else:
                    self.failed.append(f"{path}: {answer.status} {body[:200]}")
        except (aiohttp.ClientError, TimeoutError) as error:
            self.failed.append(f"{path}: {error!r}")


@asynccontextmanager
async def reading(url: str, *, each_second: float) -> AsyncIterator[Readers]:
    """Reads at a steady pace, whatever becomes of those before; at the end, all are waited for.

    Where the machine is too slow for that pace, no more than forty are on their way at once: one process answers twenty
    at a time, and refuses who has waited for ten seconds. That is overload, which these tests are not about.
    """
    readers = Readers()
    tasks: set[asyncio.Task[None]] = set()
    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(url, timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as session:

        async def pace() -> None:
            begun = time.monotonic()
            for number, path in enumerate(itertools.cycle(READS)):
                await asyncio.sleep(max(0, begun + number / each_second - time.monotonic()))
                while len(tasks) >= 40:
                    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                task = asyncio.create_task(readers.read(session, path))
                tasks.add(task)
                task.add_done_callback(tasks.discard)

        pacing = asyncio.create_task(pace())
        try:
            yield readers
        finally:
            pacing.cancel()
            await asyncio.gather(pacing, return_exceptions=True)
            await asyncio.gather(*tasks)
