"""A session for a read of one row: the object of the ORM, without its transaction, on both databases."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, inspect, select
from sqlalchemy.orm.exc import DetachedInstanceError

from shared.ids import uuid7
from shared.settings import Settings
from shared.storage.database import Database
from tests.kit.acts import store_account
from tests.kit.conftest import opened
from tests.kit.ledger import Account


def columns_of(account: Account) -> dict[str, Any]:
    return {each.key: getattr(account, each.key) for each in inspect(Account).column_attrs}


async def test_the_object_is_that_of_the_orm(database: Database) -> None:
    account = await store_account(database)
    async with database.reading() as session:
        expected = await session.get_one(Account, account)
    async with database.row_session() as session:
        found = await session.get(Account, account)

    assert columns_of(found) == columns_of(expected)
    assert (found.key, found.stakeholders) == (expected.key, expected.stakeholders)


async def test_what_is_not_there_is_none(database: Database) -> None:
    async with database.row_session() as session:
        assert await session.get(Account, uuid7()) is None


async def test_what_was_not_read_is_an_error_and_not_empty(database: Database) -> None:
    account = await store_account(database)
    async with database.row_session() as session:
        found = await session.get(Account, account)

    with pytest.raises(DetachedInstanceError):
        _ = found.holders


async def test_with_options_the_session_reads_as_others_do(database: Database) -> None:
    account = await store_account(database)
    async with database.row_session() as session:
        found = await session.get(Account, account, populate_existing=True)

        assert found in session
        assert found.holders == []


async def test_an_option_that_asks_for_nothing_costs_nothing(database: Database) -> None:
    account = await store_account(database)
    async with database.row_session() as session:
        found = await session.get(Account, account, with_for_update=None)

        assert found not in session
        assert not session.in_transaction()


async def test_another_statement_gives_its_connection_back(on_postgresql: Settings) -> None:
    async with opened(on_postgresql) as database:
        pool: Any = database.engine.pool
        for _ in range(2):
            async with database.row_session() as session:
                await session.scalar(select(1))
                assert pool.checkedout() == 1

            assert pool.checkedout() == 0


async def test_a_read_is_one_statement_and_no_transaction(on_postgresql: Settings) -> None:
    sent: list[str] = []
    async with opened(on_postgresql.model_copy(update={"database_pool": 1})) as database:
        account = await store_account(database)
        async with database.row_session() as session:
            await session.get(Account, account)
        async with database.engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            driver.add_query_logger(lambda record: sent.append(record.query.partition(" ")[0].rstrip(";")))
        async with database.row_session() as session:
            await session.get(Account, account)
            begun = select(func.transaction_timestamp())
            assert await session.scalar(begun) != await session.scalar(begun)

    # The driver tells of beginnings and ends, and of what is prepared.
    assert not {"BEGIN", "COMMIT", "ROLLBACK"} & set(sent)


async def test_a_cancelled_read_ends_as_cancelled(database: Database) -> None:
    async def read() -> None:
        async with database.row_session():
            try:
                await asyncio.sleep(10)
            except asyncio.CancelledError:
                raise RuntimeError("This connection is closed.") from None

    reading = asyncio.create_task(read())
    await asyncio.sleep(0)
    reading.cancel()

    with pytest.raises(asyncio.CancelledError):
        await reading
