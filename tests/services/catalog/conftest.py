"""The catalog service in this process, with the real services and Lacq-Pau-Tarbes in its database."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import func, select, update

from services.catalog.app import service
from services.catalog.commands.load import load
from shared.bus import Message
from shared.clock import now
from shared.events import PREFIX, Event
from shared.events.contract import ActionSubmitted
from shared.ids import uuid7
from shared.runtime.app import serve
from shared.settings import Settings
from shared.storage.sequencer import Sequencer
from shared.storage.tables import history
from shared.storage.tables import outbox as outbox_table
from tests.services.catalog.places import ATELIERS, LACQ, NOON, PAU
from tests.services.contract.conftest import appointed, designated, registered
from tests.support.harness import Callers, Harness, Prepared, migrated, scopes, serving

CALLERS: Final = Callers(scopes("services referents requests matchings", "read write decide"))
PUBLISHED: Final = frozenset(name for name, event in Event.catalogue.items() if event.publisher == "catalog")


async def _hear(_messages: Sequence[Message]) -> None:
    """Somebody who takes what the catalogue tells."""


class House(Harness):
    """The catalog service in this process."""

    async def published(self, subject: str | None = None) -> list[dict[str, Any]]:
        """Return the events since the reference data, oldest first: the name under `fact`, and the data."""
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
        return [each["fact"] for each in await self.published(subject)]

    async def lines(self) -> int:
        """Return the number of history lines."""
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
    """Run the service on a database that has its tables."""
    async with serving(serve(service, settings=settings, complete=True), CALLERS, House) as house:
        await house.platform.bus.listen("journal", PUBLISHED, _hear)
        yield house


async def _fill(settings: Settings) -> None:
    """Load the services, and apply the territories, organisations and pilots of the tests."""
    with time_machine.travel(NOON - timedelta(days=1), tick=True):
        async with migrated(service, settings) as database:
            await load(database, lambda _: None)
            async with database.writing() as session:
                # Nobody listens to the catalogue here.
                await session.execute(update(outbox_table).values(published_at=now()))
        async with at_work(settings) as house:
            await house.publish(*registered(), *designated(), *appointed())
            await house.numbered()


@pytest.fixture(scope="session")
def prepared(commons: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The database with the reference data and Lacq-Pau-Tarbes in it."""
    return Prepared(service, commons, tmp_path_factory.mktemp("catalog"), _fill)


@pytest.fixture
def clock(settings: Settings) -> Iterator[Clock]:
    """The time: noon of a day in 2021."""
    with time_machine.travel(NOON, tick=True) as traveller:
        yield Clock(traveller)


@pytest.fixture
async def house(settings: Settings, clock: Clock) -> AsyncIterator[House]:
    """The service at work, with Lacq-Pau-Tarbes in its database."""
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
    }
    data = {**usual, **more}
    named = [*data["carriers"], *data["partners"]]
    return ActionSubmitted(**{"organisations": named, **data})


def after(action: ActionSubmitted, event: type[Any], status: str, moment: str) -> Any:
    """Return a later event of a submitted action."""
    data = action.model_dump()
    data[moment] = data.pop("submitted_at")
    return event(**{**data, "status": status})
