"""The clock that numbers the journal, wakes those who wait for it, and plans deliveries. One at a time per service."""

import asyncio

from services.notification import commands, queries
from services.notification.models import JOURNAL_GREW, JOURNAL_PENDING, REPLAY_PENDING, journal
from services.notification.settings import seal_of
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.sequencer import BATCH, Sequencer
from shared.storage.wakeups import HISTORY_PENDING, BackgroundTask, wait_for_wakeup

PAUSE = 1.0


def numbering_and_planning(database: Database, settings: Settings) -> BackgroundTask:
    """Number a batch, wake who reads, plan a pass, in turn: neither keeps the other waiting. Woken, or each second."""
    seal_of(settings, database)
    sequencer = Sequencer(database, journal)
    readers = database.listener(JOURNAL_GREW)

    async def run(wake: asyncio.Event) -> None:
        while True:
            wake.clear()
            numbered = await sequencer.number(readers.notify)
            if numbered:
                readers.committed()
            planned = await _plan(database)
            if numbered < BATCH and not planned:
                await wait_for_wakeup(wake, PAUSE)

    return BackgroundTask(run, on=frozenset([JOURNAL_PENDING, REPLAY_PENDING, HISTORY_PENDING]))


async def _plan(database: Database) -> bool:
    """One pass, if anything waits for it."""
    [(waits,)] = await database.ask(queries.PLANNING_WAITS)
    if not waits:
        return False
    async with database.writing() as session:
        return await commands.plan(session)
