"""Database sessions of a request, as FastAPI dependencies."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Final

from fastapi import Depends, Request

from shared.app_state import AppKey
from shared.http import idempotency
from shared.security.access import Caller
from shared.security.dependencies import identify
from shared.security.request_state import state_of
from shared.storage.database import Database
from shared.storage.row_session import RowSession
from shared.storage.unit_of_work import ReadSession, WriteSession

DATABASES: Final = AppKey[Mapping[str, Database]]("databases")
"""The database of each service that the application serves."""


def database_of(request: Request, service: str) -> Database:
    """Return the database of a service."""
    return DATABASES.of(request)[service]


def reading(service: str) -> Callable[[Request], AsyncIterator[ReadSession]]:
    """Return the dependency of a request that reads. Use it with `scope="function"`."""

    async def provide(request: Request) -> AsyncIterator[ReadSession]:
        async with database_of(request, service).reading() as session:
            yield session

    return provide


@dataclass(frozen=True)
class RowReading:
    """Marks the parameter of an endpoint that gets a session for a read of one object that is one row.

    The route opens and closes it: as a dependency of the framework it would cost as much as the statement.
    """

    service: str

    def session(self, request: Request) -> RowSession:
        """Return the session; no connection is open yet."""
        return database_of(request, self.service).row_session()


def writing(service: str) -> Callable[..., AsyncIterator[WriteSession]]:
    """Return the dependency of a request that writes: one transaction, committed before the response is sent.

    Use it with `scope="function"`: by default FastAPI ends a `yield` dependency after the response was sent, and a
    failed commit would be answered 200. The same transaction reserves the `Idempotency-Key`.
    """

    async def provide(request: Request, caller: Annotated[Caller, Depends(identify)]) -> AsyncIterator[WriteSession]:
        if idempotency.HEADER in request.headers and state_of(request).file_sha256 is None:
            # The whole body first: a slow client shall not hold a transaction open while it sends.
            await request.body()
        async with database_of(request, service).writing(by=caller) as session:
            await idempotency.begin(session, request, caller)
            state_of(request).before_commit = partial(idempotency.remember, session)
            yield session

    return provide
