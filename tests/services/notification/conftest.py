"""The notification service, served in this process on the in-process bus, with Lacq-Pau-Tarbes told to it."""

import asyncio
import base64
import itertools
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import func, select

from deploy.servers import Postgres
from services.notification import queries
from services.notification.app import service as whole_service
from services.notification.jobs.planning import numbering_and_planning
from services.notification.models import Delivery, Journal, Subscription
from services.notification.rules import subscriptions as rules
from services.notification.settings import seal_of
from shared.bus import Message
from shared.clock import now
from shared.events import Event
from shared.messaging.dispatcher import unapplied
from shared.runtime.app import serve
from shared.runtime.platform import PLATFORM as RUNNING
from shared.runtime.platform import Platform
from shared.security.access import ANONYMOUS, Caller, Role
from shared.security.dependencies import challenge
from shared.security.request_state import VERIFIER
from shared.settings import Settings
from shared.storage import outbox
from shared.storage.database import Database
from shared.storage.migrations import migrate
from tests.services.notification.facts import (
    ATELIERS,
    AURILLAC,
    BODIES,
    CAISSE_DES_DEPOTS,
    NOUVELLE_AQUITAINE,
    OCCITANIE,
    PAU,
    PLACES,
    designated,
    message,
    registered,
)
from tests.support.fixtures import sealed
from tests.support.waiting import until

SCOPES: Final = frozenset({"events:read", "subscriptions:read", "subscriptions:write", "machine:read"})
NATIONAL: Final = "national:130026032"
REGION: Final = f"region:{NOUVELLE_AQUITAINE}"
OTHER_REGION: Final = f"region:{OCCITANIE}"
TEAM: Final = f"territory:{PAU}"
ELSEWHERE: Final = f"territory:{AURILLAC}"
COMPANY: Final = f"party:{ATELIERS}"
BANK: Final = f"operator:{CAISSE_DES_DEPOTS}"
PARTNER: Final = "partner:"
PLATFORM: Final = "platform:"
EVERYONE: Final = (NATIONAL, REGION, OTHER_REGION, TEAM, ELSEWHERE, COMPANY, BANK, PARTNER, PLATFORM)
RECEIVER: Final = "https://exemple.fr/recevoir"

service: Final = replace(whole_service, jobs=(numbering_and_planning,))
"""Without the delivery engine, which has tests of its own: nothing is sent to the addresses of these."""

ON_SQLITE: Final = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
"""Of tests with many cases that no database decides on."""

_databases = itertools.count(1)


class Callers:
    """Takes the word of a token: `region:200053759`, then if need be `;client=…;territories=a,b;regions=…;scope=…`."""

    async def verify(self, token: str) -> Caller:
        """The caller that the token spells out."""
        who, *more = token.split(";")
        claims = dict(each.split("=", 1) for each in more)
        role, _, org = who.partition(":")
        if role not in list(Role):
            raise challenge(f"{role} is not a role.")
        client = claims.get("client", who)
        listed = {name: frozenset(filter(None, claims[name].split(","))) for name in claims if name != "client"}
        return Caller(
            client_id=client,
            sub=client,
            scopes=listed.get("scope", SCOPES),
            role=Role(role),
            org=org or None,
            territories=listed.get("territories"),
            regions=listed.get("regions"),
        )


class House:
    """The service at work, a client of it, and what it is told by others."""

    def __init__(self, app: FastAPI, client: httpx.AsyncClient) -> None:
        self.app = app
        self.client = client

    @property
    def platform(self) -> Platform:
        """What runs behind the application."""
        return RUNNING.of(self.app)

    @property
    def database(self) -> Database:
        """The service's database."""
        return self.platform.running[0].database

    async def tell(self, *events: Event) -> list[Message]:
        """Publish facts of other services, and wait until they are in the journal and planned."""
        messages = [message(event) for event in events]
        await self.platform.bus.publish(messages)
        await self.settled()
        return messages

    async def settled(self) -> None:
        """Everything that was told is published, applied, numbered and planned."""

        async def nothing_waits() -> bool:
            async with self.database.reading() as session:
                return not (
                    await unapplied(session)
                    or await outbox.unpublished(session)
                    or await session.scalar(select(func.count()).where(Journal.position.is_(None)))
                    or await session.scalar(queries.PLANNING_WAITS)
                )

        await until(nothing_waits)

    async def send(self, method: str, path: str, by: str | None = TEAM, **more: Any) -> httpx.Response:
        """A request by somebody."""
        headers = {"Authorization": f"Bearer {by}"} if by else {}
        return await self.client.request(method, path, headers={**headers, **more.pop("headers", {})}, **more)

    async def post(self, path: str, body: Any = None, by: str = TEAM, expect: int = 200) -> dict[str, Any]:
        """A POST that is answered so."""
        return _answered(await self.send("POST", path, by, json=body), expect)

    async def get(self, path: str, by: str | None = TEAM, expect: int = 200, **params: Any) -> dict[str, Any]:
        """A GET that is answered so."""
        return _answered(await self.send("GET", path, by, params=params), expect)

    async def patch(
        self, path: str, body: Any, by: str = TEAM, expect: int = 200, version: int | None = None
    ) -> dict[str, Any]:
        """A PATCH of the version that is there, or of another."""
        current = version or (await self.get(path, by=PLATFORM))["version"]
        return _answered(await self.send("PATCH", path, by, json=body, headers={"If-Match": f'"{current}"'}), expect)

    async def feed(self, by: str = TEAM, after: str | None = None, **params: Any) -> tuple[list[dict[str, Any]], str]:
        """Everything that the feed has for somebody, after a cursor."""
        items: list[dict[str, Any]] = []
        while True:
            more: dict[str, Any] = {"after": after} if after else {}
            page = await self.get("/v1/events", by, **params, **more)
            items += page["items"]
            if page["next"] == after:
                return items, page["next"]
            after = page["next"]

    async def subscribe(self, by: str = TEAM, start: int | str = "now", **body: Any) -> dict[str, Any]:
        """A subscription whose receiver has consented."""
        made = await self.post("/v1/subscriptions", {"url": RECEIVER, "from": start, **body}, by, expect=201)
        async with self.database.writing(by=ANONYMOUS) as session:
            found = await session.get_one(Subscription, UUID(made["id"]))
            rules.consent(found, at=now())
        await self.settled()
        return made

    async def deliveries(self, subscription: dict[str, Any]) -> list[Delivery]:
        """What is planned for a subscription, in the order of planning."""
        async with self.database.reading() as session:
            found = await session.scalars(
                select(Delivery).where(Delivery.subscription_id == UUID(subscription["id"])).order_by(Delivery.id)
            )
            return list(found)

    async def last(self) -> int:
        """Up to where the journal is numbered."""
        async with self.database.reading() as session:
            return await queries.last_position(session)


