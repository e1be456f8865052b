"""An issuer that is not ours, and the platform in one process that takes its tokens."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest

from deploy.processes import Process
from tests.support.fixtures import completed
from tests.system.identity.provider import Provider


@pytest.fixture(scope="package")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """The issuer at work."""
    with Provider(tmp_path_factory.mktemp("issuer") / "log.txt") as provider:
        yield provider


@pytest.fixture(scope="package")
def platform(
    loaded: Callable[[Path], None], issuer: Provider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Process]:
    """The platform, with the times that are its own: ask it for no unknown key, it looks for one a minute."""
    folder = tmp_path_factory.mktemp("platform")
    loaded(folder)
    process = Process((), {"TERRITORIES_DATA_DIR": str(folder), **issuer.settings}, folder / "out.txt")
    try:
        process.start()
        completed(process.ready())
        yield process
    finally:
        process.stop()


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """A client of everything."""
    async with httpx.AsyncClient(timeout=30) as client:
        yield client
