"""Delete old rows, each hour. The leading process of a service does it."""

import asyncio
import secrets
from collections.abc import Sequence
from typing import Final

from sqlalchemy.exc import DBAPIError

from shared.clock import now
from shared.http import idempotency
from shared.messaging.retention import INBOX
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.retention import OUTBOX, RetentionPolicy
from shared.telemetry.error_names import error_text
from shared.telemetry.log import log

PAUSE: Final = 3600
"""Time between two sweeps, in seconds."""


class Sweeper:
    """Deletes what the settings let nobody keep: old rows of the kit's tables and of the service's own."""

    def __init__(self, database: Database, settings: Settings, retentions: Sequence[RetentionPolicy] = ()) -> None:
        self._database = database
        self._settings = settings
        self.retentions = (OUTBOX, INBOX, *retentions)

    async def run(self, _wake: asyncio.Event) -> None:
        """Sweep at the start, then each hour; until cancelled."""
        while True:
            try:
                await self.sweep()
            except DBAPIError as error:
                # The other work of the leader goes on: rows that stay an hour longer harm nobody.
                log.warning("not swept", service=self._database.service, error=error_text(error))
            await asyncio.sleep(PAUSE + secrets.randbelow(60))

    async def sweep(self) -> None:
        """Sweep every table once."""
        self._note("idempotency", await idempotency.sweep(self._database))
        for retention in self.retentions:
            before = now() - retention.lifetime(self._settings)
            self._note(retention.name, await retention.sweep(self._database, before))

    def _note(self, table: str, rows: int) -> None:
        if rows:
            log.info("swept", service=self._database.service, table=table, rows=rows)
