"""Fewer and larger passes of a loop under load."""

import asyncio
import time
from typing import Final

INTERVAL: Final = 0.02
"""Seconds between the starts of two passes."""


class Pace:
    """Separates the passes of a loop by a minimum time. At rest no pass waits; under load each pass takes more."""

    def __init__(self, seconds: float = INTERVAL) -> None:
        self._seconds = seconds
        self._next = float("-inf")

    async def wait(self) -> None:
        """Wait until the next pass may start."""
        if (pause := self._next - time.monotonic()) > 0:
            await asyncio.sleep(pause)
        self._next = time.monotonic() + self._seconds
