"""Work of the leading process by the clock: publish missed deadlines, empty the contacts of former referents."""

import asyncio
from datetime import timedelta
from typing import Final

from services.catalog import commands
from services.catalog.models import Referent
from shared.clock import today
from shared.security.access import Caller
from shared.security.roles import Role
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.erasure import ContactRetention
from shared.storage.wakeups import BackgroundTask

CLOCK: Final = Caller(client_id="clock", sub="clock", role=Role.PLATFORM)
PAUSE: Final = 60.0
"""Seconds between two checks."""
CONTACTS: Final = ContactRetention(
    Referent,
    ended=Referent.until,
    lifetime=lambda settings: timedelta(days=settings.contact_retention),
    reason="contact erased: the mandate ended long ago",
)
"""Contacts of former referents."""


def deadlines(database: Database, _settings: Settings, *, pause: float = PAUSE) -> BackgroundTask:
    """Return the background task that publishes missed deadlines, at start-up and every minute."""

    async def watch(_wake: asyncio.Event) -> None:
        while True:
            while await scan(database):
                pass
            await asyncio.sleep(pause)

    return BackgroundTask(watch)


async def scan(database: Database) -> int:
    """Process one batch of requests as of today; return its size."""
    async with database.writing(by=CLOCK, reason="a deadline has passed") as session:
        return await commands.publish_overdue(session, today())
