"""The catalog service, served in this process with the real services, and Lacq-Pau-Tarbes told to it."""

import itertools
import json
import os
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx
import pytest
import time_machine
from sqlalchemy import func, select, update

from deploy.servers import Postgres
from services.catalog.app import service
from services.catalog.commands.load import load
from shared.bus import Message
from shared.clock import now
from shared.events import PREFIX, Event
from shared.events.contract import ActionSubmitted
from shared.ids import uuid7
from shared.runtime.app import serve
from shared.runtime.platform import PLATFORM
from shared.security.access import Caller, Role
from shared.security.dependencies import challenge
from shared.security.request_state import VERIFIER
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.migrations import migrate
from shared.storage.sequencer import Sequencer
from shared.storage.tables import history
from shared.storage.tables import outbox as outbox_table
from tests.services.catalog.places import ATELIERS, LACQ, NOON, PAU, caller
from tests.services.contract.conftest import House as AnyHouse
from tests.services.contract.conftest import appointed, designated, registered
from tests.support.fixtures import completed, sealed

SCOPES: Final = frozenset(
    f"{collection}:{verb}"
    for collection in ("services", "referents", "requests", "matchings")
    for verb in ("read", "write", "decide")
)
ON_SQLITE: Final = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
"""Of tests with many cases that no database decides on."""
ON_POSTGRESQL: Final = pytest.mark.parametrize("settings", ["postgresql"], indirect=True)

_databases = itertools.count(1)


PUBLISHED: Final = frozenset(name for name, event in Event.catalogue.items() if event.publisher == "catalog")


async def _hear(_messages: Sequence[Message]) -> None:
    """Somebody who takes what the catalogue tells."""


class Callers:
    """Takes the word of a token for who calls: `operator:180020026`, with every scope."""

    async def verify(self, token: str) -> Caller:
        """The caller that the token spells out."""
        if token.partition(":")[0] not in list(Role):
            raise challenge(f"{token} is nobody.")
        return caller(token, SCOPES)


class House(AnyHouse):
    """The service at work, a client of it, and what it is told by others."""

    async def told(self, subject: str | None = None) -> list[dict[str, Any]]:
        """What was told since the reference data, oldest first: the name under `fact`, and what it says."""
        async with self.database.reading() as session:
            bodies = await session.scalars(
                select(outbox_table.c.body).where(outbox_table.c.created_at >= NOON).order_by(outbox_table.c.id)
            )
        events = [json.loads(body) for body in bodies]
        return [
            {"fact": event["type"].removeprefix(f"{PREFIX}catalog.").removesuffix(".v1"), **event["data"]}
            for event in events
            if subject in (None, event["subject"])
        ]

    async def facts(self, subject: str | None = None) -> list[str]:
        """The names of what was told."""
        return [each["fact"] for each in await self.told(subject)]

    async def lines(self) -> int:
        """How many lines of history there are."""
        async with self.database.reading() as session:
            return await session.scalar(select(func.count()).select_from(history)) or 0

    async def numbered(self) -> None:
        """Every line of history has its place in the changes."""
        while await Sequencer(self.database).number():
            pass


class Clock:
    """The time, as the test sets it; it goes on by itself."""

    def __init__(self, traveller: Any) -> None:
        self._traveller = traveller

    def move_to(self, moment: datetime) -> None:
        """It is then."""
        self._traveller.move_to(moment, tick=True)

    def pass_days(self, days: int) -> None:
        """So many days after noon of the first."""
        self.move_to(NOON + timedelta(days=days))


@asynccontextmanager
async def at_work(settings: Settings) -> AsyncIterator[House]:
    """The service at work on a database that has its tables."""
    app = serve(service, settings=settings, complete=True)
    async with app.router.lifespan_context(app):
        VERIFIER.set(app, Callers())
        await PLATFORM.of(app).bus.listen("journal", PUBLISHED, _hear)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://catalog") as client:
            yield House(app, client)


async def prepare(settings: Settings) -> None:
    """Make the tables, load the services, and tell the territories, organisations and pilots of the tests."""
    settings.make_data_dir()
    with time_machine.travel(NOON - timedelta(days=1), tick=True):
        database = Database(service.name, settings)
        await migrate(database, service.metadata, service.migrations)
        await load(database, lambda _: None)
        async with database.writing() as session:
            # Nobody listens to the catalogue here.
            await session.execute(update(outbox_table).values(published_at=now()))
        await database.close()
        async with at_work(settings) as house:
            await house.tell(*registered(), *designated(), *appointed())
            await house.numbered()


def _settings(folder: Path, **more: Any) -> Settings:
    return Settings(data_dir=folder, retry_delays=(0.01, 0.01), **more)


@pytest.fixture(scope="session")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared database that nobody changes."""
    folder = tmp_path_factory.mktemp("catalog")
    completed(prepare(_settings(folder)))
    return sealed(folder / "catalog.db")


@pytest.fixture(scope="session")
def template(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a prepared database that nobody changes."""
    name = f"catalog_{os.getpid()}"
    folder = tmp_path_factory.mktemp("catalog")
    completed(prepare(_settings(folder, database_url=postgres.create_database(name))))
    return name


@pytest.fixture
def on_sqlite(file: Path, tmp_path: Path) -> Settings:
    """A copy of one's own, and quick retries."""
    shutil.copy(file, tmp_path)
    return _settings(tmp_path)


@pytest.fixture
def on_postgresql(template: str, postgres: Postgres, tmp_path: Path) -> Iterator[Settings]:
    """A copy of one's own, and quick retries."""
    name = f"{template}_{next(_databases)}"
    yield _settings(tmp_path, database_url=postgres.create_database(name, template=template))
    postgres.drop_database(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest) -> Settings:
    """The same promises on both."""
    chosen: Settings = request.getfixturevalue(f"on_{request.param}")
    return chosen


@pytest.fixture
def clock(settings: Settings) -> Iterator[Clock]:
    """The time: noon of a day in 2021."""
    with time_machine.travel(NOON, tick=True) as traveller:
        yield Clock(traveller)


@pytest.fixture
async def house(settings: Settings, clock: Clock) -> AsyncIterator[House]:
    """The service at work, with Lacq-Pau-Tarbes told to it."""
    async with at_work(settings) as house:
        yield house


def submitted(action_id: UUID | None = None, **more: Any) -> ActionSubmitted:
    """An action sheet of Lacq-Pau-Tarbes that was sent to the Region."""
    usual: dict[str, Any] = {
        "action_id": action_id or uuid7(),
        "number": "A-0001",
        "title": "École de production en chaudronnerie de Lacq",
        "phase": "2018",
        "status": "submitted",
        "axes": ["recruter", "attirer"],
        "main_axis": "recruter",
        "commitment": "firm",
        "carriers": [PAU, ATELIERS],
        "partners": [],
        "cost_cents": 125_000_000,
        "submitted_at": now(),
        "territories": [LACQ],
        "regions": ["75", "76"],
        "organisations": [PAU, ATELIERS],
    }
    return ActionSubmitted(**{**usual, **more})


def after(action: ActionSubmitted, event: type[Any], status: str, moment: str) -> Any:
    """What happened to a submitted action afterwards."""
    data = action.model_dump()
    data[moment] = data.pop("submitted_at")
    return event(**{**data, "status": status})
