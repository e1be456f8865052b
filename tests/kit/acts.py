"""Common steps of tests: open an account, deposit into it, read the tables."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy import FromClause, Row, Table, func, select

from shared.http.sessions import DATABASES
from shared.ids import uuid7
from shared.security.access import Caller
from shared.storage import outbox
from shared.storage.database import Database
from tests.kit.conftest import OWNER
from tests.kit.ledger import Account, Holder, deposited

KEEPER = Caller(client_id="keeper", sub="keeper", org=OWNER)


def database_of(app: FastAPI) -> Database:
    """The database of a ledger at work."""
    return DATABASES.of(app)["ledger"]


async def open_account(client: httpx.AsyncClient, owner: str = OWNER, balance: int = 0) -> dict[str, Any]:
    """A new account, as it was answered."""
    answer = await client.post("/v1/accounts", json={"owner": owner, "balance": balance})
    assert answer.status_code == 201, answer.text
    account: dict[str, Any] = answer.json()
    return account


async def deposit(client: httpx.AsyncClient, account: str, amount: int, **headers: str) -> httpx.Response:
    """Put an amount into an account."""
    return await client.post(f"/v1/accounts/{account}/deposit", json={"amount": amount}, headers=headers)


async def store_account(database: Database, *holders: str) -> UUID:
    """A new account, past the HTTP door."""
    async with database.writing(by=KEEPER) as session:
        account = Account(id=uuid7(), owner=OWNER, balance=0, holders=[Holder(name=name) for name in holders])
        session.add(account)
    return account.id


async def store_deposit(database: Database, account_id: UUID, *amounts: int) -> None:
    """Amounts put in within one transaction, past the HTTP door."""
    async with database.writing(by=KEEPER) as session:
        account = await session.get_one(Account, account_id, with_for_update=True)
        for amount in amounts:
            account.balance += amount
            outbox.add(session, deposited(account, amount))


async def rows_of(database: Database, table: Table, **where: Any) -> Sequence[Row[Any]]:
    """The rows of a table, by its first key."""
    async with database.reading() as session:
        statement = select(table).filter_by(**where).order_by(*table.primary_key.columns)
        return (await session.execute(statement)).all()


async def count_of(database: Database, table: FromClause) -> int:
    """Return the number of rows of a table."""
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0
