"""Background task: ends the contracts and protocols whose last day is over."""

import asyncio
from typing import Final

from services.contract import commands
from services.contract.jobs.clock import CLOCK
from shared.clock import today
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.wakeups import BackgroundTask

PAUSE: Final = 3600.0
"""Seconds between two scans: days matter here, not minutes."""


def end_contracts(database: Database, _settings: Settings, *, pause: float = PAUSE) -> BackgroundTask:
    """Return the background task that ends contracts, at start-up and every hour."""

    async def watch(_wake: asyncio.Event) -> None:
        while True:
            while await end_batch(database):
                pass
            await asyncio.sleep(pause)

    return BackgroundTask(watch)


async def end_batch(database: Database) -> int:
    """End one batch of contracts as of today; return their number."""
    async with database.writing(by=CLOCK, reason="its last day is over") as session:
        return await commands.end_due_contracts(session, today())
