"""One service, served in this process on the in-process bus: for the tests of its API and of its consumers."""

import json
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from deploy.servers import Postgres
from shared.bus import BusUnavailable, Message
from shared.clock import now
from shared.events import Event
from shared.ids import uuid7
from shared.messaging.dispatcher import unapplied
from shared.runtime.platform import PLATFORM, Platform, Service
from shared.security.access import Caller
from shared.security.dependencies import challenge
from shared.security.request_state import VERIFIER
from shared.security.roles import Role
from shared.settings import Settings
from shared.storage import outbox
from shared.storage.database import Database
from shared.storage.migrations import migrate
from tests.support.fixtures import completed, first_to_make, sealed
from tests.support.waiting import until

NATIONAL: Final = "national:130026032"
TEAM: Final = "territory:200067254"
"""The team of Lacq-Pau-Tarbes."""
ON_SQLITE: Final = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
"""For tests with many cases whose result does not depend on the database."""
ON_POSTGRESQL: Final = pytest.mark.parametrize("settings", ["postgresql"], indirect=True)

_sequences: Final[dict[str, int]] = {}
KEEP_ROWS: Final = Path(__file__).with_name("prepared.sql").read_text()


def scopes(collections: str, verbs: str) -> frozenset[str]:
    """Return the scope of each verb on each collection; both lists are separated by spaces."""
    return frozenset(f"{collection}:{verb}" for collection in collections.split() for verb in verbs.split())


class Verifier(Protocol):
    """Turns a token into its caller."""

    async def verify(self, token: str) -> Caller:
        """Return the caller of a token, or raise the refusal of that token."""


@dataclass(frozen=True)
class Callers:
    """A verifier that believes a token: `region:200053759`, then `;client=…;territories=a,b;regions=…;scope=…`.

    `sub` and `iat` work as in a token.
    """

    scopes: frozenset[str]
    """Scopes of a token that lists none."""

    async def verify(self, token: str) -> Caller:
        """Return the caller that the token spells out."""
        name, *claims = token.split(";")
        role, _, org = name.partition(":")
        if role not in list(Role):
            raise challenge(f"{role} is not a role.")
        given = dict(claim.split("=", 1) for claim in claims)
        client = given.pop("client", name)
        issued_at = int(given.pop("iat")) if "iat" in given else None
        sub = given.pop("sub", client)
        listed = {claim: frozenset(filter(None, values.split(","))) for claim, values in given.items()}
        return Caller(
            client_id=client,
            sub=sub,
            scopes=listed.get("scope", self.scopes),
            role=Role(role),
            org=org or None,
            territories=listed.get("territories"),
            regions=listed.get("regions"),
            issued_at=issued_at,
        )


def message(event: Event) -> Message:
    """Return an event of another service as the bus delivers it, the next one of its subject."""
    event_id = str(uuid7())
    sequence = _sequences[event.subject] = _sequences.get(event.subject, 0) + 1
    envelope = {
        "specversion": "1.0",
        "id": event_id,
        "source": f"https://ti.example.org/schemas/{event.publisher}",
        "type": event.type,
        "subject": event.subject,
        "time": now().isoformat(),
        "datacontenttype": "application/json",
        "dataschema": f"https://ti.example.org/schemas/{event.type}.json",
        "sequence": f"{sequence:010d}",
        "data": event.model_dump(mode="json"),
    }
    return Message(event_id, event.type, event.subject, json.dumps(envelope, ensure_ascii=False))


