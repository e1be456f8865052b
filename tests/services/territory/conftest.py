"""The territory service in this process, with the real reference data."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from sqlalchemy import select, update

from services.territory.app import service
from services.territory.commands.load import load
from shared.clock import now
from shared.events import PREFIX
from shared.runtime.app import serve
from shared.settings import Settings
from shared.storage import known
from shared.storage.database import Database
from shared.storage.sequencer import Sequencer
from shared.storage.tables import history, outbox
from tests.services.territory.api import Api
from tests.support.harness import Callers, Prepared, migrated, scopes, serving

CALLERS: Final = Callers(
    scopes(
        "territories organisations pilots perimeters committees decisions figures indicators "
        "calendar sources guides envelopes links mailboxes",
        "read write decide",
    )
)

PublishedFacts = Callable[[], Awaitable[list[dict[str, Any]]]]


def at_work(settings: Settings) -> AbstractAsyncContextManager[Api]:
    """Run the service on a database that has its tables; a call without a token is anonymous."""
    return serving(serve(service, settings=settings, complete=True), CALLERS, lambda _, client: Api(client))


async def _fill(settings: Settings) -> None:
    """Load the reference data, mark its events as published, number its history."""
    async with migrated(service, settings) as database:
        await load(database, lambda _: None)
        async with database.writing() as session:
            await session.execute(update(outbox).values(published_at=now()))
        while await Sequencer(database).number():
            pass


@pytest.fixture(scope="session")
def prepared(commons: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The database with the reference data."""
    return Prepared(service, commons, tmp_path_factory.mktemp("territory"), _fill)


@pytest.fixture
async def database(on_sqlite: Settings) -> AsyncIterator[Database]:
    """The database of one test."""
    async with migrated(service, on_sqlite) as database:
        yield database


@pytest.fixture
async def published(database: Database) -> PublishedFacts:
    """The facts told since the test began, oldest first: their names under `fact`, and what they say."""
    async with database.reading() as session:
        last = await session.scalar(select(outbox.c.id).order_by(outbox.c.id.desc()).limit(1)) or 0

    async def read() -> list[dict[str, Any]]:
        async with database.reading() as session:
            bodies = await session.scalars(select(outbox.c.body).where(outbox.c.id > last).order_by(outbox.c.id))
        events = [json.loads(body) for body in bodies]
        return [{"fact": event["type"].removeprefix(f"{PREFIX}territory."), **event["data"]} for event in events]

    return read


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def library(prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    """The service at work for tests that only read: one for all of them, in the loop of the session."""
    async with at_work(prepared.on_sqlite(tmp_path_factory.mktemp("library"))) as api:
        yield api


@pytest.fixture
async def api(on_sqlite: Settings) -> AsyncIterator[Api]:
    """The service at work on the database of one test."""
    async with at_work(on_sqlite) as api:
        yield api


@pytest.fixture(params=["on_sqlite", "on_postgresql"])
async def api_on_both(request: pytest.FixtureRequest) -> AsyncIterator[Api]:
    """The service at work on each kind of database in turn."""
    async with at_work(request.getfixturevalue(request.param)) as api:
        yield api


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a moment be final at once: tests number the lines of history themselves."""
    monkeypatch.setattr(known, "SETTLING", timedelta(0))


async def moment(settings: Settings) -> str:
    """Number all lines of history, and return a moment at which they are known."""
    database = Database("territory", settings)
    try:
        while await Sequencer(database).number():
            pass
        async with database.reading() as session:
            last = await session.scalar(select(history.c.known_from).order_by(history.c.position.desc()).limit(1))
    finally:
        await database.close()
    assert last is not None
    return str(last.isoformat().replace("+00:00", "Z"))
