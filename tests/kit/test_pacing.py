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


async def test_after_a_long_pass_the_next_one_waits_as_long_again() -> None:
    pace, starts = Pace(0.001, 10), []
    for _ in range(3):
        await pace.wait()
        starts.append(time.monotonic())
        await asyncio.sleep(0.03)
        pace.done()

    assert all(later - earlier >= 0.06 for earlier, later in itertools.pairwise(starts))


async def test_no_pass_waits_longer_than_the_limit() -> None:
    pace = Pace(0.001, 0.02)
    await pace.wait()
    await asyncio.sleep(0.05)
    pace.done()
    waiting = asyncio.ensure_future(pace.wait())
    await asyncio.sleep(0)

    assert waiting.done()
