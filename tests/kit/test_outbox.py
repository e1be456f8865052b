"""A transaction's events are numbered, stored once, and leave in order, at least once, under one id."""

import asyncio
import json
from datetime import datetime
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY

from shared.http.sessions import DATABASES
from shared.messaging import relay as relay_module
from shared.messaging.relay import Relay
from shared.settings import Settings
from shared.storage import outbox as kit
from shared.storage.database import Database
from shared.storage.outbox import MAX_BYTES, EventTooLarge
from shared.storage.tables import outbox
from shared.storage.wakeups import wait_for_wakeup
from shared.telemetry import traces
from tests.kit.acts import KEEPER, count_of, deposit, open_account, rows_of, store_account, store_deposit
from tests.kit.conftest import OWNER, opened
from tests.kit.ledger import Account, Closed, Deposited, deposited
from tests.kit.wire import Wire
from tests.support.waiting import PATIENCE, until

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def store_closed(database: Database, account_id: UUID) -> None:
    async with database.writing(by=KEEPER) as session:
        kit.add(session, Closed(account_id=account_id, organisations=[OWNER]))


async def published(database: Database) -> list[bool]:
    return [row.published_at is not None for row in await rows_of(database, outbox)]


async def test_the_events_of_one_transaction_are_numbered_per_subject(database: Database) -> None:
    one, two = await store_account(database), await store_account(database)

    await store_deposit(database, one, 1, 2)
    await store_deposit(database, two, 3)
    await store_deposit(database, one, 4)

    rows = await rows_of(database, outbox)
    stored = [(row.subject, row.sequence, json.loads(row.body)["data"]["amount"]) for row in rows]
    assert stored == [
        (f"account/{one}", 1, 1),
        (f"account/{one}", 2, 2),
        (f"account/{two}", 1, 3),
        (f"account/{one}", 3, 4),
    ]


async def test_parallel_transactions_number_their_events_without_a_gap(database: Database) -> None:
    accounts = [await store_account(database) for _ in range(3)]

    await asyncio.gather(*(store_deposit(database, accounts[number % 3], 1, 1) for number in range(30)))

    for account in accounts:
        rows = await rows_of(database, outbox, subject=f"account/{account}")
        balances = [json.loads(row.body)["data"]["balance"] for row in rows]
        assert [row.sequence for row in rows] == list(range(1, 21))
        assert balances == list(range(1, 21))


async def test_an_event_is_a_whole_cloudevent(database: Database) -> None:
    account_id = await store_account(database)
    with traces.at(traces.given(TRACE)):
        await store_deposit(database, account_id, 5)

    (row,) = await rows_of(database, outbox)
    envelope = json.loads(row.body)
    moment = datetime.fromisoformat(envelope.pop("time"))
    assert moment == row.created_at
    assert envelope == {
        "specversion": "1.0",
        "id": row.event_id,
        "source": "http://127.0.0.1:8000/schemas/ledger",
        "type": "fr.territoires-industrie.ledger.Deposited.v1",
        "subject": f"account/{account_id}",
        "datacontenttype": "application/json",
        "dataschema": "http://127.0.0.1:8000/schemas/fr.territoires-industrie.ledger.Deposited.v1.json",
        "sequence": "0000000001",
        "traceparent": TRACE,
        "data": {
            "territories": [],
            "regions": [],
            "organisations": [OWNER],
            "account_id": str(account_id),
            "amount": 5,
            "balance": 5,
        },
    }
    assert Deposited.read(envelope["data"]).amount == 5


async def test_an_event_of_more_than_64_kb_is_refused_and_nothing_is_kept(database: Database) -> None:
    async def publish(organisations: int) -> None:
        async with database.writing(by=KEEPER) as session:
            kit.add(session, deposited(Account(id=uuid4(), owner=OWNER, balance=1), 1, projections=organisations))

    await publish(5000)
    with pytest.raises(EventTooLarge):
        await publish(6000)

    (row,) = await rows_of(database, outbox)
    assert len(row.body.encode()) < MAX_BYTES


async def test_what_is_published_is_what_was_stored(database: Database) -> None:
    account_id = await store_account(database)
    await store_deposit(database, account_id, 1, 2)
    wire = Wire()

    await Relay(database, wire).publish_all()

    rows = await rows_of(database, outbox)
    assert [(each.event_id, each.type, each.subject, each.body) for each in wire.sent] == [
        (row.event_id, row.type, row.subject, row.body) for row in rows
    ]
    assert all(row.published_at for row in rows)


async def test_what_is_published_is_not_published_again(database: Database) -> None:
    await store_closed(database, uuid4())
    wire = Wire()
    relay = Relay(database, wire)

    assert await relay.publish_all()
    assert await relay.publish_all()

    assert len(wire.sent) == 1


