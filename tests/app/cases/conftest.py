"""A platform for one case, without other objects."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest_asyncio

from tests.app.permissions.world import World, at_work


@pytest_asyncio.fixture
async def world(loaded: Callable[[Path], None], tmp_path: Path) -> AsyncIterator[World]:
    """The platform at work, with the reference data."""
    loaded(tmp_path)
    async with at_work(tmp_path) as world:
        yield world
