"""Publish who changed which object, and the head of the chain of history, as events.

The events keep the chain in another database, that of the journal: a chain that is computed anew no longer fits them.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row, exists, select, update

from shared.events.history import AT_ONCE, HistoryEntry, HistoryRecorded
from shared.storage import outbox
from shared.storage.chain import LINES, locked_head
from shared.storage.database import Database
from shared.storage.reference_data import LOADER
from shared.storage.tables import history_hashes, history_head
from shared.storage.unit_of_work import WriteSession
from shared.storage.wakeups import wait_for_wakeup

STEP: Final = 200
"""Lines that one transaction tells of."""
_UNPUBLISHED: Final = select(exists().where(history_head.c.published_position < history_head.c.position))


class HistoryPublisher:
    """Publishes the lines of history that have a hash. One at a time per service."""

    def __init__(self, database: Database, *, pause: float) -> None:
        self._database = database
        self._pause = pause

    async def run(self, wake: asyncio.Event) -> None:
        """Publish after each pause; until cancelled."""
        while True:
            await wait_for_wakeup(wake, self._pause)
            while await self.publish():
                pass

    async def publish(self) -> bool:
        """Publish some lines; return False if none was left."""
        [(is_behind,)] = await self._database.ask(_UNPUBLISHED)
        event = HistoryRecorded.of_publisher.get(self._database.service)
        if not is_behind or event is None:
            return False
        async with self._database.writing() as session:
            head = await locked_head(session)
            lines = (await session.execute(LINES.limit(STEP), {"after": head.published_position})).all()
            lines = [line for line in lines if line.position <= head.position]
            for first, some in _parts(lines):
                await _add(session, event, first, some)
            if lines:
                await session.execute(update(history_head).values(published_position=lines[-1].position))
        return bool(lines)


def _parts(lines: Sequence[Row[Any]]) -> list[tuple[int, list[Row[Any]]]]:
    """Split lines so that each part fits into an event; return each with its first position.

    Lines that load reference data take no place: nobody did that.
    """
    parts: list[tuple[int, list[Row[Any]]]] = []
    listed = AT_ONCE
    for line in lines:
        is_listed = line.client_id != LOADER.client_id
        if not parts or (is_listed and listed == AT_ONCE):
            parts.append((line.position, []))
            listed = 0
        parts[-1][1].append(line)
        listed += is_listed
    return parts


async def _add(session: WriteSession, event: type[HistoryRecorded], first: int, lines: Sequence[Row[Any]]) -> None:
    last = lines[-1].position
    found = await session.execute(select(history_hashes.c.hash).where(history_hashes.c.position == last))
    entries = [
        HistoryEntry(
            position=line.position,
            collection=line.collection,
            object_id=line.object_id,
            version=line.version,
            operation=line.operation,
            at=line.at,
            client_id=line.client_id,
            sub=line.sub,
            org=line.org,
        )
        for line in lines
        if line.client_id != LOADER.client_id
    ]
    outbox.add(session, event(first_position=first, last_position=last, chain_hash=found.scalar_one(), entries=entries))
