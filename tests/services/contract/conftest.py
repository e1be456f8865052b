"""The contract service, served in this process on the in-process bus, with Lacq-Pau-Tarbes told to it."""

import asyncio
import itertools
import json
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from deploy.servers import Postgres
from services.contract.app import service
from shared.bus import Message
from shared.clock import now
from shared.events import Event
from shared.events.territory import (
    CommitteeDecided,
    FigureDeclared,
    MemberState,
    OrganisationRegistered,
    PilotAppointed,
    PilotState,
    TerritoryDesignated,
)
from shared.ids import uuid7
from shared.messaging.dispatcher import unapplied
from shared.runtime.app import serve
from shared.runtime.platform import PLATFORM, Platform
from shared.security.access import Caller, Role
from shared.security.dependencies import challenge
from shared.security.request_state import VERIFIER
from shared.settings import Settings
from shared.storage import outbox
from shared.storage.database import Database
from shared.storage.migrations import migrate
from tests.services.contract.places import (
    ATELIERS,
    BRIVE,
    CAISSE_DES_DEPOTS,
    COEUR,
    LACQ,
    LACQ_ORTHEZ,
    NOUVELLE_AQUITAINE,
    OCCITANIE,
    ORGANISATIONS,
    PAU,
    PREFECTURE,
    TARBES,
    TERRITORIES,
)
from tests.support.fixtures import sealed
from tests.support.waiting import until

SCOPES: Final = frozenset(
    f"{collection}:{verb}"
    for collection in ("actions", "contracts", "progress")
    for verb in ("read", "write", "decide", "sign")
)
TEAM: Final = f"territory:{PAU}"
NATIONAL: Final = "national:130026032"
REGION: Final = f"region:{NOUVELLE_AQUITAINE}"
OTHER_REGION: Final = f"region:{OCCITANIE}"
STATE: Final = f"state:{PREFECTURE}"
COMPANY: Final = f"party:{ATELIERS}"
BANK: Final = f"operator:{CAISSE_DES_DEPOTS}"
ELSEWHERE: Final = "territory:241500230"
EVERYONE: Final = (TEAM, REGION, OTHER_REGION, STATE, BANK, COMPANY)
PILOTS: Final = {"elu": PAU, "industriel": ATELIERS}

ON_SQLITE: Final = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
"""Of tests with many cases that no database decides on."""

_databases = itertools.count(1)
_sequence = itertools.count(1)


class Callers:
    """Takes the word of a token for who calls: `region:200053759`, with every scope."""

    async def verify(self, token: str) -> Caller:
        """The caller that the token spells out."""
        role, _, org = token.partition(":")
        if role not in list(Role):
            raise challenge(f"{role} is not a role.")
        return Caller(client_id=token, sub=token, scopes=SCOPES, role=Role(role), org=org or None)


def message(event: Event) -> Message:
    """An event of another service, as it comes over the bus."""
    event_id = str(uuid7())
    envelope = {
        "specversion": "1.0",
        "id": event_id,
        "source": f"https://ti.example.org/schemas/{event.publisher}",
        "type": event.type,
        "subject": event.subject,
        "time": now().isoformat(),
        "sequence": f"{next(_sequence):010d}",
        "data": event.model_dump(mode="json"),
    }
    return Message(event_id, event.type, event.subject, json.dumps(envelope))


class House:
    """The service at work, a client of it, and what it is told by others."""

    def __init__(self, app: FastAPI, client: httpx.AsyncClient) -> None:
        self.app = app
        self.client = client

    @property
    def platform(self) -> Platform:
        """What runs behind the application."""
        return PLATFORM.of(self.app)

    @property
    def database(self) -> Database:
        """The service's database."""
        return self.platform.running[0].database

    async def tell(self, *events: Event) -> None:
        """Publish facts of another service, and wait until they are applied."""
        await self.platform.bus.publish([message(event) for event in events])
        await self.settled()

    async def settled(self) -> None:
        """Everything that was told is published and applied."""

        async def nothing_waits() -> bool:
            async with self.database.reading() as session:
                return not await unapplied(session) and not await outbox.unpublished(session)

        await until(nothing_waits)

    async def send(self, method: str, path: str, by: str | None = TEAM, **more: Any) -> httpx.Response:
        """A request by somebody."""
        headers = {"Authorization": f"Bearer {by}"} if by else {}
        return await self.client.request(method, path, headers={**headers, **more.pop("headers", {})}, **more)

    async def post(self, path: str, body: Any = None, by: str = TEAM, expect: int = 200) -> dict[str, Any]:
        """A POST that is answered so."""
        response = await self.send("POST", path, by, json=body)
        assert response.status_code == expect, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def get(self, path: str, by: str | None = TEAM, expect: int = 200, **params: Any) -> dict[str, Any]:
        """A GET that is answered so."""
        response = await self.send("GET", path, by, params=params)
        assert response.status_code == expect, response.text
        answer: dict[str, Any] = response.json()
        return answer

    async def patch(
        self, path: str, body: Any, by: str = TEAM, expect: int = 200, version: int | None = None
    ) -> dict[str, Any]:
        """A PATCH of the version that is there, or of another."""
        current = version or (await self.get(path, by=NATIONAL))["version"]
        response = await self.send("PATCH", path, by, json=body, headers={"If-Match": f'"{current}"'})
        assert response.status_code == expect, response.text
        answer: dict[str, Any] = response.json()
        return answer


