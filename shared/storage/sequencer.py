"""Number the lines of history with dense positions.

A feed by a serial id skips rows whenever writers run in parallel (4,408 of 9,041 were measured). One sequencer numbers
the rows that have no position yet, in the order of their ids. An id is drawn while the object's row is locked, so no
row is missed and the order of each object holds.

With its position a line gets the moment from which it is known. The time of its flush would not do: a long transaction
would change answers about a moment that were given before it was committed.
"""

import asyncio
from typing import Final

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.pacing import Pace
from shared.storage.database import Database
from shared.storage.known import database_clock
from shared.storage.tables import history
from shared.storage.wakeups import wait_for_wakeup

BATCH: Final = 500
_UNNUMBERED: Final = select(history.c.id).where(history.c.position.is_(None)).order_by(history.c.id).limit(BATCH)
_NUMBERING: Final = (
    update(history)
    .where(history.c.id == bindparam("line"))
    .values(position=bindparam("number"), known_from=bindparam("moment"))
)
_LAST: Final = (
    select(history.c.position, history.c.known_from)
    .where(history.c.position.is_not(None))
    .order_by(history.c.position.desc())
    .limit(1)
)


async def unnumbered(session: AsyncSession) -> int:
    """Count the lines of history that have no position yet."""
    return await session.scalar(select(func.count()).where(history.c.position.is_(None))) or 0


class Sequencer:
    """Numbers the lines of history. One at a time per service."""

    def __init__(self, database: Database, *, pause: float = 1.0) -> None:
        self._database = database
        self._pause = pause

    async def run(self, wake: asyncio.Event) -> None:
        """Number whenever woken, and at least each second; until cancelled."""
        pace = Pace()
        while True:
            await pace.wait()
            wake.clear()
            while await self.number() == BATCH:
                pass
            pace.done()
            await wait_for_wakeup(wake, self._pause)

    async def number(self) -> int:
        """Number one batch; return the number of lines."""
        if not await self._database.ask(_UNNUMBERED):
            return 0
        async with self._database.writing() as session:
            # Locked: a former leader may be numbering the same lines, and numbers for these would be missing after.
            ids = (await session.scalars(_UNNUMBERED.with_for_update())).all()
            last = (await session.execute(_LAST)).one_or_none()
            position, known_from = last or (0, None)
            moment = await database_clock(session)
            if known_from is not None and known_from > moment:
                # The clock was set back.
                moment = known_from
            if ids:
                await session.execute(
                    _NUMBERING,
                    [{"line": line, "number": position + n, "moment": moment} for n, line in enumerate(ids, 1)],
                )
        return len(ids)
