"""Background task: opens the yearly reports that contracts owe, and publishes reminders of those that are due."""

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


def follow_up(database: Database, _settings: Settings, *, pause: float = PAUSE) -> BackgroundTask:
    """Return the background task that opens reports and publishes reminders, at start-up and every hour."""

    async def watch(_wake: asyncio.Event) -> None:
        while True:
            while await open_owed(database):
                pass
            while await remind(database):
                pass
            await asyncio.sleep(pause)

    return BackgroundTask(watch)


async def open_owed(database: Database) -> int:
    """Open the reports that one batch of contracts owes as of today; return their number."""
    async with database.writing(by=CLOCK, reason="the year is over") as session:
        return await commands.open_owed_reports(session, today())


async def remind(database: Database) -> int:
    """Publish the reminders of one batch of reports as of today; return the number of reports."""
    async with database.writing(by=CLOCK, reason="a reminder is due") as session:
        return await commands.publish_reminders(session, today())
