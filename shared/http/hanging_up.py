"""Notice that a client hangs up while its request waits: the server goes on with the request, and says so only here."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import Request


@asynccontextmanager
async def hanging_up(request: Request, then: Callable[[], None]) -> AsyncIterator[None]:
    """Call a function once if the client hangs up within the block."""
    # The end of the connection comes after the body.
    await request.body()
    watch = asyncio.create_task(_watch(request, then))
    try:
        yield
    finally:
        watch.cancel()
        await asyncio.wait([watch])


async def _watch(request: Request, then: Callable[[], None]) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    then()
