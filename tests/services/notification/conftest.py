"""The notification service in this process, with Lacq-Pau-Tarbes in its database."""

import base64
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.notification import queries
from services.notification.app import service as whole_service
from services.notification.jobs.planning import planning
from services.notification.models import Delivery, Subscription
from services.notification.rules import subscriptions as rules
from services.notification.settings import seal_of
from shared.clock import now
from shared.runtime.app import serve
from shared.security.access import ANONYMOUS
from shared.settings import Settings
from tests.services.notification.facts import (
    ATELIERS,
    AURILLAC,
    BODIES,
    CAISSE_DES_DEPOTS,
    NOUVELLE_AQUITAINE,
    OCCITANIE,
    PLACES,
    designated,
    registered,
)
from tests.support import harness
from tests.support.harness import NATIONAL, TEAM, Callers, Harness, Prepared, serving

REGION: Final = f"region:{NOUVELLE_AQUITAINE}"
OTHER_REGION: Final = f"region:{OCCITANIE}"
ELSEWHERE: Final = f"territory:{AURILLAC}"
COMPANY: Final = f"party:{ATELIERS}"
BANK: Final = f"operator:{CAISSE_DES_DEPOTS}"
PARTNER: Final = "partner:"
PLATFORM: Final = "platform:"
EVERYONE: Final = (NATIONAL, REGION, OTHER_REGION, TEAM, ELSEWHERE, COMPANY, BANK, PARTNER, PLATFORM)
RECEIVER: Final = "https://exemple.fr/recevoir"

service: Final = replace(whole_service, jobs=(planning,))
"""Without the delivery engine, which has tests of its own: nothing is sent to the addresses of these."""

CALLERS: Final = Callers(
    frozenset({"events:read", "subscriptions:read", "subscriptions:write", "machine:read", "audit:read"})
)


class House(Harness):
    """The notification service in this process."""

    async def is_busy(self, session: AsyncSession) -> bool:
        """Return True while some event is unpublished, not applied or not planned."""
        return bool(await super().is_busy(session) or await session.scalar(queries.PLANNING_WAITS))

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
        """Return the planned deliveries of a subscription, in the order of planning."""
        async with self.database.reading() as session:
            found = await session.scalars(
                select(Delivery).where(Delivery.subscription_id == UUID(subscription["id"])).order_by(Delivery.id)
            )
            return list(found)

    async def last(self) -> int:
        """Return the last position of the journal."""
        async with self.database.reading() as session:
            return await queries.last_position(session)


def at_work(settings: Settings) -> AbstractAsyncContextManager[House]:
    """Run the service on a database that has its tables."""
    return serving(serve(service, settings=settings, complete=True), CALLERS, House)


async def _fill(settings: Settings) -> None:
    """Apply the territories and organisations of the tests."""
    async with at_work(settings) as house:
        await house.publish(*(registered(siren) for siren in BODIES), *(designated(key) for key in PLACES))


def settings_in(folder: Path, **more: Any) -> Settings:
    """Return settings with quick retries, and with a key for secrets."""
    return harness.settings_in(folder, secrets_key=SecretStr("a key of the tests"), **more)


@pytest.fixture(scope="session")
def prepared(commons: Path, tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The database with Lacq-Pau-Tarbes in it."""
    return Prepared(service, commons, tmp_path_factory.mktemp("notification"), _fill, settings_in)


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[House]:
    """The service at work, with Lacq-Pau-Tarbes in its database."""
    async with at_work(settings) as house:
        yield house


def address(subscription: dict[str, Any], *more: object) -> str:
    """The path of a subscription, or of something below it."""
    return "/".join(("/v1/subscriptions", subscription["id"], *map(str, more)))


async def planned_ids(house: House, subscription: dict[str, Any]) -> list[str]:
    """The ids of the events that are planned for a subscription, in the order of planning."""
    return [each.event_id for each in await house.deliveries(subscription)]


async def valid(house: House, made: dict[str, Any]) -> list[str]:
    """The secrets that sign now, as their owner knows them."""
    async with house.database.reading() as session:
        seal = seal_of(house.platform.settings, house.database)
        found = await queries.secrets_of(session, UUID(made["id"]), at=now())
        keys = [seal.open(each.sealed, each.subscription_id) for each in found]
    return ["whsec_" + base64.b64encode(key).decode() for key in keys]
