"""One process of a service leads: it alone publishes, applies and numbers. The others serve requests and stand by.

On PostgreSQL the seat is an advisory lock on a connection of its own: it falls free when the process or its connection
dies. On that connection the leader also hears of the commits of the other processes. On SQLite there is one process.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.cancelling import cancellable
from shared.storage.database import CHANNEL, Database
from shared.storage.postgresql import CONNECTION_ERRORS, Connection, connect
from shared.storage.wakeups import BackgroundTask
from shared.telemetry.error_names import error_text
from shared.telemetry.log import log

LEADER_LOCK: Final = 7_301_002
"""The key of the advisory lock, in each service's own database."""
_SEAT: Final = text(
    """
    SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
    WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = :key AND datname = current_database()
    """
)


class WorkEnded(Exception):
    """A background task has returned, though it should go on until it is cancelled."""


class LeadLost(Exception):
    """The connection that holds the lock has ended: another process may lead already."""


async def lead(database: Database, tasks_: Sequence[BackgroundTask], *, pause: float = 1.0) -> None:
    """Wait for the seat, work while it is ours, and again; until cancelled."""
    while True:
        try:
            async with cancellable(), _leadership(database, pause) as lost:
                await _run_tasks(database, tasks_, lost)
        except Exception as error:  # whatever it is, a service whose work has ended must begin it again
            log.warning("leading interrupted", service=database.service, error=error_text(_first(error)))
        await asyncio.sleep(pause)


async def _run_tasks(database: Database, tasks_: Sequence[BackgroundTask], lost: asyncio.Event) -> None:
    wakeups = [database.wakeups.add(task.on) for task in tasks_]
    database.is_leader = True
    try:
        async with asyncio.TaskGroup() as group:
            for task, wake in zip(tasks_, wakeups, strict=True):
                group.create_task(_endless(task, wake))
            await lost.wait()
            database.is_leader = False
            # An error, which cancels the tasks. If the block just ended, a task that failed meanwhile would leave this
            # one cancelled for good (Python 3.11), and the process would never lead again.
            raise LeadLost("The database has ended the connection of the leader.")
    finally:
        database.is_leader = False
        for wake in wakeups:
            database.wakeups.remove(wake)


async def _endless(task: BackgroundTask, wake: asyncio.Event) -> None:
    await task.run(wake)
    raise WorkEnded(f"The work that waits for {', '.join(sorted(task.on)) or 'nothing'} has ended.")


async def is_led(database: Database, session: AsyncSession) -> bool:
    """Return True if some process leads the service."""
    if database.is_sqlite:
        return database.is_leader
    return bool(await session.scalar(_SEAT, {"key": LEADER_LOCK}))


@asynccontextmanager
async def _leadership(database: Database, pause: float) -> AsyncIterator[asyncio.Event]:
    """The seat, once it is free; the event is set when it is lost."""
    lost = asyncio.Event()
    if database.is_sqlite:
        yield lost
        return
    connection = await connect(database.url)
    try:
        connection.add_termination_listener(lambda *_: lost.set())
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", LEADER_LOCK):  # noqa: ASYNC110 - nobody tells when a lock is free
            await asyncio.sleep(pause)
        await connection.add_listener(CHANNEL, lambda *heard: database.wakeups.wake(str(heard[-1]).split(",")))
        log.info("leading", service=database.service)
        async with asyncio.TaskGroup() as group:
            group.create_task(_watch(connection, lost))
            yield lost
    finally:
        connection.terminate()


async def _watch(connection: Connection, lost: asyncio.Event) -> None:
    """A connection that no longer answers is a lost seat, even if nobody has said so."""
    while True:
        await asyncio.sleep(5)
        try:
            await connection.fetchval("SELECT 1", timeout=5)
        except CONNECTION_ERRORS:
            lost.set()
            return


def _first(error: BaseException) -> BaseException:
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error
