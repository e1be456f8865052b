"""The two doors to the database: whole or nothing, answered as it was, on both databases."""

import asyncio
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import exc, func, select, text

from deploy.servers import Postgres
from shared.ids import uuid7
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.tables import history, outbox
from tests.kit.acts import count_of, database_of, deposit, open_account, rows_of, store_account, store_deposit
from tests.kit.conftest import OTHER, OWNER, Lines, app_of, bearer, opened, started
from tests.kit.ledger import Account
from tests.support.waiting import PATIENCE


async def test_a_commit_that_fails_is_not_answered_as_done(client: httpx.AsyncClient, app: FastAPI) -> None:
    answer = await client.post("/v1/accounts", json={"owner": OWNER, "guarantor": str(uuid7())})

    assert answer.status_code == 500
    assert answer.json()["code"] == "internal-error"
    assert not await count_of(database_of(app), Account.__table__)
    assert not await count_of(database_of(app), history)


async def test_a_commit_that_fails_leaves_no_transaction_open(client: httpx.AsyncClient) -> None:
    for _ in range(20):
        failed = await client.post("/v1/accounts", json={"owner": OWNER, "guarantor": str(uuid7())})
        done = await client.post("/v1/accounts", json={"owner": OWNER})

        assert (failed.status_code, done.status_code) == (500, 201)


async def test_a_key_that_another_took_first_is_a_conflict(client: httpx.AsyncClient) -> None:
    account = {"id": str(uuid7()), "owner": OWNER}

    answers = await asyncio.gather(*(client.post("/v1/accounts", json=account) for _ in range(5)))

    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: 4}


async def test_the_text_of_an_error_holds_no_values(database: Database) -> None:
    async with database.reading() as session:
        with pytest.raises(exc.DBAPIError) as failure:
            await session.execute(text("SELECT * FROM nowhere WHERE name = :name"), {"name": "confidential"})

    assert "confidential" not in repr(failure.value)


async def test_our_own_mistake_is_in_the_log_under_the_id_that_the_caller_has(
    client: httpx.AsyncClient, lines: Lines
) -> None:
    guarantor = str(uuid7())
    answer = await client.post("/v1/accounts", json={"owner": OWNER, "guarantor": guarantor})

    (line,) = lines.of("unforeseen")
    assert line["request_id"] == answer.headers["x-request-id"]
    assert answer.json()["instance"] == f"urn:uuid:{line['request_id']}"
    assert "IntegrityError" in line["exception"]
    assert "shared/storage/" in line["exception"]
    # PostgreSQL names the value in the text of its error.
    assert guarantor not in line["exception"]


async def test_a_client_that_sends_slowly_holds_no_transaction(client: httpx.AsyncClient) -> None:
    account = await open_account(client)
    path, sent_all = f"/v1/accounts/{account['id']}/close", asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b" "
        await sent_all.wait()

    slow = asyncio.create_task(client.post(path, content=slowly(), headers={"Idempotency-Key": "slow"}))
    await asyncio.sleep(0)
    async with asyncio.timeout(PATIENCE):
        quick = await client.post(path)
    sent_all.set()

    assert (quick.status_code, (await slow).status_code) == (204, 204)


async def test_what_was_cancelled_has_ended_when_the_database_is_closed(
    on_sqlite: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, connect = set(threading.enumerate()), sqlite3.connect

    def slowly(*args: Any, **options: Any) -> Any:
        time.sleep(0.5)
        return connect(*args, **options)

    async def read(database: Database) -> None:
        async with database.reading() as session:
            await session.execute(text("SELECT 1"))

    async with opened(on_sqlite) as database:
        await database.engine.dispose()
        monkeypatch.setattr(sqlite3, "connect", slowly)
        reading = asyncio.create_task(read(database))
        await asyncio.sleep(0.1)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)

    assert [thread for thread in set(threading.enumerate()) - before if "_connection_worker" in thread.name] == []


async def test_an_event_that_is_too_large_leaves_nothing_of_its_command(
    client: httpx.AsyncClient, app: FastAPI
) -> None:
    account = await open_account(client)

    answer = await deposit(client, account["id"], 65_536)

    assert answer.status_code == 500
    assert (await client.get(f"/v1/accounts/{account['id']}")).json() == account
    assert not await count_of(database_of(app), outbox)
    assert await count_of(database_of(app), history) == 1


async def test_a_refused_command_leaves_no_row_no_event_and_no_history(client: httpx.AsyncClient, app: FastAPI) -> None:
    account = await open_account(client)

    answer = await deposit(client, account["id"], -1)

    assert answer.status_code == 409
    assert answer.json()["code"] == "overdrawn"
    assert (await client.get(f"/v1/accounts/{account['id']}")).json() == account
    assert not await count_of(database_of(app), outbox)
    assert await count_of(database_of(app), history) == 1


