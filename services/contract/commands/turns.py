"""Turns of work in child processes: one at a time of each kind, as each may take half of the memory of a container."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final
from weakref import WeakKeyDictionary

from shared.problem import Unavailable

WAIT: Final = 8
"""Maximum wait for a turn, in seconds. With the time of the work it is less than the patience of the gateway."""
_turns: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, asyncio.Lock]]] = WeakKeyDictionary()


@asynccontextmanager
async def turn(kind: str, *, wait: float = WAIT) -> AsyncIterator[None]:
    """Wait for the turn of this kind of work, and hold it. Raises Unavailable if others take too long."""
    lock = _turns.setdefault(asyncio.get_running_loop(), {}).setdefault(kind, asyncio.Lock())
    try:
        async with asyncio.timeout(wait):
            await lock.acquire()
    except TimeoutError:
        raise Unavailable(
            f"Other {kind} are being worked on: try again in a moment.", headers={"Retry-After": "5"}
        ) from None
    try:
        yield
    finally:
        lock.release()
