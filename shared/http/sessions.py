"""Database sessions of a request, as FastAPI dependencies."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from shared.http import idempotency
from shared.security.access import Caller
from shared.security.dependencies import identify
from shared.storage.database import Database


def reading(service: str) -> Callable[[Request], AsyncIterator[AsyncSession]]:
    """The door of a request that reads. Use it with `scope="function"`."""

    async def door(request: Request) -> AsyncIterator[AsyncSession]:
        database: Database = request.app.state.databases[service]
        async with database.reading() as session:
            yield session

    return door


def writing(service: str) -> Callable[..., AsyncIterator[AsyncSession]]:
    """The door of a request that changes something: one transaction, committed before the answer leaves.

    Use it with `scope="function"`: by default FastAPI ends a `yield` dependency after the response has left, and a
    failed commit would be answered 200. An `Idempotency-Key` is honoured here, inside the same transaction.
    """

    async def door(request: Request, caller: Annotated[Caller, Depends(identify)]) -> AsyncIterator[AsyncSession]:
        database: Database = request.app.state.databases[service]
        if idempotency.HEADER in request.headers:
            # The whole body first: a slow client shall not hold a transaction open while it sends.
            await request.body()
        async with database.writing(by=caller) as session:
            await idempotency.begin(session, request, caller)
            request.state.writing = session
            yield session

    return door
