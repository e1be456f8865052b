"""A database that takes no changes, because it is full or read-only, or because its disk fails."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import Any, Final

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import event, func, select, text

from shared.runtime import health
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.tables import idempotency
from tests.kit.acts import count_of, database_of, open_account, rows_of
from tests.kit.conftest import OWNER, Lines
from tests.kit.ledger import Base
from tests.support.waiting import until

Failing = Callable[[Database], AbstractAsyncContextManager[None]]
RAISE: Final = """
    CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN RAISE 'could not extend file' USING ERRCODE = '{}'; END$$
"""
ON_INSERT: Final = "CREATE TRIGGER fail BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION fail()"

READ_ONLY: Final = select(func.current_setting("default_transaction_read_only"))


@asynccontextmanager
async def with_pragma(pragma: str, back: str, database: Database) -> AsyncIterator[None]:
    """Set a pragma of SQLite on every connection, and set it back."""
    value = pragma

    def take(connection: Any, _record: object, _proxy: object) -> None:
        connection.cursor().execute(f"PRAGMA {value}")

    event.listen(database.engine.sync_engine, "checkout", take)
    yield
    value = back


@asynccontextmanager
async def raising(code: str, database: Database) -> AsyncIterator[None]:
    """Raise an error of PostgreSQL for every new row."""
    async with database.engine.begin() as connection:
        for statement in (RAISE.format(code), *map(ON_INSERT.format, Base.metadata.tables)):
            await connection.execute(text(statement))
    yield
    async with database.engine.begin() as connection:
        await connection.execute(text("DROP FUNCTION fail CASCADE"))


@asynccontextmanager
async def read_only_by_default(database: Database) -> AsyncIterator[None]:
    """Let the transactions of a PostgreSQL server only read, as its administrator does."""

    async def set_to(value: str) -> None:
        async with database.engine.connect() as connection:
            administrator = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await administrator.execute(text(f"ALTER SYSTEM SET default_transaction_read_only = {value}"))
            await administrator.execute(text("SELECT pg_reload_conf()"))
        await until(partial(database.ask, READ_ONLY), lambda rows: rows[0][0] == value)

    await set_to("on")
    yield
    await set_to("off")


CASES: Final[dict[str, tuple[Failing, str]]] = {
    "sqlite-full": (
        partial(with_pragma, "max_page_count=1", "max_page_count=1000000"),
        "the database has no room left",
    ),
    "sqlite-read-only": (partial(with_pragma, "query_only=ON", "query_only=OFF"), "the database is read-only"),
    "postgresql-full": (partial(raising, "53100"), "the database has no room left"),
    "postgresql-standby": (partial(raising, "25006"), "the database is read-only"),
    "postgresql-broken": (partial(raising, "58030"), "the database cannot use its disk"),
    "postgresql-read-only": (read_only_by_default, "the database is read-only"),
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> str:
    """The name of a case; it begins with its database."""
    return str(request.param)


@pytest.fixture
def settings(request: pytest.FixtureRequest, case: str) -> Settings:
    """The database of the case."""
    chosen: Settings = request.getfixturevalue(f"on_{case.partition('-')[0]}")
    return chosen


async def is_ready(client: httpx.AsyncClient) -> bool:
    return (await client.get("/health/ready")).status_code == 200


async def refused(client: httpx.AsyncClient) -> httpx.Response:
    """Open accounts until one is refused: the first may find room in pages that are half empty."""
    return await until(
        partial(client.post, "/v1/accounts", json={"owner": OWNER}), lambda answer: answer.status_code != 201
    )


async def test_a_change_that_the_database_does_not_take_is_503_until_it_does(
    case: str, client: httpx.AsyncClient, app: FastAPI, lines: Lines
) -> None:
    failing, reason = CASES[case]
    await until(lambda: is_ready(client))
    account = await open_account(client)
    async with failing(database_of(app)):
        answer = await refused(client)
        unready = await client.get("/health/ready")
        read = await client.get(f"/v1/accounts/{account['id']}")
    again = await client.post("/v1/accounts", json={"owner": OWNER})

    assert (answer.status_code, answer.json()["code"]) == (503, "database-not-writable")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].startswith(reason.capitalize())
    assert (unready.status_code, unready.json()["lacking"]) == (503, [f"ledger: {reason}"])
    assert read.json() == account
    assert again.status_code == 201
    assert await is_ready(client)
    assert {line["reason"] for line in lines.of("database not writable")} == {reason}


@pytest.mark.parametrize("case", [case for case in CASES if case.endswith("read-only")], indirect=True)
async def test_readiness_finds_out_before_any_change_fails(case: str, client: httpx.AsyncClient, app: FastAPI) -> None:
    failing, reason = CASES[case]
    await until(lambda: is_ready(client))
    database_of(app).writable_at -= health.WRITABLE
    async with failing(database_of(app)):
        answer = await client.get("/health/ready")

    assert answer.json()["lacking"] == [f"ledger: {reason}"]


async def test_readiness_keeps_one_row(client: httpx.AsyncClient, app: FastAPI) -> None:
    for _ in range(3):
        database_of(app).writable_at -= health.WRITABLE
        await client.get("/health/ready")

    assert await count_of(database_of(app), idempotency) == 1


async def test_readiness_that_is_asked_often_stores_nothing(client: httpx.AsyncClient, app: FastAPI) -> None:
    await until(lambda: is_ready(client))
    before = await rows_of(database_of(app), idempotency)

    for _ in range(3):
        await client.get("/health/ready")

    assert await rows_of(database_of(app), idempotency) == before