class Harness:
    """A service in this process, a client of it, and the events of the other services."""

    def __init__(self, app: FastAPI, client: httpx.AsyncClient) -> None:
        self.app = app
        self.client = client

    @property
    def platform(self) -> Platform:
        """The platform behind the application."""
        return PLATFORM.of(self.app)

    @property
    def database(self) -> Database:
        """The database of the service."""
        return self.platform.running[0].database

    async def publish(self, *events: Event) -> list[Message]:
        """Publish events of other services, and wait until they are applied."""
        messages = [message(event) for event in events]
        outcomes = await self.platform.bus.publish(messages)
        assert not [each for each in outcomes if isinstance(each, BusUnavailable)]
        await self.settled()
        return messages

    async def settled(self) -> None:
        """Wait until every event is published and applied."""

        async def nothing_waits() -> bool:
            async with self.database.reading() as session:
                return not await self.is_busy(session)

        await until(nothing_waits)

    async def is_busy(self, session: AsyncSession) -> bool:
        """Return True while some event is unpublished or not applied."""
        return bool(await unapplied(session) or await outbox.unpublished(session))

    async def send(self, method: str, path: str, by: str | None = TEAM, **more: Any) -> httpx.Response:
        """Send a request with the token of a caller, or without one."""
        token = {"Authorization": f"Bearer {by}"} if by else {}
        return await self.client.request(method, path, headers={**token, **more.pop("headers", {})}, **more)

    async def post(self, path: str, body: Any = None, by: str = TEAM, expect: int = 200) -> dict[str, Any]:
        """POST a body; return the response's content, which must have this status."""
        return content(await self.send("POST", path, by, json=body), expect)

    async def get(self, path: str, by: str | None = TEAM, expect: int = 200, **params: Any) -> dict[str, Any]:
        """GET with query parameters; return the response's content, which must have this status."""
        return content(await self.send("GET", path, by, params=params), expect)

    async def patch(
        self, path: str, body: Any, by: str = TEAM, expect: int = 200, version: int | None = None
    ) -> dict[str, Any]:
        """PATCH the current version, or the one that is named."""
        current = version or (await self.get(path, by=NATIONAL))["version"]
        return content(await self.send("PATCH", path, by, json=body, headers={"If-Match": f'"{current}"'}), expect)


def content(response: httpx.Response, status: int) -> dict[str, Any]:
    """Return the content of a response that must have this status; empty if there is none."""
    assert response.status_code == status, f"{response.status_code}: {response.text[:2000]}"
    found: dict[str, Any] = response.json() if response.content else {}
    return found


Client = TypeVar("Client")


@asynccontextmanager
async def serving(
    app: FastAPI, callers: Verifier, make: Callable[[FastAPI, httpx.AsyncClient], Client]
) -> AsyncIterator[Client]:
    """Run an application that believes its tokens, with a client of it."""
    async with app.router.lifespan_context(app):
        VERIFIER.set(app, callers)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            yield make(app, client)


def settings_in(folder: Path, **more: Any) -> Settings:
    """Return settings with a data folder and quick retries."""
    return Settings(data_dir=folder, retry_delays=(0.01, 0.01), **more)


@asynccontextmanager
async def migrated(service: Service, settings: Settings) -> AsyncIterator[Database]:
    """Open the database of a service, with its tables."""
    settings.make_data_dir()
    database = Database(service.name, settings)
    try:
        await migrate(database, service.metadata, service.migrations)
        yield database
    finally:
        await database.close()


@dataclass
class Prepared:
    """The database of a service, prepared once: copied for each test, or put back after it."""

    service: Service
    commons: Path
    """A folder that all workers share."""
    folder: Path
    fill: Callable[[Settings], Awaitable[None]]
    settings: Callable[..., Settings] = settings_in
    is_lent: bool = False

    @cached_property
    def file(self) -> Path:
        """The prepared SQLite database, made by the first worker that asks; nobody changes it."""
        made, name = self.commons / f"prepared-{self.service.name}", f"{self.service.name}.db"
        with first_to_make(made) as draft:
            if draft:
                completed(self._prepare(self.settings(draft)))
                sealed(draft / name)
                (draft / "sequences.json").write_text(json.dumps(_sequences))
        # An event of this worker must come after those that prepared the database.
        for subject, last in json.loads((made / "sequences.json").read_text()).items():
            _sequences[subject] = max(last, _sequences.get(subject, 0))
        return made / "sealed" / name

    def on_sqlite(self, folder: Path) -> Settings:
        """Copy it into a folder."""
        shutil.copy(self.file, folder)
        return self.settings(folder)

    @contextmanager
    def on_postgresql(self, postgres: Postgres, folder: Path) -> Iterator[Settings]:
        """Lend the database that this worker prepared on its server, and put its rows back at the end."""
        name = f"prepared_{self.service.name}_{os.getpid()}"
        if not (own := self.folder / "postgresql").exists():
            own.mkdir()
            completed(self._prepare(self.settings(own, database_url=postgres.create_database(name))))
            postgres.sql(KEEP_ROWS, name)
        assert not self.is_lent, "one test after another: there is one database"
        self.is_lent = True
        try:
            yield self.settings(folder, database_url=postgres.url(name))
        finally:
            completed(_restore(postgres.url(name)))
            self.is_lent = False

    async def _prepare(self, settings: Settings) -> None:
        async with migrated(self.service, settings):
            pass
        await self.fill(settings)


async def _restore(url: str) -> None:
    """Put the rows of a prepared database back."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await connection.execute("SELECT prepared.restore()")
    finally:
        await connection.close()