@asynccontextmanager
async def at_work(settings: Settings) -> AsyncIterator[House]:
    """The service at work on a database that has its tables."""
    app = serve(service, settings=settings, complete=True)
    async with app.router.lifespan_context(app):
        VERIFIER.set(app, Callers())
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://contract") as client:
            yield House(app, client)


async def _prepare(settings: Settings) -> None:
    """Make the tables, and tell the territories, organisations and pilots of the tests."""
    settings.make_data_dir()
    database = Database(service.name, settings)
    await migrate(database, service.metadata, service.migrations)
    await database.close()
    async with at_work(settings) as house:
        await house.tell(*registered(), *designated(), *appointed())


def _settings(folder: Path, **more: Any) -> Settings:
    return Settings(data_dir=folder, retry_delays=(0.01, 0.01), **more)


@pytest.fixture(scope="session")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared database that nobody changes."""
    folder = tmp_path_factory.mktemp("contract")
    asyncio.run(_prepare(_settings(folder)))
    return sealed(folder / "contract.db")


@pytest.fixture(scope="session")
def template(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a prepared database that nobody changes."""
    name = f"contract_{os.getpid()}"
    folder = tmp_path_factory.mktemp("contract")
    asyncio.run(_prepare(_settings(folder, database_url=postgres.create_database(name))))
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
async def house(settings: Settings) -> AsyncIterator[House]:
    """The service at work, with Lacq-Pau-Tarbes told to it."""
    async with at_work(settings) as house:
        yield house


def registered() -> list[Event]:
    """Every organisation of the tests."""
    return [
        OrganisationRegistered(
            siren=body.siren,
            name=body.name,
            kind=body.kind,
            aliases=[],
            region=body.region,
            successor=body.successor,
            synthetic=body.synthetic,
            organisations=[body.siren],
        )
        for body in ORGANISATIONS.values()
    ]


def member(siren: str) -> MemberState:
    """A member whose entry is unknown."""
    return MemberState(siren=siren, kind="epci", name=ORGANISATIONS[siren].name, entered_on=None, left_on=None)


def designated(**more: Any) -> list[Event]:
    """Every territory of the tests."""
    members = {LACQ: [PAU, LACQ_ORTHEZ, TARBES], COEUR: ["241500230"], BRIVE: []}
    return [
        TerritoryDesignated(
            territory=place.key,
            phase=place.phase,
            code=place.code,
            name=place.name,
            lead_region=place.regions[0],
            departements=[],
            is_pilot=None,
            designated_on=None,
            members=[member(siren) for siren in members[place.key]],
            territories=[place.key],
            regions=place.regions,
            organisations=members[place.key],
            **more,
        )
        for place in TERRITORIES.values()
    ]


def appointed() -> list[Event]:
    """The pair of Lacq-Pau-Tarbes, one after the other."""
    events: list[Event] = []
    in_office: list[PilotState] = []
    for day, (capacity, siren) in enumerate(PILOTS.items(), 20):
        pilot = PilotState(
            pilot_id=uuid7(),
            capacity=capacity,
            person_id=uuid7(),
            organisation=siren,
            since=date(2019, 3, day),
        )
        in_office.append(pilot)
        events.append(
            PilotAppointed(
                territory=LACQ,
                pilot_id=pilot.pilot_id,
                capacity=pilot.capacity,
                in_office=list(in_office),
                appointed_on=pilot.since,
                territories=[LACQ],
                regions=["75", "76"],
                organisations=[siren],
            )
        )
    return events


def decided(region: str, **more: Any) -> CommitteeDecided:
    """The favourable decision of a regional committee."""
    usual: dict[str, Any] = {
        "decision_id": uuid7(),
        "committee_id": UUID(int=int(region)),
        "level": "regional",
        "kind": "contract_approval",
        "outcome": "favourable",
        "title": "Contrat Lacq-Pau-Tarbes",
        "reference": f"CP 2019-06-24/{region}",
        "decided_on": date(2019, 6, 24),
        "region": region,
        "territories": [LACQ],
        "regions": [region],
    }
    return CommitteeDecided(**{**usual, **more})


def declared(value: int, day: date) -> FigureDeclared:
    """A number of territories, as it was announced."""
    return FigureDeclared(figure_id=uuid7(), metric="territories", value=value, day=day, source="CNI")
