"""The clock that numbers the journal, wakes those who wait for it, and plans deliveries. One at a time per service."""

import asyncio

from services.notification import commands, queries
from services.notification.models import JOURNALED, REPLAY_ASKED, journal
from services.notification.settings import seal_of
from shared.changes import BATCH, Sequencer
from shared.db import Database
from shared.settings import Settings
from shared.waking import RECORDED, Work, woken

PAUSE = 1.0


def numbering_and_planning(database: Database, settings: Settings) -> Work:
    """Number a batch, wake who reads, plan a pass, in turn: neither keeps the other waiting. Woken, or each second."""
    seal_of(settings, database)
    sequencer = Sequencer(database, journal)
    arrivals = queries.arrivals_of(database)

    async def run(wake: asyncio.Event) -> None:
        while True:
            wake.clear()
            numbered = await sequencer.number(arrivals.tell)
            if numbered:
                arrivals.told()
            planned = await _plan(database)
            if numbered < BATCH and not planned:
                await woken(wake, PAUSE)

    return Work(run, on=frozenset([JOURNALED, REPLAY_ASKED, RECORDED]))


async def _plan(database: Database) -> bool:
    """One pass, if anything waits for it."""
    [(waits,)] = await database.ask(queries.PLANNING_WAITS)
    if not waits:
        return False
    async with database.writing() as session:
        return await commands.plan(session)
