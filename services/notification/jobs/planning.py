"""Background task: numbers the journal, wakes its waiting readers, plans deliveries. It runs in the leader only."""

import asyncio

from services.notification import commands, queries
from services.notification.models import JOURNAL_GREW, JOURNAL_PENDING, REPLAY_PENDING, journal
from services.notification.settings import seal_of
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.sequencer import BATCH, Sequencer
from shared.storage.wakeups import HISTORY_PENDING, BackgroundTask, wait_for_wakeup

PAUSE = 1.0
"""Seconds between two looks without a wake-up."""


def numbering_and_planning(database: Database, settings: Settings) -> BackgroundTask:
    """Number one batch, wake the readers, plan one pass; then again, or wait up to a second for a wake-up."""
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
    """Plan one pass, if anything is to be planned."""
    [(waits,)] = await database.ask(queries.PLANNING_WAITS)
    if not waits:
        return False
    async with database.writing() as session:
        return await commands.plan(session)
