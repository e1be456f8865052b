"""Background task: plans the deliveries that were not planned with their event. It runs in the leader only."""

import asyncio

from services.notification import commands, queries
from services.notification.models import JOURNAL_PENDING, REPLAY_PENDING
from services.notification.settings import seal_of
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.wakeups import HISTORY_PENDING, BackgroundTask, wait_for_wakeup

PAUSE = 1.0
"""Seconds between two looks without a wake-up."""


def planning(database: Database, settings: Settings) -> BackgroundTask:
    """Plan pass after pass, then wait up to a second for a wake-up."""
    seal_of(settings, database)

    async def run(wake: asyncio.Event) -> None:
        while True:
            wake.clear()
            while await _plan(database):
                pass
            await wait_for_wakeup(wake, PAUSE)

    return BackgroundTask(run, on=frozenset([JOURNAL_PENDING, REPLAY_PENDING, HISTORY_PENDING]))


async def _plan(database: Database) -> bool:
    """Plan one pass, if anything is to be planned."""
    [(waits,)] = await database.ask(queries.PLANNING_WAITS)
    if not waits:
        return False
    async with database.writing() as session:
        return await commands.plan(session)
