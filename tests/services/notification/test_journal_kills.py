"""Sixteen who write, four who read, and the process that numbers killed ten times: nobody misses anything."""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from uuid import UUID

import pytest
from fastapi import Request, Response
from sqlalchemy import select

from services.notification import commands, queries
from services.notification.models import Journal, JournalItem
from shared.bus import Message
from shared.http.pagination import PageRequest
from shared.ids import uuid7
from shared.security.access import Caller, Role
from shared.settings import Settings
from shared.storage.database import Database
from tests.services.notification.facts import (
    submitted,
)
from tests.services.notification.numbering import leader
from tests.support.harness import message
from tests.support.waiting import PATIENCE

WRITERS, READERS, KILLS = 16, 4, 10
SUBJECTS = 40
NATIONAL = Caller(client_id="reader", sub="reader", role=Role.NATIONAL, org="130026032")


@dataclass
class Writing:
    """Sixteen writers on forty objects. One at a time writes of an object, as the dispatcher has it."""

    database: Database
    written: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    ended: bool = False

    async def run(self, stop: asyncio.Event) -> None:
        """Write until told to stop."""
        objects = [(uuid7(), asyncio.Lock()) for _ in range(SUBJECTS)]
        async with asyncio.TaskGroup() as group:
            for _ in range(WRITERS):
                group.create_task(self._write(objects, stop))
        self.ended = True

    async def _write(self, objects: list[tuple[UUID, asyncio.Lock]], stop: asyncio.Event) -> None:
        while not stop.is_set():
            action, alone = random.choice(objects)
            async with alone:
                sent = message(submitted(action))
                await self._journal(sent)
                self.written[sent.subject].append(sent.event_id)

    async def _journal(self, sent: Message) -> None:
        async with self.database.writing() as session:
            await commands.record_events(session, [sent])
            # Ids are drawn; those of others are drawn and committed meanwhile.
            await asyncio.sleep(random.uniform(0, 0.02))


async def read(database: Database, writing: Writing) -> list[JournalItem]:
    """Read the feed while it grows, to the end of what was written."""
    found: list[JournalItem] = []
    while True:
        ended = writing.ended
        pagination = PageRequest(
            limit=random.randint(1, 60),
            after=[found[-1].position] if found else None,
            secret=b"of the tests",
            bound_to="",
            request=Request({"type": "http", "path": "/v1/events", "query_string": b"", "headers": []}),
            response=Response(),
        )
        items, _ = await queries.read_feed(database, queries.EventFilters(), pagination, by=NATIONAL, wait=1)
        found += items
        if ended and not items and await numbered(database):
            return found


async def numbered(database: Database) -> bool:
    """Does everything have its position?"""
    async with database.reading() as session:
        return await session.scalar(select(Journal.id).where(Journal.position.is_(None)).limit(1)) is None


@asynccontextmanager
async def numbering(settings: Settings) -> AsyncIterator[list[ForkServerProcess]]:
    """One process that numbers and one that stands by."""
    processes = [leader(settings), leader(settings)]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.join()


@pytest.mark.timeout(180)
async def test_readers_get_the_journal_whole_and_in_order_while_the_sequencer_is_killed(
    on_postgresql: Settings,
) -> None:
    database = Database("notification", on_postgresql)
    async with database.reading() as session:
        start = await queries.last_position(session)
    writing, stop = Writing(database), asyncio.Event()

    async with numbering(on_postgresql) as processes, asyncio.TaskGroup() as group:
        group.create_task(writing.run(stop))
        readers = [group.create_task(read(database, writing)) for _ in range(READERS)]
        for _ in range(KILLS):
            await one_more_is_numbered(database)
            # Whichever of the two it was, the sequencer is dead.
            for number, victim in enumerate(processes):
                victim.kill()
                victim.join()
                processes[number] = leader(on_postgresql)
        stop.set()
    async with database.reading() as session:
        rows = (await session.execute(select(Journal).order_by(Journal.position))).scalars().all()
        journal = [(row.position, row.body) for row in rows]
        in_order = defaultdict(list)
        for row in rows[start:]:
            in_order[row.subject].append(row.event_id)
    await database.close()

    assert [position for position, _ in journal] == list(range(1, len(journal) + 1))
    for reader in readers:
        assert [(item.position, item.body) for item in reader.result()] == journal
    assert in_order == writing.written
    assert sum(map(len, in_order.values())) > KILLS


async def one_more_is_numbered(database: Database) -> None:
    """Wait until whoever numbers now has numbered something."""
    async with database.reading() as session:
        before = await queries.last_position(session)
    async with asyncio.timeout(PATIENCE):
        while True:
            async with database.reading() as session:
                if await queries.last_position(session) > before:
                    return
            await asyncio.sleep(0.02)