async def test_an_exception_in_the_block_leaves_nothing(database: Database) -> None:
    async def fail() -> None:
        async with database.writing() as session:
            session.add(Account(id=uuid7(), owner=OWNER, balance=0, holders=[]))
            await session.flush()
            raise LookupError

    with pytest.raises(LookupError):
        await fail()

    assert not await count_of(database, Account.__table__)
    assert not await count_of(database, history)


@pytest.mark.parametrize("door", ["reading", "writing"])
async def test_a_task_that_is_cancelled_at_the_database_ends_as_cancelled(database: Database, door: str) -> None:
    inside = asyncio.Event()

    async def work() -> None:
        async with getattr(database, door)():
            inside.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                # What the library says when the cancellation comes at an unlucky moment.
                raise exc.ResourceClosedError("This Connection is closed") from None

    task = asyncio.create_task(work())
    await inside.wait()
    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()


async def test_nothing_is_changed_through_the_reading_door(on_postgresql: Settings) -> None:
    async with opened(on_postgresql) as database:
        with pytest.raises(exc.DBAPIError, match="read-only"):
            async with database.reading() as session:
                await session.execute(text("DELETE FROM accounts"))


async def test_the_reading_door_sees_one_moment(database: Database) -> None:
    account_id = await store_account(database)
    async with database.reading() as session:
        before = await session.scalar(text("SELECT balance FROM accounts"))
        await store_deposit(database, account_id, 5)
        after = await session.scalar(text("SELECT balance FROM accounts"))

    assert (before, after) == (0, 0)


async def test_each_of_many_writers_sees_the_version_before_its_own(
    client: httpx.AsyncClient, app: FastAPI, settings: Settings
) -> None:
    writers = 30 if "sqlite" in settings.database_url else 100
    account = await open_account(client)

    answers = await asyncio.gather(*(deposit(client, account["id"], 1) for _ in range(writers)))

    results = sorted((answer.json()["version"], answer.json()["balance"]) for answer in answers)
    assert {answer.status_code for answer in answers} == {200}
    assert results == [(number + 1, number) for number in range(1, writers + 1)]
    events = await rows_of(database_of(app), outbox)
    assert [event.sequence for event in events] == list(range(1, writers + 1))


async def test_of_many_changes_based_on_one_version_one_succeeds(client: httpx.AsyncClient, settings: Settings) -> None:
    writers = 30 if "sqlite" in settings.database_url else 100
    account = await open_account(client)
    path, based_on = f"/v1/accounts/{account['id']}", {"If-Match": '"1"'}

    answers = await asyncio.gather(
        *(client.patch(path, json={"owner": OWNER, "balance": 1 + n}, headers=based_on) for n in range(writers))
    )

    assert Counter(answer.status_code for answer in answers) == {200: 1, 412: writers - 1}
    assert (await client.get(path)).json()["version"] == 2


async def test_a_change_needs_the_version_it_is_based_on(client: httpx.AsyncClient) -> None:
    account = await open_account(client)
    path = f"/v1/accounts/{account['id']}"

    without = await client.delete(path)
    unreadable = await client.delete(path, headers={"If-Match": "*"})
    stale = await client.delete(path, headers={"If-Match": '"2"'})

    assert (without.status_code, unreadable.status_code, stale.status_code) == (428, 400, 412)
    assert stale.json()["code"] == "version-stale"


async def test_the_etag_of_an_answer_is_what_the_next_change_is_based_on(client: httpx.AsyncClient) -> None:
    account = await open_account(client)
    path = f"/v1/accounts/{account['id']}"

    read = await client.get(path)
    unchanged = await client.get(path, headers={"If-None-Match": read.headers["etag"]})
    deleted = await client.delete(path, headers={"If-Match": read.headers["etag"]})

    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ('W/"1"', 304),
        ('"7", "1"', 304),
        ("*", 304),
        ('"2"', 200),
        ("1", 200),
        ("", 200),
        ('"1"' + " " * 997, 304),
        ('"1",' + '"2",' * 250, 400),
    ],
)
async def test_who_has_read_an_object_asks_whether_it_has_changed(
    client: httpx.AsyncClient, sent: str, status: int
) -> None:
    account = await open_account(client)
    answer = await client.get(f"/v1/accounts/{account['id']}", headers={"If-None-Match": sent})

    assert answer.status_code == status
    assert answer.headers.get("etag") == (None if status == 400 else '"1"')
    if status == 400:
        assert "1,000 characters" in answer.json()["detail"]


