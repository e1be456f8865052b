"""Delete old rows that nobody needs any more, in short transactions, so that writers do not wait.

The journal and the history are kept for ever; nothing here touches them.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, Table, and_, delete, exists, func, select

from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.tables import outbox
from shared.storage.unit_of_work import WriteSession

BATCH: Final = 500
"""Maximum rows that one transaction deletes."""

Delete = Callable[[WriteSession, Sequence[int], datetime], Awaitable[None]]
"""Deletes the rows of these ids; the moment is that before which they were closed."""
Lifetime = Callable[[Settings], timedelta]
"""Returns the time that the settings give."""


class RetentionPolicy(Protocol):
    """A rule on how long something is kept. The sweeper applies it each hour."""

    @property
    def name(self) -> str:
        """Name of what is swept, for the log."""

    @property
    def lifetime(self) -> Lifetime:
        """Time that it is kept, from the settings."""

    async def sweep(self, database: Database, before: datetime) -> int:
        """Delete what was last needed before a moment; return the number of rows."""


@dataclass(frozen=True)
class Retention:
    """Time for which one table keeps its rows. Their ids grow in the order of `begun`."""

    table: Table
    begun: ColumnElement[datetime]
    """When a row was stored."""
    closed: ColumnElement[datetime | None]
    """When a row had done its work; null: not yet."""
    can_go: ColumnElement[bool]
    """True for a closed row that nobody needs any more, once it is old."""
    lifetime: Lifetime
    delete: Delete

    @property
    def name(self) -> str:
        """Name of the table."""
        return self.table.name

    async def sweep(self, database: Database, before: datetime) -> int:
        """Delete what was closed before a moment; return the number of rows."""
        swept, last = 0, 0
        while True:
            rows = await self._next(database, last, before)
            ids = [row.id for row in rows if row.can_go]
            if ids:
                async with database.writing() as session:
                    await self.delete(session, ids, before)
            swept += len(ids)
            if len(rows) < BATCH or rows[-1].begun >= before:
                return swept
            last = rows[-1].id

    async def _next(self, database: Database, last: int, before: datetime) -> Sequence[Any]:
        """Return rows in the order of their ids, read without any lock."""
        key = self.table.c.id
        # SQLite would give the highest id again.
        is_newest = key == select(func.max(key)).scalar_subquery()
        can_go = and_(self.closed.is_not(None), self.closed < before, self.can_go, ~is_newest)
        return await database.ask(
            select(key, self.begun.label("begun"), can_go.label("can_go")).where(key > last).order_by(key).limit(BATCH)
        )


def deleting(table: Table, closed: ColumnElement[datetime | None]) -> Delete:
    """Return the plain deletion from a table; what is no longer closed stays."""

    async def delete_rows(session: WriteSession, ids: Sequence[int], before: datetime) -> None:
        await session.execute(delete(table).where(table.c.id.in_(ids), closed < before))

    return delete_rows


_later: Final = outbox.alias("later")
OUTBOX: Final = Retention(
    outbox,
    begun=outbox.c.created_at,
    closed=outbox.c.published_at,
    # The last event of a subject gives the next one its number.
    can_go=exists().where(_later.c.subject == outbox.c.subject, _later.c.sequence > outbox.c.sequence),
    lifetime=lambda settings: timedelta(days=settings.event_retention),
    delete=deleting(outbox, outbox.c.published_at),
)
"""Published events. The journal of the notification service has them all."""
