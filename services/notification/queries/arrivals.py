"""Who waits for the journal to grow is woken, in whichever process it waits, and holds no connection meanwhile.

The process that numbers says so on a channel of PostgreSQL; each process with somebody waiting listens there on one
connection of its own, whatever the number of those who wait. On SQLite there is one process.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.log import log

if TYPE_CHECKING:
    from shared.db import Database

CHANNEL: Final = "numbered"
AT_MOST: Final = 500
"""Requests that wait in one process; further ones are answered at once."""

_all: "WeakKeyDictionary[Database, Arrivals]" = WeakKeyDictionary()


def arrivals_of(database: "Database") -> "Arrivals":
    """The one of this process, for a database."""
    return _all.setdefault(database, Arrivals(database))


class Arrivals:
    """Those in this process who wait for the journal of a database."""

    def __init__(self, database: "Database") -> None:
        self._database = database
        self._waiting: set[asyncio.Event] = set()
        self._connection: asyncpg.Connection | None = None
        self._connecting = asyncio.Lock()

    @property
    def count(self) -> int:
        """How many wait."""
        return len(self._waiting)

    @asynccontextmanager
    async def waiting(self) -> AsyncIterator[asyncio.Event]:
        """An event that is set whenever the journal has grown. Clear it, listen, then look."""
        news = asyncio.Event()
        self._waiting.add(news)
        try:
            yield news
        finally:
            self._waiting.remove(news)
            if not self._waiting and self._connection is not None:
                self._connection.terminate()
                self._connection = None

    async def tell(self, session: AsyncSession) -> None:
        """The journal will have grown when this commits: PostgreSQL then wakes everybody, in every process."""
        if not self._database.is_sqlite:
            await session.execute(text(f"SELECT pg_notify('{CHANNEL}', '')"))

    def told(self) -> None:
        """It has been committed: on SQLite nobody else says so."""
        if self._database.is_sqlite:
            self._wake()

    def _wake(self, *_: Any) -> None:
        for news in self._waiting:
            news.set()

    async def listen(self) -> bool:
        """Hear of other processes too; False if too many wait already, or nothing can be heard."""
        if len(self._waiting) > AT_MOST:
            return False
        if self._database.is_sqlite:
            return True
        async with self._connecting:
            if self._connection is None or self._connection.is_closed():
                await self._connect()
            return self._connection is not None

    async def _connect(self) -> None:
        """One connection for all."""
        url = self._database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        try:
            self._connection = None
            connection = await asyncpg.connect(url, timeout=5)
            # First, so that whoever waits is woken if it ends, and connects anew.
            connection.add_termination_listener(self._wake)
            try:
                await connection.add_listener(CHANNEL, self._wake)
                self._connection = connection
            finally:
                if self._connection is None:
                    connection.terminate()
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("not listening to the journal", service=self._database.service, error=repr(error))
