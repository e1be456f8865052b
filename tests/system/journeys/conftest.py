"""The platform in both of its platforms, the distributed one behind its edge: the same journeys pass on each."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support import platforms
from tests.support.platforms import Templates
from tests.support.processes import Form


@pytest.fixture(params=["embedded", "cluster"])
async def form(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Form]:
    """The platform at work, with the real reference data."""
    if request.param == "embedded":
        await asyncio.to_thread(request.getfixturevalue("loaded"), tmp_path)
        async with platforms.embedded(tmp_path) as form:
            yield form
    else:
        templates: Templates = request.getfixturevalue("templates")
        async with platforms.cluster(templates, tmp_path) as form:
            yield form