def _answered(response: httpx.Response, expect: int) -> dict[str, Any]:
    assert response.status_code == expect, f"{response.status_code}: {response.text}"
    answer: dict[str, Any] = response.json() if response.content else {}
    return answer


@asynccontextmanager
async def at_work(settings: Settings) -> AsyncIterator[House]:
    """The service at work on a database that has its tables."""
    app = serve(service, settings=settings, complete=True)
    async with app.router.lifespan_context(app):
        VERIFIER.set(app, Callers())
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://notification") as client:
            yield House(app, client)


async def _prepare(settings: Settings) -> None:
    """Make the tables, and tell the territories, organisations and pilots of the tests."""
    settings.make_data_dir()
    database = Database(service.name, settings)
    await migrate(database, service.metadata, service.migrations)
    await database.close()
    async with at_work(settings) as house:
        await house.tell(*(registered(siren) for siren in BODIES), *(designated(key) for key in PLACES))


def settings_in(folder: Path, **more: Any) -> Settings:
    """Quick retries, and a key for secrets where it is needed."""
    return Settings(data_dir=folder, retry_delays=(0.01, 0.01), secrets_key=SecretStr("a key of the tests"), **more)


@pytest.fixture(scope="session")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared database that nobody changes."""
    folder = tmp_path_factory.mktemp("notification")
    asyncio.run(_prepare(settings_in(folder)))
    return sealed(folder / "notification.db")


@pytest.fixture(scope="session")
def template(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a prepared database that nobody changes."""
    name = f"notification_{os.getpid()}"
    folder = tmp_path_factory.mktemp("notification")
    asyncio.run(_prepare(settings_in(folder, database_url=postgres.create_database(name))))
    return name


@pytest.fixture
def on_sqlite(file: Path, tmp_path: Path) -> Settings:
    """A copy of one's own."""
    shutil.copy(file, tmp_path)
    return settings_in(tmp_path)


@pytest.fixture
def on_postgresql(template: str, postgres: Postgres, tmp_path: Path) -> Iterator[Settings]:
    """A copy of one's own."""
    name = f"{template}_{next(_databases)}"
    yield settings_in(tmp_path, database_url=postgres.create_database(name, template=template))
    postgres.drop_database(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest) -> Settings:
    """The same promises on both."""
    chosen: Settings = request.getfixturevalue(f"on_{request.param}")
    return chosen


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[House]:
    """The service at work, with Lacq-Pau-Tarbes told to it."""
    async with at_work(settings) as house:
        yield house


def address(subscription: dict[str, Any], *more: object) -> str:
    """The path of a subscription, or of something below it."""
    return "/".join(("/v1/subscriptions", subscription["id"], *map(str, more)))


async def told(house: House, subscription: dict[str, Any]) -> list[str]:
    """The ids of the events that are planned for a subscription, in the order of planning."""
    return [each.event_id for each in await house.deliveries(subscription)]


async def valid(house: House, made: dict[str, Any]) -> list[str]:
    """The secrets that sign now, as their owner knows them."""
    async with house.database.reading() as session:
        seal = seal_of(house.platform.settings, house.database)
        found = await queries.secrets_of(session, UUID(made["id"]), at=now())
        keys = [seal.open(each.sealed, each.subscription_id) for each in found]
    return ["whsec_" + base64.b64encode(key).decode() for key in keys]
