"""Wake tasks that wait in this process when any process has committed something new.

On PostgreSQL the committing process sends NOTIFY; each process with a waiting task listens on one connection, whatever
the number of waiting tasks. On SQLite there is one process.
"""

import asyncio
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from sqlalchemy import URL

from shared.problem import Refusal
from shared.storage.postgresql import CONNECTION_ERRORS, Connection, connect
from shared.storage.wakeups import wait_for_wakeup
from shared.telemetry.error_names import error_name
from shared.telemetry.log import log


def _places() -> int:
    """Return 500, or a quarter of the file handles: each waiting task keeps a connection open."""
    handles, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 500 if handles == resource.RLIM_INFINITY else min(500, handles // 4)


MAX_WAITING: Final = _places()
"""Maximum tasks that wait in one process; further ones do not wait."""
MAX_WAITING_OF_CLIENT: Final = min(50, MAX_WAITING // 5)
"""Maximum tasks of one client that wait in one process; further ones are refused."""


class TooManyWaiting(Refusal):
    """The client has as many waiting requests as it may have: end one of them, or send this one without `wait`."""

    status = 429


class Waiter:
    """A task that waits for news: until its time is over, its client leaves, or the process stops."""

    def __init__(self, listener: "Listener", seconds: float) -> None:
        self._listener = listener
        self._clock = asyncio.get_running_loop().time
        self._ends_at = self._clock() + seconds
        self._news = asyncio.Event()
        self._is_released = False

    async def listen(self) -> bool:
        """Note later notifications; read after it, then wait. False if the task must not wait."""
        self._news.clear()
        if self._is_released or self._clock() >= self._ends_at:
            return False
        return await self._listener.listen()

    async def wait(self) -> None:
        """Wait for a notification since `listen`, the end of the time or the release."""
        if not self._is_released:
            await wait_for_wakeup(self._news, self._ends_at - self._clock())

    def wake(self) -> None:
        """Tell the task that there is something new."""
        self._news.set()

    def release(self) -> None:
        """Let the task end: nobody waits for its result any longer, or the process stops."""
        self._is_released = True
        self._news.set()


class Listener:
    """The waiting tasks of this process, for one channel of one database."""

    def __init__(self, url: URL, channel: str, *, is_sqlite: bool) -> None:
        self._url = url
        self._channel = channel
        self._is_sqlite = is_sqlite
        self._waiting: dict[Waiter, str] = {}
        """Tasks that wait, each with its client."""
        self._connection: Connection | None = None
        self._connecting = asyncio.Lock()
        self._is_released = False

    @property
    def count(self) -> int:
        """Number of waiting tasks."""
        return len(self._waiting)

    @asynccontextmanager
    async def waiting(self, client: str, seconds: float) -> AsyncIterator[Waiter]:
        """Register a task of a client that waits. Raises TooManyWaiting."""
        if list(self._waiting.values()).count(client) >= MAX_WAITING_OF_CLIENT:
            raise TooManyWaiting(
                f"Your client has {MAX_WAITING_OF_CLIENT} requests that wait: end one, or ask again without `wait`.",
                headers={"Retry-After": "1"},
            )
        waiter = Waiter(self, seconds)
        self._waiting[waiter] = client
        try:
            yield waiter
        finally:
            del self._waiting[waiter]
            if not self._waiting and self._connection is not None:
                self._connection.terminate()
                self._connection = None

    def release(self) -> None:
        """Let all tasks end, and let none wait from now on: the process stops."""
        self._is_released = True
        for waiter in self._waiting:
            waiter.release()

    def committed(self) -> None:
        """Wake the tasks of this process after the commit; on SQLite nothing else does."""
        if self._is_sqlite:
            self._wake()

    def _wake(self, *_: Any) -> None:
        for waiter in self._waiting:
            waiter.wake()

    async def listen(self) -> bool:
        """Listen to other processes; False if too many tasks wait, the process stops, or there is no connection."""
        if self._is_released or len(self._waiting) > MAX_WAITING:
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
