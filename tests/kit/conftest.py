"""The ledger, served in this process on the in-process bus, on SQLite and on PostgreSQL."""

import io
import json
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import structlog
from fastapi import FastAPI

from deploy.servers import Postgres
from shared.runtime.app import serve
from shared.runtime.platform import Platform, Service
from shared.settings import Settings
from shared.storage.database import Database
from shared.telemetry import log
from tests.kit import ledger
from tests.support.harness import Callers, scopes, serving, settings_in

SERVICE: Final = Service("ledger", ledger.router, ledger.Base.metadata, Path(), consumer=ledger.consumer)
OWNER: Final = "200053759"
OTHER: Final = "200053791"
CALLERS: Final = Callers(scopes("accounts", "read write"))


def bearer(org: str = OWNER, role: str = "party") -> dict[str, str]:
    """The header of a caller."""
    return {"Authorization": f"Bearer {role}:{org}"}


async def create_tables(platform: Platform) -> None:
    """The ledger has no migrations: its tables are made from its models."""
    for running in platform.running:
        async with running.database.engine.begin() as connection:
            await connection.run_sync(running.service.metadata.create_all)


def app_of(settings: Settings, prepare: Callable[[Platform], Awaitable[None]] = create_tables) -> FastAPI:
    """The ledger as an application."""
    return serve(SERVICE, settings=settings, before=prepare, complete=True)


@asynccontextmanager
async def started(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """The application at work, and a client of it with the owner's token."""
    async with serving(app, CALLERS, _client) as client:
        yield client


def _client(_: FastAPI, client: httpx.AsyncClient) -> httpx.AsyncClient:
    client.headers.update(bearer())
    return client


class Lines:
    """The lines of the log."""

    def __init__(self, stream: io.StringIO) -> None:
        self._stream = stream

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    def of(self, event: str) -> list[dict[str, Any]]:
        """The lines of one kind."""
        lines = [json.loads(line) for line in self.text.splitlines()]
        return [line for line in lines if line.get("event") == event]


@pytest.fixture(autouse=True)
def lines() -> Iterator[Lines]:
    """The log, in the form that production writes."""
    stream = io.StringIO()
    handlers, level = logging.root.handlers, logging.root.level
    log.configure(stream=stream)
    yield Lines(stream)
    structlog.reset_defaults()
    logging.root.handlers = handlers
    logging.root.setLevel(level)


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Settings:
    """A file of its own."""
    return settings_in(tmp_path)


@pytest.fixture(scope="session")
def ledger_url(postgres: Postgres) -> Iterator[str]:
    """A database of these tests' own, which a test leaves empty: to make one for each would take most of their time."""
    name = f"ledger_{os.getpid()}"
    yield postgres.create_database(name)
    postgres.drop_database(name)


@pytest.fixture(scope="module")
def url_on_postgresql(postgres: Postgres, ledger_url: str) -> Iterator[str]:
    """An empty database for a whole module."""
    yield ledger_url
    empty(postgres, ledger_url)


@pytest.fixture
def on_postgresql(tmp_path: Path, postgres: Postgres, ledger_url: str) -> Iterator[Settings]:
    """An empty database."""
    yield settings_in(tmp_path, database_url=ledger_url)
    empty(postgres, ledger_url)


def empty(postgres: Postgres, url: str) -> None:
    """Take every row out of the ledger, if it has its tables."""
    tables = ", ".join(table.name for table in ledger.Base.metadata.sorted_tables)
    truncate = f"IF to_regclass('accounts') IS NOT NULL THEN TRUNCATE {tables} RESTART IDENTITY; END IF;"
    postgres.sql(f"DO $$ BEGIN {truncate} END $$", url.rpartition("/")[2])


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest) -> Settings:
    """The same promises on both."""
    chosen: Settings = request.getfixturevalue(f"on_{request.param}")
    return chosen


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    """A fresh ledger."""
    return app_of(settings)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of it, while it is at work."""
    async with started(app) as client:
        yield client


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The ledger's database with nobody at work on it."""
    async with opened(settings) as database:
        yield database


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """A database with the ledger's tables."""
    settings.make_data_dir()
    database = Database("ledger", settings)
    async with database.engine.begin() as connection:
        await connection.run_sync(ledger.Base.metadata.create_all)
    try:
        yield database
    finally:
        await database.close()
