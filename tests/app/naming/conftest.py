"""A platform of its own: what is named here would be in the way of other tests."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from tests.app.permissions.world import World, at_work


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def world(loaded: Callable[[Path], None], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """The platform at work, with what the requests are about."""
    folder = tmp_path_factory.mktemp("naming")
    loaded(folder)
    async with at_work(folder) as world:
        await world.begin()
        yield world
