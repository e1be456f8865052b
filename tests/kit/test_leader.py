"""One process of a service leads; when it goes, another takes over; a commit of any process wakes it."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import make_url

from deploy.servers import Postgres
from shared.messaging.relay import Relay
from shared.runtime.leader import is_led, lead
from shared.settings import Settings
from shared.storage.database import CHANNEL, Database
from shared.storage.tables import outbox
from shared.storage.wakeups import EVENTS_PENDING, HISTORY_PENDING, INBOX_PENDING, BackgroundTask
from tests.kit.acts import rows_of, store_account, store_deposit
from tests.kit.conftest import Lines, opened
from tests.kit.wire import Wire
from tests.support.waiting import PATIENCE, until

SEATS = "FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted"


class Process:
    """The work of one process: its relay, on the same wire as the others'."""

    def __init__(self, database: Database, wire: Wire) -> None:
        self.is_leader = False
        self.wakeups = 0
        self._relay = Relay(database, wire, pause=60)
        self._task = asyncio.create_task(
            lead(database, [BackgroundTask(self._work, on=frozenset([EVENTS_PENDING]))], pause=0.05)
        )

    async def _work(self, wake: asyncio.Event) -> None:
        self.is_leader = True
        try:
            await self._relay.run(wake)
        finally:
            self.is_leader = False

    async def end(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


Start = Callable[[], Coroutine[Any, Any, Process]]


@asynccontextmanager
async def processes(settings: Settings, wire: Wire) -> AsyncIterator[tuple[Database, Start]]:
    """Start processes of one service, each with connections of its own."""
    running: list[Process] = []
    async with opened(settings) as database, opened(settings) as other:
        databases = [database, other]

        async def start() -> Process:
            process = Process(databases[len(running)], wire)
            running.append(process)
            return process

        yield database, start
        for process in running:
            await process.end()


async def is_leader(process: Process) -> None:
    async def answer() -> bool:
        return process.is_leader

    await until(answer)


async def sent(wire: Wire, count: int) -> None:
    async def answer() -> bool:
        return len({each.event_id for each in wire.sent}) == count

    await until(answer)


async def marked(database: Database) -> None:
    """Wait until sent events are marked: the next leader does not send them again."""

    async def answer() -> bool:
        return all(row.published_at for row in await rows_of(database, outbox))

    await until(answer)


def sequences(wire: Wire, account: UUID) -> list[int]:
    return [int(json.loads(each.body)["sequence"]) for each in wire.sent if each.subject == f"account/{account}"]


async def test_only_one_of_two_leads(on_postgresql: Settings) -> None:
    wire = Wire()
    async with processes(on_postgresql, wire) as (database, start):
        first = await start()
        await is_leader(first)
        second = await start()
        account = await store_account(database)
        for _ in range(10):
            await store_deposit(database, account, 1)
        await sent(wire, 10)

        assert not second.is_leader
    assert sequences(wire, account) == list(range(1, 11))


async def test_when_the_leader_ends_the_next_takes_over(on_postgresql: Settings) -> None:
    wire = Wire()
    async with processes(on_postgresql, wire) as (database, start):
        first, account = await start(), await store_account(database)
        await is_leader(first)
        second = await start()
        await store_deposit(database, account, 1)
        await sent(wire, 1)
        await marked(database)
        await first.end()
        await store_deposit(database, account, 1)
        await is_leader(second)
        await sent(wire, 2)

    assert sequences(wire, account) == [1, 2]


async def test_a_leader_whose_connection_is_cut_gives_the_seat_up(
    on_postgresql: Settings, postgres: Postgres, lines: Lines
) -> None:
    wire = Wire()
    async with processes(on_postgresql, wire) as (database, start):
        account = await store_account(database)
        await is_leader(await start())
        await start()
        for round_ in range(1, 6):
            await store_deposit(database, account, 1, 1, 1)
            cut = await asyncio.to_thread(postgres.sql, f"SELECT count(pg_terminate_backend(pid)) {SEATS}")
            await store_deposit(database, account, 1)
            await sent(wire, round_ * 4)

            assert int(cut) <= 1

        await marked(database)

    arrived = sequences(wire, account)
    assert list(dict.fromkeys(arrived)) == list(range(1, 21))
    assert len(lines.of("leading")) > 1


async def test_work_that_fails_as_the_lead_is_lost_is_begun_again(on_postgresql: Settings, postgres: Postgres) -> None:
    begun = asyncio.Semaphore(0)

    async def work(_wake: asyncio.Event) -> None:
        begun.release()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            # What a driver may say of a connection that the server has ended.
            raise ConnectionResetError from None

    async with opened(on_postgresql) as database, asyncio.timeout(PATIENCE):
        task = asyncio.create_task(lead(database, [BackgroundTask(work), BackgroundTask(work)], pause=0.01))
        for _ in range(3):
            await begun.acquire()
            await begun.acquire()
            await asyncio.to_thread(postgres.sql, f"SELECT pg_terminate_backend(pid) {SEATS}")
        task.cancel()
        await asyncio.wait([task])

    assert task.cancelled()


async def test_a_commit_of_another_process_wakes_the_leader(on_postgresql: Settings) -> None:
    wire = Wire()
    async with processes(on_postgresql, wire) as (database, start), opened(on_postgresql) as other:
        await is_leader(await start())
        account = await store_account(database)
        for count in range(1, 6):
            await store_deposit(other, account, 1)
            # The relay looks by itself only once a minute.
            async with asyncio.timeout(40):
                await sent(wire, count)


async def test_the_leader_notifies_nobody_of_its_own_commits(on_postgresql: Settings) -> None:
    heard: list[str] = []
    wire = Wire()
    url = make_url(on_postgresql.url_of("ledger")).set(drivername="postgresql")
    listening = await asyncpg.connect(url.render_as_string(hide_password=False))
    await listening.add_listener(CHANNEL, lambda *arguments: heard.append(str(arguments[-1])))

    async def heard_of_another() -> bool:
        return bool(heard)

    async with processes(on_postgresql, wire) as (database, start), opened(on_postgresql) as other:
        account = await store_account(database)
        first = await start()
        await is_leader(first)
        heard.clear()
        await store_deposit(database, account, 1)
        await sent(wire, 1)
        await marked(database)
        await listening.fetchval("SELECT 1")
        of_its_own = list(heard)
        await store_deposit(other, account, 1)
        await until(heard_of_another)
        await sent(wire, 2)
        await first.end()
        heard.clear()
        await store_deposit(database, account, 1)
        await until(heard_of_another)
    await listening.close()

    assert of_its_own == []


@pytest.mark.parametrize("error", [RuntimeError, OSError, KeyError])
async def test_work_that_fails_is_begun_again(on_sqlite: Settings, error: type[Exception], lines: Lines) -> None:
    begun = 0

    async def work(_wake: asyncio.Event) -> None:
        nonlocal begun
        begun += 1
        if begun < 3:
            raise error
        await asyncio.Event().wait()

    async def thrice() -> bool:
        return begun == 3

    async with opened(on_sqlite) as database:
        task = asyncio.create_task(lead(database, [BackgroundTask(work)], pause=0.01))
        await until(thrice)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    assert len(lines.of("leading interrupted")) == 2


async def test_work_that_returns_is_begun_again(on_sqlite: Settings, lines: Lines) -> None:
    begun = 0

    async def work(_wake: asyncio.Event) -> None:
        nonlocal begun
        begun += 1
        if begun == 3:
            await asyncio.Event().wait()

    async def thrice() -> bool:
        return begun == 3

    async with opened(on_sqlite) as database:
        task = asyncio.create_task(lead(database, [BackgroundTask(work)], pause=0.01))
        await until(thrice)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    assert ["has ended" in line["error"] for line in lines.of("leading interrupted")] == [True, True]


async def test_every_process_knows_whether_one_leads(settings: Settings) -> None:
    wire = Wire()
    async with processes(settings, wire) as (database, start), opened(settings) as other:
        asked = database if database.is_sqlite else other

        async def led() -> bool:
            async with asked.reading() as session:
                return await is_led(asked, session)

        before = await led()
        first = await start()
        await until(led)
        await first.end()
        await until(led, lambda found: not found)

    assert not before


async def test_work_that_fails_as_it_is_cancelled_is_not_begun_again(on_sqlite: Settings) -> None:
    begun = asyncio.Event()

    async def work(_wake: asyncio.Event) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise RuntimeError from None

    async with opened(on_sqlite) as database, asyncio.timeout(PATIENCE):
        task = asyncio.create_task(lead(database, [BackgroundTask(work)], pause=0.01))
        await begun.wait()
        task.cancel()
        await asyncio.wait([task])

    assert task.cancelled()


async def test_a_database_that_is_away_is_waited_for(on_sqlite: Settings, lines: Lines) -> None:
    away = on_sqlite.model_copy(update={"database_url": "postgresql+asyncpg://nobody:none@127.0.0.1:9/none"})
    database = Database("ledger", away)
    task = asyncio.create_task(lead(database, [], pause=0.01))

    async def interrupted_often() -> bool:
        return len(lines.of("leading interrupted")) > 2

    await until(interrupted_often)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await database.close()

    assert task.cancelled()


@pytest.mark.parametrize("who", ["this process", "another"])
async def test_a_commit_wakes_those_alone_whom_it_leaves_something(settings: Settings, who: str) -> None:
    wakeups: Counter[str] = Counter()

    def work(name: str) -> BackgroundTask:
        async def run(wake: asyncio.Event) -> None:
            while await wake.wait():
                wake.clear()
                wakeups[name] += 1

        return BackgroundTask(run, on=frozenset([name]))

    async with opened(settings) as database, opened(settings) as other:
        writer = database if database.is_sqlite or who == "this process" else other
        account = await store_account(writer)

        async def heard() -> bool:
            await store_deposit(writer, account, 1)
            return len(wakeups) > 1

        task = asyncio.create_task(
            lead(database, [work(name) for name in (EVENTS_PENDING, HISTORY_PENDING, INBOX_PENDING)], pause=0.05)
        )
        await until(heard)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    assert set(wakeups) == {EVENTS_PENDING, HISTORY_PENDING}
