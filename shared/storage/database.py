"""Open sessions on the database of a service. The only commit of the platform is in this module.

`reading` reads one snapshot and changes nothing; `ask` runs one statement. `writing` is one transaction around one
command. On SQLite it begins IMMEDIATE: with a deferred BEGIN eight writers made 200 "successful" increments and left
24. On PostgreSQL commands lock the rows that they decide on.
"""

import asyncio
import math
import stat
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, nullcontext, suppress
from pathlib import Path
from threading import Thread
from typing import Any, Final
from weakref import WeakSet

from sqlalchemy import Connection, Row, Select, event, func, make_url, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.util import greenlet_spawn

from shared.cancelling import cancellable
from shared.failpoints import failpoint
from shared.security.access import ANONYMOUS, Caller
from shared.settings import Settings
from shared.storage import outbox, sqlite
from shared.storage.failures import failure_of
from shared.storage.listener import Listener
from shared.storage.row_session import RowSession
from shared.storage.unit_of_work import ReadSession, Transaction, WriteSession
from shared.storage.wakeups import Wakeups

PRAGMAS: Final = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=10000",
    # What is deleted or erased is overwritten. Debian's SQLite does so by default, others do not.
    "secure_delete=ON",
)
LEAVING: Final = 10.0
"""Time limit for a connection of SQLite to end, in seconds."""
CHANNEL: Final = "committed"
"""PostgreSQL channel that wakes the leading process after a commit of another one."""


