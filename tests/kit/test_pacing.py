"""Passes of a loop are separated under load and start at once at rest."""

import asyncio
import itertools
import time

from shared.pacing import Pace


async def test_under_load_passes_are_separated() -> None:
    pace, starts = Pace(0.02), []
    for _ in range(5):
        await pace.wait()
        starts.append(time.monotonic())

    assert all(later - earlier >= 0.02 for earlier, later in itertools.pairwise(starts))


async def test_at_rest_no_pass_waits() -> None:
    pace = Pace(0.02)
    for _ in range(3):
        waiting = asyncio.ensure_future(pace.wait())
        await asyncio.sleep(0)
        assert waiting.done()
        await asyncio.sleep(0.03)
