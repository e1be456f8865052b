"""The promises of an event's path, on both adapters: a small service, its writers, and all that goes wrong."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import delete, select, update

from deploy.servers import Postgres, RabbitMQ
from shared.bus import Message
from shared.messaging import dispatcher
from shared.runtime.platform import PLATFORM
from shared.settings import Settings
from shared.storage import tables
from shared.storage.wakeups import EVENTS_PENDING, request_wakeup
from tests.kit import ledger
from tests.kit.acts import count_of, database_of, deposit, open_account, rows_of
from tests.kit.bus.vhost import Vhost
from tests.kit.conftest import app_of, started
from tests.support import vhosts
from tests.support.harness import settings_in
from tests.support.waiting import until

POISON = 13
TAKEN = ("applied", "superseded", "refused", "parked")


class World:
    """The ledger in one of its forms; processes of it come and go."""

    def __init__(self, settings: Settings, broker: Vhost | None) -> None:
        self.settings = settings
        self.broker = broker
        self.stack = AsyncExitStack()
        self.apps: list[tuple[FastAPI, AsyncExitStack]] = []

    async def process(self) -> httpx.AsyncClient:
        """One more process."""
        app = app_of(self.settings)
        own = await self.stack.enter_async_context(AsyncExitStack())
        client = await own.enter_async_context(started(app))
        self.apps.append((app, own))
        return client

    async def end(self, number: int = 0) -> None:
        """End a process."""
        _, own = self.apps.pop(number)
        await own.aclose()

    @property
    def app(self) -> FastAPI:
        """The first process that is still there."""
        return self.apps[0][0]

    async def settled(self) -> None:
        """Everything is published, and everything received has an outcome."""

        async def all_taken() -> bool:
            database = database_of(self.app)
            out = await rows_of(database, tables.outbox)
            into = await rows_of(database, tables.handlings)
            published = [row for row in out if row.published_at]
            return len(published) == len(out) and len(into) == 3 * len(out) and all(row.state in TAKEN for row in into)

        await until(all_taken)

    async def amounts(self, account: str) -> list[int]:
        """Read the effects of the handler on an account, in their order."""
        async with database_of(self.app).reading() as session:
            found = await session.execute(select(ledger.Trace).order_by(ledger.Trace.id))
            return [trace.amount for (trace,) in found if str(trace.account_id) == account]

    async def totals(self, account: str) -> tuple[int, int, int]:
        """Count and sum of the tally, and the balance that the projection shows."""
        async with database_of(self.app).reading() as session:
            totals = {str(row.account_id): row for row in await session.scalars(select(ledger.Total))}
            seen = {str(row.account_id): row.balance for row in await session.scalars(select(ledger.Seen))}
        return totals[account].count, totals[account].sum, seen[account]

    async def repeat(self) -> None:
        """Let the relay forget what it has published: it says everything again, under the same ids."""
        async with database_of(self.app).writing() as session:
            await session.execute(update(tables.outbox).values(published_at=None))
            request_wakeup(session, EVENTS_PENDING)


@pytest.fixture(params=["memory", "rabbitmq"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """SQLite and the in-process bus, or PostgreSQL and RabbitMQ."""
    if request.param == "memory":
        world = World(settings_in(tmp_path), None)
    else:
        rabbitmq: RabbitMQ = request.getfixturevalue("rabbitmq")
        postgres: Postgres = request.getfixturevalue("postgres")
        vhost = await asyncio.to_thread(vhosts.unused, rabbitmq, {"ledger": ledger.consumer.types})
        broker = Vhost(rabbitmq, vhost)
        url = await asyncio.to_thread(postgres.create_database, broker.name)
        world = World(settings_in(tmp_path, database_url=url, bus_url=broker.url("ledger")), broker)
    async with world.stack:
        yield world


async def put_in(client: httpx.AsyncClient, account: str, amounts: list[int]) -> None:
    """Amounts, one after another; a service that is away is asked again."""
    for amount in amounts:
        key = {"Idempotency-Key": str(uuid4())}
        answer = await until(partial(deposit, client, account, amount, **key), lambda found: found.status_code != 503)
        assert answer.status_code == 200, answer.text


async def test_the_order_of_a_subject_holds_and_effects_are_there_once(world: World) -> None:
    client = await world.process()
    accounts = [(await open_account(client))["id"] for _ in range(4)]
    amounts = list(range(20, 45))

    await asyncio.gather(*(put_in(client, account, amounts) for account in accounts))
    await world.settled()

    for account in accounts:
        assert await world.amounts(account) == amounts
        assert await world.totals(account) == (25, sum(amounts), sum(amounts))


async def test_what_is_said_again_has_no_second_effect(world: World) -> None:
    client = await world.process()
    account = (await open_account(client))["id"]
    await put_in(client, account, [1, 2, 3])
    await world.settled()

    for _ in range(3):
        await world.repeat()
        await world.settled()

    assert await world.amounts(account) == [1, 2, 3]
    assert await world.totals(account) == (3, 6, 6)


async def test_what_comes_late_counts_and_does_not_go_back(world: World) -> None:
    client = await world.process()
    account = (await open_account(client))["id"]
    await put_in(client, account, [1, 2, 3, 4])
    await world.settled()
    async with database_of(world.app).writing() as session:
        stored = (await session.execute(select(tables.outbox).order_by(tables.outbox.c.id.desc()))).all()
        await session.execute(tables.handlings.delete())
        await session.execute(tables.inbox.delete())
        for table in (ledger.Trace, ledger.Total, ledger.Seen):
            await session.execute(delete(table))
    backwards = [Message(row.event_id, row.type, row.subject, row.body) for row in stored]

    bus = PLATFORM.of(world.app).bus
    for count, message in enumerate(backwards, 1):
        assert list(await bus.publish([message])) == [None]

        async def arrived(count: int = count) -> bool:
            rows = await rows_of(database_of(world.app), tables.handlings)
            return len(rows) == 3 * count and all(row.state in TAKEN for row in rows)

        await until(arrived)

    assert sorted(await world.amounts(account)) == [1, 2, 3, 4]
    assert await world.totals(account) == (4, 10, 10)


async def test_a_poison_message_is_parked_and_replayed_and_holds_no_other_subject(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await world.process()
    poisoned, other = [(await open_account(client))["id"] for _ in range(2)]

    await put_in(client, poisoned, [1, POISON, 2])
    await put_in(client, other, [5, 6])
    await world.settled()
    parked = await rows_of(database_of(world.app), tables.handlings, state="parked")
    before = await world.amounts(poisoned)

    healthy = ledger.consumer.handlers["trace"]

    async def cured(session: Any, event: Any) -> None:
        session.add(ledger.Trace(account_id=event.account_id, amount=event.amount))

    monkeypatch.setitem(
        ledger.consumer.handlers, "trace", type(healthy)(healthy.name, healthy.types, healthy.kind, cured)
    )
    async with database_of(world.app).writing() as session:
        assert await dispatcher.replay(session, [row.id for row in parked]) == 1

    async def replayed() -> bool:
        return len(await world.amounts(poisoned)) == 3

    await until(replayed)

    assert [row.handler for row in parked] == ["trace"]
    assert before == [1, 2]
    assert await world.amounts(other) == [5, 6]
    assert await world.totals(poisoned) == (3, 3 + POISON, 3 + POISON)
    assert await world.amounts(poisoned) == [1, 2, POISON]


async def test_an_unroutable_message_is_noticed_and_holds_its_own_subject_alone(world: World) -> None:
    client = await world.process()
    silent, other = [(await open_account(client))["id"] for _ in range(2)]
    await until_ready(client)

    await client.post(f"/v1/accounts/{silent}/close")
    await put_in(client, silent, [1])
    await put_in(client, other, [7])

    async def flows() -> bool:
        return await world.amounts(other) == [7]

    await until(flows)
    ready = await client.get("/health/ready")

    assert ready.status_code == 503
    assert any("no queue takes" in what and "Closed" in what for what in ready.json()["lacking"])
    assert await world.amounts(silent) == []
    assert await count_of(database_of(world.app), tables.outbox) == 3


async def until_ready(client: httpx.AsyncClient) -> None:
    """Wait until the service says so."""

    async def ready() -> bool:
        return (await client.get("/health/ready")).status_code == 200

    await until(ready)


async def test_the_order_holds_when_another_process_takes_over(world: World) -> None:
    client = await world.process()
    account = (await open_account(client))["id"]
    amounts = list(range(20, 60))

    for start in range(0, len(amounts), 10):
        if world.broker:
            successor = await world.process()
            await put_in(client, account, amounts[start : start + 10])
            await world.end()
        else:
            await put_in(client, account, amounts[start : start + 10])
            await world.end()
            successor = await world.process()
        client = successor
    await world.settled()

    assert await world.amounts(account) == amounts
    assert await world.totals(account) == (40, sum(amounts), sum(amounts))


@pytest.mark.parametrize("world", ["rabbitmq"], indirect=True)
async def test_without_its_queue_a_service_is_not_ready(world: World) -> None:
    client = await world.process()
    await until_ready(client)
    if world.broker is None:
        raise AssertionError("this one needs a broker")

    await asyncio.to_thread(world.broker.delete, "ti.ledger")
    ready = await client.get("/health/ready")

    assert ready.status_code == 503
    assert any("ti.ledger is missing" in what for what in ready.json()["lacking"])


@pytest.mark.parametrize("world", ["rabbitmq"], indirect=True)
async def test_while_the_broker_is_away_writes_are_accepted_and_leave_when_it_is_back(
    world: World, rabbitmq: RabbitMQ
) -> None:
    client = await world.process()
    account = (await open_account(client))["id"]
    await put_in(client, account, [1])
    await world.settled()

    await asyncio.to_thread(rabbitmq.kill)
    await put_in(client, account, [2, 3])
    waiting = await rows_of(database_of(world.app), tables.outbox, published_at=None)
    ready = await client.get("/health/ready")
    await asyncio.to_thread(rabbitmq.start)
    await put_in(client, account, [4])
    await world.settled()
    await until_ready(client)

    assert len(waiting) == 2
    assert ready.status_code == 503
    assert await world.amounts(account) == [1, 2, 3, 4]