async def test_what_takes_no_etag_passes_it_over(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/accounts", headers={"If-None-Match": "*" * 2_000})

    assert answer.status_code == 200


async def test_an_object_of_others_is_unseen(client: httpx.AsyncClient) -> None:
    account = await open_account(client)
    path = f"/v1/accounts/{account['id']}"

    read = await client.get(path, headers=bearer(OTHER))
    changed = await client.post(f"{path}/deposit", json={"amount": 1}, headers=bearer(OTHER))

    assert (read.status_code, changed.status_code) == (404, 404)


async def test_on_sqlite_a_writer_holds_the_file_from_its_first_moment(on_sqlite: Settings) -> None:
    async with opened(on_sqlite) as one, opened(on_sqlite) as other:
        async with one.writing():
            turn = asyncio.create_task(store_account(other))
            done, _ = await asyncio.wait([turn], timeout=0.2)
        await turn

    assert not done


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_database_that_is_away_is_answered_with_when_to_come_back(tmp_path: Path, method: str) -> None:
    closed = Settings(data_dir=tmp_path, database_url="postgresql+asyncpg://nobody:none@127.0.0.1:9/none")
    async with started(app_of(closed, _nothing)) as client:
        answer = await client.request(method, "/v1/accounts", json={"owner": OWNER} if method == "POST" else None)

    assert answer.status_code == 503
    assert answer.json()["code"] == "database-away"
    assert int(answer.headers["retry-after"]) > 0


async def test_a_database_that_comes_back_is_used_again(on_postgresql: Settings, postgres: Postgres) -> None:
    app = app_of(on_postgresql)
    async with started(app) as client:
        account = await open_account(client)
        postgres.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'ledger_%'")
        statuses = [(await deposit(client, account["id"], 1)).status_code for _ in range(5)]

    assert set(statuses) <= {200, 503}
    assert statuses[-1] == 200


async def test_connections_that_the_server_closed_while_idle_are_replaced(
    on_postgresql: Settings, postgres: Postgres
) -> None:
    """As after a restart, or by `idle_session_timeout`."""
    async with opened(on_postgresql) as database:
        async with AsyncExitStack() as stack:
            for _ in range(5):
                opened_session = await stack.enter_async_context(database.reading())
                await opened_session.execute(select(1))
        pool: Any = database.engine.pool
        assert pool.checkedin() == 5
        postgres.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'ledger_%'")
        await asyncio.sleep(0.2)

        for _ in range(5):
            async with database.reading() as reading:
                assert await reading.scalar(select(1)) == 1
        await database.ask(select(1))
        async with database.writing() as writing:
            assert await writing.scalar(select(1)) == 1


async def _nothing(_platform: object) -> None:
    """No tables: the database is away."""


async def test_a_question_needs_no_transaction_and_leaves_the_doors_as_they_are(on_postgresql: Settings) -> None:
    isolation = select(func.current_setting("transaction_isolation"), func.current_setting("transaction_read_only"))
    sent: list[str] = []
    async with opened(on_postgresql.model_copy(update={"database_pool": 1})) as database:
        async with database.engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            driver.add_query_logger(lambda record: sent.append(record.query.partition(" ")[0].rstrip(";")))
        for _ in range(2):
            async with database.reading() as session:
                read = (await session.execute(isolation)).one()
            async with database.writing() as session:
                written = (await session.execute(isolation)).one()
            [asked] = await database.ask(isolation)

            assert (tuple(read), tuple(written)) == (("repeatable read", "on"), ("read committed", "off"))
            assert tuple(asked) == ("read committed", "off")
    # The driver tells of them, and not of what is asked within.
    assert sent == ["BEGIN", "ROLLBACK", "BEGIN", "COMMIT"] * 2


async def test_a_question_is_answered_with_what_is_committed(database: Database) -> None:
    account = await store_account(database)
    async with database.writing() as session:
        (await session.get_one(Account, account)).balance = 5
        await session.flush()
        meanwhile = await database.ask(select(Account.__table__.c.balance)) if not database.is_sqlite else [(0,)]
    found = await database.ask(select(Account.__table__.c.balance).where(Account.__table__.c.balance == 5))

    assert [tuple(row) for row in meanwhile] == [(0,)]
    assert [tuple(row) for row in found] == [(5,)]


async def test_without_a_snapshot_each_statement_is_a_transaction_of_its_own(on_postgresql: Settings) -> None:
    async with opened(on_postgresql) as database:
        begun = select(func.transaction_timestamp())
        async with database.reading() as session:
            assert await session.scalar(begun) == await session.scalar(begun)
        async with database.reading(snapshot=False) as session:
            assert await session.scalar(begun) != await session.scalar(begun)
