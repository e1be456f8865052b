"""Fewer and larger passes of a loop under load."""

import asyncio
import time
from typing import Final

MIN_INTERVAL: Final = 0.015
"""Seconds between the starts of two passes, at least."""
MAX_INTERVAL: Final = 0.05
"""Seconds between the starts of two passes after a long one."""
SHARE: Final = 0.5
"""Part of the time that passes may take. A pass costs nearly the same for one event and for ten."""


class Pace:
    """Separates the passes of a loop. At rest no pass waits; the longer they take, the more each finds to do."""

    def __init__(self, least: float = MIN_INTERVAL, most: float = MAX_INTERVAL) -> None:
        self._least = least
        self._most = most
        self._started = float("-inf")
        self._next = float("-inf")

    async def wait(self) -> None:
        """Wait until the next pass may start."""
        if (pause := self._next - time.monotonic()) > 0:
            await asyncio.sleep(pause)
        self._started = time.monotonic()
        self._next = self._started + self._least

    def done(self) -> None:
        """End the pass: the next one may start later if this one took long."""
        took = time.monotonic() - self._started
        self._next = self._started + min(max(took / SHARE, self._least), self._most)
