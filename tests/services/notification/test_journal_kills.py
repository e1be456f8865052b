"""Two processes that write the journal are killed, ten times each; four read it meanwhile, and miss nothing."""

import asyncio
import random
from collections import defaultdict

import pytest
from fastapi import Request, Response
from sqlalchemy import func, select, text

from services.notification import queries
from services.notification.models import JOURNAL_GREW, Journal, JournalItem
from shared.http.pagination import PageRequest
from shared.security.access import Caller
from shared.security.roles import Role
from shared.settings import Settings
from shared.storage.database import Database
from tests.services.notification.journaling import writer
from tests.support.waiting import until

READERS, KILLS = 4, 10
NATIONAL = Caller(client_id="reader", sub="reader", role=Role.NATIONAL, org="130026032")


async def read(database: Database, ended: asyncio.Event) -> list[JournalItem]:
    """Read the feed while it grows, to the end of what was written."""
    found: list[JournalItem] = []
    while True:
        is_last = ended.is_set()
        pagination = PageRequest(
            limit=random.randint(1, 60),
            after=[found[-1].position] if found else None,
            secret=b"of the tests",
            bound_to="",
            request=Request({"type": "http", "path": "/v1/events", "query_string": b"", "headers": []}),
            response=Response(),
        )
        async with database.listener(JOURNAL_GREW).waiting(NATIONAL.client_id, 1) as waiter:
            page = await queries.read_feed(database, queries.EventFilters(), pagination, by=NATIONAL, waiter=waiter)
        found += page.items
        if is_last and not page.items:
            return found


async def last(database: Database) -> int:
    async with database.reading() as session:
        return await queries.last_position(session)


@pytest.mark.timeout(180)
async def test_readers_get_the_journal_whole_and_in_order_while_its_writers_are_killed(
    on_postgresql: Settings,
) -> None:
    database, ended = Database("notification", on_postgresql), asyncio.Event()
    start = await last(database)
    processes = [writer(on_postgresql), writer(on_postgresql)]
    try:
        async with asyncio.TaskGroup() as group:
            readers = [group.create_task(read(database, ended)) for _ in range(READERS)]
            for _ in range(KILLS):
                for number, victim in enumerate(processes):
                    await until(lambda: last(database), (await last(database)).__lt__)
                    victim.kill()
                    victim.join()
                    processes[number] = writer(on_postgresql)
            for victim in processes:
                victim.kill()
                victim.join()
            # What they had sent to the database is committed or rolled back.
            await until(lambda: in_transaction(database), lambda count: count == 0)
            ended.set()
    finally:
        for process in processes:
            process.kill()
            process.join()
    async with database.reading() as session:
        rows = (await session.scalars(select(Journal).order_by(Journal.position))).all()
        sequences = defaultdict(list)
        for row in rows[start:]:
            sequences[row.subject].append(row.sequence)
    await database.close()

    assert [row.position for row in rows] == list(range(1, len(rows) + 1))
    for reader in readers:
        assert [(item.position, item.body) for item in reader.result()] == [(row.position, row.body) for row in rows]
    assert len(sequences) > KILLS
    for written in sequences.values():
        assert written == list(range(1, len(written) + 1))


async def in_transaction(database: Database) -> int:
    """Count the other sessions that are at work in this database."""
    count = (
        select(func.count())
        .select_from(text("pg_stat_activity"))
        .where(text("datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()"))
    )
    async with database.reading() as session:
        return await session.scalar(count) or 0