@pytest.mark.parametrize("seed", range(3))
async def test_order_per_subject_holds_when_publishing_fails(on_sqlite: Settings, seed: int) -> None:
    async with opened(on_sqlite) as database:
        accounts = [await store_account(database) for _ in range(4)]
        for number in range(10):
            await store_deposit(database, accounts[number % 4], 1, 2, 3)
        wire = Wire(failing=0.3, seed=seed)
        relay = Relay(database, wire)
        while not all(await published(database)):
            await relay.publish_all()

    for account in accounts:
        arrived = [json.loads(each.body)["sequence"] for each in wire.sent if each.subject == f"account/{account}"]
        first_arrivals = list(dict.fromkeys(arrived))
        assert arrived == sorted(arrived)
        assert first_arrivals == [f"{number:010d}" for number in range(1, len(first_arrivals) + 1)]


async def test_a_bus_that_is_away_loses_nothing(database: Database) -> None:
    await store_closed(database, uuid4())
    wire = Wire()
    wire.away = True
    relay = Relay(database, wire)

    assert not await relay.publish_all()
    assert not relay.unroutable
    wire.away = False
    assert await relay.publish_all()

    assert len(wire.sent) == 1


async def test_a_crash_before_the_mark_repeats_the_event_under_its_id(database: Database) -> None:
    await store_closed(database, uuid4())
    wire = Wire()
    wire.breaks = True

    with pytest.raises(ConnectionAbortedError):
        await Relay(database, wire).publish_all()
    assert await published(database) == [False]
    wire.breaks = False
    await Relay(database, wire).publish_all()

    assert len(wire.sent) == 2
    assert wire.sent[0] == wire.sent[1]
    assert await published(database) == [True]


async def test_a_type_that_nobody_hears_holds_its_own_subject(database: Database) -> None:
    account_id, other = await store_account(database), await store_account(database)
    await store_closed(database, account_id)
    await store_deposit(database, account_id, 1)
    await store_deposit(database, other, 2)
    wire = Wire()
    wire.unheard = {Closed.type}
    relay = Relay(database, wire)
    failures = {"service": "ledger", "reason": "Unroutable"}
    before = REGISTRY.get_sample_value("ti_events_publish_failures_total", failures) or 0

    assert await relay.publish_all()

    assert [each.subject for each in wire.sent] == [f"account/{other}"]
    assert relay.unroutable == {Closed.type}
    assert REGISTRY.get_sample_value("ti_events_publish_failures_total", failures) == before + 1


async def test_a_type_that_was_not_heard_leaves_once_when_somebody_listens(database: Database) -> None:
    account_id = await store_account(database)
    await store_closed(database, account_id)
    await store_deposit(database, account_id, 1)
    wire = Wire()
    wire.unheard = {Closed.type}
    relay = Relay(database, wire)
    await relay.publish_all()

    wire.unheard = set()
    await relay.publish_all()

    assert [each.type for each in wire.sent] == [Closed.type, Deposited.type]
    assert not relay.unroutable


async def test_a_type_that_nobody_hears_is_not_tried_for_each_of_its_events(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "BATCH", 5)
    for _ in range(20):
        await store_closed(database, uuid4())
    wire = Wire()
    wire.unheard = {Closed.type}

    await Relay(database, wire).publish_all()

    assert wire.publications == 5


async def test_readiness_names_the_type_that_nobody_hears(client: httpx.AsyncClient, app: FastAPI) -> None:
    account = await open_account(client)
    await client.post(f"/v1/accounts/{account['id']}/close")

    async def not_ready() -> object:
        answer = await client.get("/health/ready")
        return answer.json().get("lacking") == [f"ledger: no queue takes {Closed.type}"]

    await until(not_ready)


async def test_an_event_leaves_as_soon_as_its_change_is_committed(client: httpx.AsyncClient, app: FastAPI) -> None:
    account = await open_account(client)
    database = DATABASES.of(app)["ledger"]

    async def sent() -> bool:
        return all(await published(database))

    await until(sent)
    await deposit(client, account["id"], 1)
    await until(sent)

    assert await count_of(database, outbox) == 1


@pytest.mark.parametrize("turns", range(4))
async def test_a_cancellation_is_not_lost_in_being_woken(turns: int) -> None:
    wake = asyncio.Event()
    waiting = asyncio.create_task(wait_for_wakeup(wake, 10))
    await asyncio.sleep(0)
    wake.set()
    for _ in range(turns):
        await asyncio.sleep(0)

    if waiting.cancel():
        with pytest.raises(asyncio.CancelledError):
            await waiting


async def test_waiting_to_be_woken_ends_by_itself() -> None:
    async with asyncio.timeout(PATIENCE):
        await wait_for_wakeup(asyncio.Event(), 0.01)
