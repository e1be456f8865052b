"""Background task: publishes reminders of signatures that are awaited, and their expiry."""

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


def follow_circuits(database: Database, _settings: Settings, *, pause: float = PAUSE) -> BackgroundTask:
    """Return the background task that follows signing circuits, at start-up and every hour."""

    async def watch(_wake: asyncio.Event) -> None:
        while True:
            while await scan(database):
                pass
            await asyncio.sleep(pause)

    return BackgroundTask(watch)


async def scan(database: Database) -> int:
    """Process one batch of contracts as of today; return its size."""
    async with database.writing(by=CLOCK, reason="a reminder or the last day to sign") as session:
        return await commands.follow_signatures(session, today())
