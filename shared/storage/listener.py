"""Wake tasks that wait in this process when any process has committed something new.

On PostgreSQL the committing process sends NOTIFY; each process with a waiting task listens on one connection, whatever
the number of waiting tasks. On SQLite there is one process.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from sqlalchemy import URL

from shared.storage.postgresql import CONNECTION_ERRORS, Connection, connect
from shared.telemetry.error_names import error_name
from shared.telemetry.log import log

MAX_WAITING: Final = 500
"""Maximum tasks that wait in one process; `listen` refuses further ones."""


class Listener:
    """The waiting tasks of this process, for one channel of one database."""

    def __init__(self, url: URL, channel: str, *, is_sqlite: bool) -> None:
        self._url = url
        self._channel = channel
        self._is_sqlite = is_sqlite
        self._waiting: set[asyncio.Event] = set()
        self._connection: Connection | None = None
        self._connecting = asyncio.Lock()

    @property
    def count(self) -> int:
        """Number of waiting tasks."""
        return len(self._waiting)

    @asynccontextmanager
    async def waiting(self) -> AsyncIterator[asyncio.Event]:
        """Register a waiting task; its event is set at each notification. Clear it, listen, then read."""
        news = asyncio.Event()
        self._waiting.add(news)
        try:
            yield news
        finally:
            self._waiting.remove(news)
            if not self._waiting and self._connection is not None:
                self._connection.terminate()
                self._connection = None

    def committed(self) -> None:
        """Wake the tasks of this process after the commit; on SQLite nothing else does."""
        if self._is_sqlite:
            self._wake()

    def _wake(self, *_: Any) -> None:
        for news in self._waiting:
            news.set()

    async def listen(self) -> bool:
        """Listen to other processes; False if too many tasks wait already, or there is no connection."""
        if len(self._waiting) > MAX_WAITING:
            return False
        if self._is_sqlite:
            return True
        async with self._connecting:
            if self._connection is None or self._connection.is_closed():
                await self._connect()
            return self._connection is not None

    async def _connect(self) -> None:
        try:
            self._connection = None
            connection = await connect(self._url)
            # Before the channel: waiting tasks wake when the connection ends, and connect again.
            connection.add_termination_listener(self._wake)
            try:
                await connection.add_listener(self._channel, self._wake)
                self._connection = connection
            finally:
                if self._connection is None:
                    connection.terminate()
        except CONNECTION_ERRORS as error:
            log.warning("not listening", database=self._url.database, channel=self._channel, error=error_name(error))
