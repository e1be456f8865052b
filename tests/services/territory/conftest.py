"""The territory service, loaded once with the real reference data and copied for each test."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select, update

from services.territory.app import service
from services.territory.commands.load import load
from shared.clock import now
from shared.events import PREFIX
from shared.runtime.app import serve
from shared.security.access import Caller, Role
from shared.security.dependencies import challenge
from shared.security.request_state import VERIFIER
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.migrations import migrate
from shared.storage.sequencer import Sequencer
from shared.storage.tables import outbox
from tests.services.territory.api import Api
from tests.support.fixtures import sealed

SCOPES: Final = frozenset(
    f"{collection}:{verb}"
    for collection in ("territories", "organisations", "pilots", "perimeters", "committees", "decisions", "figures")
    for verb in ("read", "write", "decide")
)

Told = Callable[[], Awaitable[list[dict[str, Any]]]]


class Callers:
    """Takes the word of a token for who calls: `region:200053759`, with every scope."""

    async def verify(self, token: str) -> Caller:
        """The caller that the token spells out."""
        role, _, org = token.partition(":")
        if role not in list(Role):
            raise challenge(f"{role} is not a role.")
        return Caller(client_id=token, sub=token, scopes=SCOPES, role=Role(role), org=org or None)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """A database, migrated."""
    database = Database("territory", settings)
    try:
        await migrate(database, service.metadata, service.migrations)
        yield database
    finally:
        await database.close()


async def _fill(folder: Path) -> None:
    async with opened(Settings(data_dir=folder)) as database:
        await load(database, lambda _: None)
        async with database.writing() as session:
            await session.execute(update(outbox).values(published_at=now()))
        while await Sequencer(database).number():
            pass


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the reference data, told to everybody and numbered; nobody changes it."""
    folder = tmp_path_factory.mktemp("territory")
    asyncio.run(_fill(folder))
    return sealed(folder / "territory.db")


@pytest.fixture
async def database(loaded: Path, tmp_path: Path) -> AsyncIterator[Database]:
    """A loaded database of one's own."""
    shutil.copy(loaded, tmp_path)
    async with opened(Settings(data_dir=tmp_path)) as database:
        yield database


@pytest.fixture
async def told(database: Database) -> Told:
    """The facts told since the test began, oldest first: their names under `fact`, and what they say."""
    async with database.reading() as session:
        last = await session.scalar(select(outbox.c.id).order_by(outbox.c.id.desc()).limit(1)) or 0

    async def read() -> list[dict[str, Any]]:
        async with database.reading() as session:
            bodies = await session.scalars(select(outbox.c.body).where(outbox.c.id > last).order_by(outbox.c.id))
        events = [json.loads(body) for body in bodies]
        return [{"fact": event["type"].removeprefix(f"{PREFIX}territory."), **event["data"]} for event in events]

    return read


@asynccontextmanager
async def at_work(settings: Settings) -> AsyncIterator[Api]:
    """The service at work on a database that is there, called without a token unless the test says as whom."""
    app = serve(service, settings=settings, complete=True)
    async with app.router.lifespan_context(app):
        VERIFIER.set(app, Callers())
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://territory") as client:
            yield Api(client)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def library(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    """The service at work for tests that only read: one for all of them, in the loop of the session."""
    folder = tmp_path_factory.mktemp("library")
    shutil.copy(loaded, folder)
    async with at_work(Settings(data_dir=folder)) as api:
        yield api


@pytest.fixture
async def api(database: Database, tmp_path: Path) -> AsyncIterator[Api]:
    """The service at work on that database."""
    async with at_work(Settings(data_dir=tmp_path)) as api:
        yield api
