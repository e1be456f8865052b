"""Waiting for what must come: a busy machine may stand still for long, and a wait that ends well costs nothing."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

Found = TypeVar("Found")

PATIENCE: Final = 90.0
"""Seconds after which something will not come any more."""


async def until(
    read: Callable[[], Awaitable[Found]], holds: Callable[[Found], object] = bool, *, seconds: float = PATIENCE
) -> Found:
    """Read again and again until it holds, and return what was read: nobody tells a test of a commit.

    Between two readings pass four times as long as one takes: what is waited for needs the processor.
    """
    begun = time.monotonic()
    found = await read()
    try:
        async with asyncio.timeout(seconds):
            while not holds(found):
                await asyncio.sleep(max(0.01, 4 * (time.monotonic() - begun)))
                begun = time.monotonic()
                found = await read()
    except TimeoutError:
        raise AssertionError(f"after {seconds} s it is still {found!r}") from None
    return found