class Database:
    """One service's database."""

    def __init__(self, service: str, settings: Settings) -> None:
        self.service = service
        self.platform = settings.platform
        self.url = make_url(settings.url_of(service))
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._threads: WeakSet[Thread] = WeakSet()
        self.engine = _sqlite(self.url, self._threads) if self.is_sqlite else _postgresql(self.url, settings)
        self.wakeups = Wakeups()
        self._listeners: dict[str, Listener] = {}
        self._is_released = False
        begin = {"immediate": True} if self.is_sqlite else {}
        self._writer = self.engine.execution_options(**begin)
        snapshot: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._reader = self.engine.execution_options(**({} if self.is_sqlite else snapshot))
        self._asker = self.engine.execution_options(**({} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}))
        self.is_leader = False
        """True if this process leads the service: it wakes its own loops and needs no NOTIFY.

        If it has lost the lock without noticing, the next leader finds the work at its next poll.
        """
        self.writable_at = -math.inf
        """When a change was last seen to be stored, by the monotonic clock; before all time, if one failed since."""
        # SQLite's own waiting for its one writer is not fair; a lock in front of it is.
        self._turn = asyncio.Lock() if self.is_sqlite else None

    def listener(self, channel: str) -> Listener:
        """Return the listener of this process on a channel."""
        if channel not in self._listeners:
            self._listeners[channel] = Listener(self.url, channel, is_sqlite=self.is_sqlite)
            if self._is_released:
                self._listeners[channel].release()
        return self._listeners[channel]

    def release_waiting(self) -> None:
        """Let all tasks end that wait for news, and let none wait from now on: the process stops."""
        self._is_released = True
        for listener in self._listeners.values():
            listener.release()

    @asynccontextmanager
    async def reading(self, *, snapshot: bool = True) -> AsyncIterator[ReadSession]:
        """Open a session that changes nothing. All its statements read one snapshot.

        Without `snapshot` each reads its own, in autocommit: for a read of one statement, of which the beginning and
        the end of a transaction would cost as much again.
        """
        async with cancellable(), ReadSession(self._reader if snapshot else self._asker) as session:
            yield session

    async def ask(self, question: Select[Any], values: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        """Return the rows of one statement in autocommit: its own snapshot, a third of the cost of a transaction."""
        async with cancellable():
            return await greenlet_spawn(self._ask, question, values)

    def _ask(self, question: Select[Any], values: Mapping[str, Any] | None) -> Sequence[Row[Any]]:
        # In one greenlet: the asynchronous connection takes one to open, one to execute and one to close.
        with self._asker.sync_engine.connect() as connection:
            return connection.execute(question, values).all()

    def row_session(self) -> RowSession:
        """Return a session for a read of one row, in autocommit. Close it."""
        return RowSession(self._asker, self.ask)

    @asynccontextmanager
    async def writing(self, by: Caller = ANONYMOUS, reason: str | None = None) -> AsyncIterator[WriteSession]:
        """Open one transaction: committed when the block ends, rolled back when it raises."""
        transaction = Transaction(by, reason)
        async with (
            cancellable(),
            self._turn or nullcontext(),
            self._doubting(),
            WriteSession(self._writer, transaction) as session,
        ):
            connection = await session.connection()
            yield session
            await session.flush()
            has_events = await outbox.write(session, self.platform)
            await self._notify(session, transaction)
            try:
                await session.commit()
            except BaseException:
                # SQLite keeps a transaction open whose commit has failed, and the pool would hand it on. A commit that
                # was cancelled has closed its connection already; the cancellation itself must come through.
                if not connection.closed:
                    await connection.invalidate()
                # It may have taken effect all the same.
                self.wakeups.wake(transaction.pending_work)
                raise
            # Before the session closes: a cancellation meanwhile would leave the loops asleep.
            self._wake(transaction)
        if has_events:
            failpoint("after-commit")

    def _wake(self, transaction: Transaction) -> None:
        """Wake the loops and the listeners of this process that a commit concerns."""
        self.wakeups.wake(transaction.wakeups)
        self.wakeups.hand_over(transaction.handed_over)
        if self.is_sqlite:
            for channel in transaction.channels:
                self.listener(channel).committed()

    @asynccontextmanager
    async def writing_once(self) -> AsyncIterator[AsyncSession]:
        """Open a session for one statement that changes rows: on PostgreSQL in autocommit, without BEGIN and COMMIT.

        It carries no events, history or wake-ups. On SQLite it is a transaction, which may have several statements.
        """
        if self.is_sqlite:
            async with self.writing() as transaction:
                yield transaction
        else:
            async with cancellable(), self._doubting(), AsyncSession(self._asker) as session:
                yield session

    async def _notify(self, session: WriteSession, transaction: Transaction) -> None:
        """Tell the other processes; on SQLite there is none."""
        if self.is_sqlite:
            return
        notices = dict.fromkeys(transaction.channels, "")
        if (work := transaction.pending_work) and not self.is_leader:
            notices[CHANNEL] = ",".join(sorted(work))
        for channel, payload in notices.items():
            await session.execute(select(func.pg_notify(channel, payload)))

    @asynccontextmanager
    async def _doubting(self) -> AsyncIterator[None]:
        """Doubt that changes can be stored, once one could not."""
        try:
            yield
        except Exception as error:
            if failure_of(error):
                self.writable_at = -math.inf
            raise

    @asynccontextmanager
    async def temporary_transaction(self) -> AsyncIterator[WriteSession]:
        """Open one transaction that changes only temporary tables of the connection.

        It publishes no event and writes no history. On SQLite it takes no turn among the writers.
        """
        async with cancellable(), WriteSession(self.engine, Transaction(is_temporary=True)) as session:
            yield session
            await session.flush()
            await session.commit()

    async def close(self) -> None:
        """Close every connection, and wait for the threads of SQLite.

        A connection that was broken off ends in its own thread, which would report to a loop that has closed.
        """
        await self.engine.dispose()
        for thread in [each for each in self._threads if each.is_alive()]:
            await asyncio.to_thread(thread.join, LEAVING)


def _postgresql(url: Any, settings: Settings) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=settings.database_pool,
        max_overflow=0,
        pool_timeout=settings.database_wait,
        pool_pre_ping=False,
        hide_parameters=True,
        connect_args={"timeout": 5, "server_settings": {"application_name": "territoires"}},
    )

    @event.listens_for(engine.sync_engine, "checkout")
    def _replace_closed(connection: Any, _record: ConnectionPoolEntry, _proxy: object) -> None:
        # The server may have closed it while it was idle. The driver knows, and need not ask as `pool_pre_ping` would.
        if connection.driver_connection.is_closed():
            raise DisconnectionError

    return engine


def _sqlite(url: Any, threads: "WeakSet[Thread]") -> AsyncEngine:
    # No values in the text of an error: they would end in the log.
    engine = create_async_engine(url, hide_parameters=True)

    def _connect(*args: Any, **options: Any) -> sqlite.Connection:
        _make_private(Path(url.database))
        made = sqlite.Connection(*args, **options)
        # Only the thread shows when the connection has ended, even one whose opening was cancelled.
        threads.add(made.thread)
        return made

    @event.listens_for(engine.sync_engine, "do_connect")
    def _keep_count(_dialect: Any, _record: Any, _args: Any, options: dict[str, Any]) -> None:
        options["async_creator_fn"] = _connect

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        # The driver shall not begin by itself: `_begin` does, and says how.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        immediate = connection.get_execution_options().get("immediate")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _make_private(file: Path) -> None:
    """Let nobody but the owner read a database, whatever its folder; SQLite gives the files beside it the same mode."""
    # What stops this stops SQLite too, which says so in its own words.
    with suppress(OSError):
        file.touch(mode=0o600)
        for each in (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")):
            if each.exists() and stat.S_IMODE(each.stat().st_mode) != 0o600:
                each.chmod(0o600)
