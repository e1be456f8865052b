"""A service's copies and counts, made anew from the events, beside the service at work.

Handlers that project or tally have no effect but on the tables that they fill, so these tables follow from the events:
a rebuild runs the same handlers over every event again. It is wanted when such a handler has changed or is new, when a
table is damaged, when the inbox was restored from a backup; and it says how many rows were wrong, so it also audits.

1. *Fill.* The journal is read to its end, and each event is offered to the inbox as if it had just arrived. What the
   inbox never had enters, for these handlers alone; what was applied and swept enters again, as applied. Those with
   effects are left out: an event on its way here will still run them, once, when it arrives; a row of theirs, made
   now, would swallow it.
2. *Draft.* The handlers run over the inbox, in the order of the journal and, within a subject, of the sequence. They
   run on one connection that has temporary tables of the same names: both databases look there first, so the handlers
   fill these, and nobody else sees them.
3. *Swap.* One transaction takes the whole inbox, applies what has arrived meanwhile, and corrects the real tables: rows
   that differ go, rows that lack come, all others are not even touched. It closes the rows of the inbox as applied.

To empty the real tables and let the service fill them again would be shorter, and wrong while it lasts: whoever asks is
told that his territory was never designated, and that he may not read his own contract. Here everybody sees the old
rows, then the new ones. Killed at any moment, a rebuild has changed nothing but the inbox, which has what it lacked.
That the service applies like anything that arrives late: copies are right then, counts that follow an order may not be
until the rebuild is run again, to its end.

What a handler cannot apply is left waiting with all that follows of its subject: the service tries it again, and parks
it in the end, as it does with anything that arrives.
"""

from collections.abc import AsyncIterable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ColumnElement,
    FromClause,
    MetaData,
    Row,
    String,
    Table,
    Text,
    bindparam,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.schema import CreateIndex, CreateTable

from shared.bus import Message
from shared.clock import now
from shared.messaging import retention
from shared.messaging.consumer import RECEIVED, Consumer, HandlingRow, call
from shared.messaging.receiver import Receiver
from shared.problem import Refusal
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.tables import handlings
from shared.storage.unit_of_work import WriteSession
from shared.storage.wakeups import INBOX_PENDING, request_wakeup
from shared.telemetry.error_names import error_text

BATCH: Final = 200
SHORT: Final = 100
"""Maximum rows left for the swap, during which the service applies no events."""
ROUNDS: Final = 20
KEPT: Final = timedelta(hours=12)
"""Time for a rebuild, half of the shortest that applied rows of the inbox are kept."""
SAID: Final = 1000
"""After so many rows, how far it has come is said."""

Say = Callable[[str], None]


class DraftLost(Exception):
    """The connection broke, and its temporary tables are gone: nothing was changed, run the rebuild again."""


@dataclass
class RebuildResult:
    """Result of a rebuild."""

    read: int = 0
    """Events in the journal."""
    missed: int = 0
    """Rows that the inbox did not have: they never arrived, or were swept."""
    applied: int = 0
    left: dict[int, str] = field(default_factory=dict)
    """Rows of the inbox that could not be applied, and why."""
    corrected: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Rows removed and rows added, by table."""


async def rebuild(
    service: str, consumer: Consumer, settings: Settings, journal: AsyncIterable[Sequence[Message]], *, say: Say
) -> RebuildResult:
    """Make everything anew that the consumer's projections and tallies fill."""
    # One connection, for the temporary tables are its own; and not the service's, which would write into them.
    database = Database(service, settings.model_copy(update={"database_pool": 1}))
    try:
        work = _Rebuild(database, consumer, say)
        await work.fill(journal)
        await work.draft()
        await work.swap()
    finally:
        await database.close()
    return work.outcome


def rebuildable(consumer: Consumer) -> Consumer:
    """The same event door with those handlers alone that a rebuild runs again."""
    kept = {name: handler for name, handler in consumer.handlers.items() if handler.rebuildable}
    return Consumer(consumer.service, kept)


def filled(consumer: Consumer) -> list[Table]:
    """The tables that a rebuild makes anew, each after those that it refers to."""
    tables = {table for handler in rebuildable(consumer).handlers.values() for table in handler.fills}
    return [
        table for metadata in {each.metadata for each in tables} for table in metadata.sorted_tables if table in tables
    ]


class _Rebuild:
    def __init__(self, database: Database, consumer: Consumer, say: Say) -> None:
        self._database = database
        self._consumer = rebuildable(consumer)
        self._handlers = list(self._consumer.handlers)
        self._draft = _Draft(database, filled(consumer))
        self._say = say
        self._done: set[int] = set()
        self._held: set[tuple[str, str]] = set()
        self._refused: dict[int, str] = {}
        self.outcome = RebuildResult()

    async def fill(self, journal: AsyncIterable[Sequence[Message]]) -> None:
        """Offer every event of the journal to the inbox."""
        receiver = Receiver(self._database, self._consumer, treat_swept=retention.restore)
        had = await self._count()
        async with self._database.temporary_transaction() as session:
            await self._draft.make(session)
        async for messages in journal:
            await self._keep(messages)
            await receiver.receive(messages)
            async with self._database.temporary_transaction() as session:
                await self._draft.rank(session, messages, after=self.outcome.read)
            self.outcome.read += len(messages)
        self.outcome.missed = await self._count() - had
        self._say(f"{self.outcome.read} events read from the journal, {self.outcome.missed} rows were missing here")

    async def _keep(self, messages: Sequence[Message]) -> None:
        """Close old handlings anew, so that they are not swept before the draft has read them."""
        old = handlings.c.event_id.in_([each.event_id for each in messages]) & (handlings.c.closed_at < now() - KEPT)
        async with self._database.writing() as session:
            await session.execute(update(handlings).where(old).values(closed_at=now()))

    async def _count(self) -> int:
        async with self._database.reading() as session:
            return await session.scalar(select(func.count()).where(handlings.c.handler.in_(self._handlers))) or 0

    async def draft(self) -> None:
        """Apply all that the inbox has, aside; so often that what comes in the meantime is little."""
        for _ in range(ROUNDS):
            async with self._database.reading() as session:
                waiting = await self._undone(session)
            total = len(self._done) + len(waiting)
            for start in range(0, len(waiting), BATCH):
                await self._apply(waiting[start : start + BATCH])
                if start % SAID == 0:
                    self._say(f"{len(self._done)} of {total} rows applied aside")
            if len(waiting) <= SHORT:
                return

    async def _undone(self, session: AsyncSession) -> list[int]:
        """Rows in the order of the journal, then of their arrival; those of a subject in the order of their sequence.

        A row that came before its elders of the same subject follows them.
        """
        ranks = self._draft.ranks
        elders = func.max(func.coalesce(ranks.c.rank, self.outcome.read + handlings.c.id)).over(
            partition_by=(handlings.c.handler, handlings.c.subject), order_by=(handlings.c.sequence, handlings.c.id)
        )
        found = await session.scalars(
            select(handlings.c.id)
            .outerjoin(ranks, ranks.c.event_id == handlings.c.event_id)
            .where(handlings.c.handler.in_(self._handlers))
            .order_by(elders, handlings.c.sequence, handlings.c.id)
        )
        return [number for number in found if number not in self._done]

    async def _apply(self, ids: Sequence[int]) -> None:
        """A batch in one transaction, which is many times quicker; if any row fails, each behind a savepoint."""
        try:
            async with self._database.temporary_transaction() as session:
                await self._draft.check(session)
                for rows in self._consumer.calls(await self._rows(session, ids)):
                    await self._call(session, rows)
        except DraftLost:
            raise
        except Exception:  # whatever it is, the next way finds out which row it was
            async with self._database.temporary_transaction() as session:
                await self._apply_carefully(session, ids)
        self._done.update(ids)

    async def _apply_carefully(self, session: WriteSession, ids: Sequence[int]) -> None:
        await self._draft.check(session)
        for row in await self._rows(session, ids):
            try:
                async with session.begin_nested():
                    await self._call(session, [row])
            except Refusal as refusal:
                self._refused[row.id] = f"{refusal.code}: {refusal.detail}"
            except DBAPIError as error:
                if error.connection_invalidated:
                    raise DraftLost from error
                self._leave(row, error)
            except Exception as error:  # as the dispatcher does: one event never stops the others
                self._leave(row, error)

    def _leave(self, row: Row[Any], error: Exception) -> None:
        self._held.add((row.handler, row.subject))
        self.outcome.left[row.id] = error_text(error)

    async def _rows(self, session: AsyncSession, ids: Sequence[int]) -> list[Row[Any]]:
        found = {row.id: row for row in await session.execute(RECEIVED.where(handlings.c.id.in_(ids)))}
        return [found[number] for number in ids]

    async def _call(self, session: WriteSession, rows: Sequence[HandlingRow]) -> None:
        held = {row.id for row in rows if (row.handler, row.subject) in self._held}
        self.outcome.left |= dict.fromkeys(held, "an earlier event of its subject could not be applied")
        if free := [row for row in rows if row.id not in held]:
            await call(self._consumer, session, free)
        # A rebuildable handler publishes nothing; if it did, the event was published when the row was first applied.
        session.transaction.pending_events.clear()

    async def swap(self) -> None:
        """Put the draft in the place of what is there."""
        self._say(f"{len(self._done)} rows applied aside; correcting the tables")
        async with self._database.writing() as session:
            if not self._database.is_sqlite:
                # The receiver and the dispatcher wait until this is committed; on SQLite every writer does.
                await session.execute(text("LOCK TABLE handlings IN EXCLUSIVE MODE"))
            late = await self._undone(session)
            await self._apply_carefully(session, late)
            self._done.update(late)
            self.outcome.corrected = await self._draft.replace(session)
            await self._close(session)
            request_wakeup(session, INBOX_PENDING)
        self.outcome.applied = len(self._done) - len(self.outcome.left) - len(self._refused)

    async def _close(self, session: AsyncSession) -> None:
        """The inbox says what the tables now show."""
        closed = {"attempts": handlings.c.attempts + 1, "next_try_at": None, "closed_at": now()}
        await session.execute(
            update(handlings)
            .where(handlings.c.handler.in_(self._handlers), handlings.c.state.in_(["waiting", "parked", "refused"]))
            .values(state="applied", error=None, **closed)
        )
        waiting = {"state": "waiting", "attempts": 0, "next_try_at": now(), "closed_at": None}
        for errors, values in ((self._refused, {"state": "refused"}), (self.outcome.left, waiting)):
            if errors:
                await session.execute(
                    update(handlings)
                    .where(handlings.c.id == bindparam("row"))
                    .values(error=bindparam("why"), **values),
                    [{"row": number, "why": why} for number, why in errors.items()],
                )


class _Draft:
    """Temporary tables of one connection, which hide the real ones of the same names from it."""

    def __init__(self, database: Database, tables: Sequence[Table]) -> None:
        self._dialect = database.engine.dialect
        self._hidden = "main"
        self._schema = "temp" if database.is_sqlite else "pg_temp"
        self._is_sqlite = database.is_sqlite
        self._tables = tables
        self.ranks = Table(
            "journal_ranks",
            MetaData(),
            Column("event_id", String(36), primary_key=True),
            Column("rank", BigInteger, nullable=False),
            prefixes=["TEMPORARY"],
        )
        """The order of the journal: what was swept enters the inbox again after what was not."""

    async def make(self, session: AsyncSession) -> None:
        """Make them: as the real ones, without their foreign keys."""
        if not self._is_sqlite:
            self._hidden = (await session.execute(select(func.current_schema()))).scalar_one()
        connection = await session.connection()
        for table in self._tables:
            create = str(CreateTable(table, include_foreign_key_constraints=[]).compile(dialect=self._dialect))
            await connection.exec_driver_sql(create.replace("CREATE TABLE", "CREATE TEMPORARY TABLE", 1))
            for index in table.indexes:
                await connection.exec_driver_sql(str(CreateIndex(index).compile(dialect=self._dialect)))
        await connection.execute(CreateTable(self.ranks))

    async def rank(self, session: AsyncSession, messages: Sequence[Message], *, after: int) -> None:
        """Note the next events of the journal."""
        await self.check(session)
        if messages:
            rows = [{"event_id": each.event_id, "rank": after + count} for count, each in enumerate(messages, 1)]
            await session.execute(insert(self.ranks), rows)

    async def check(self, session: AsyncSession) -> None:
        """They are there: else the handlers would write into the real ones."""
        for table in self._tables:
            draft = table.to_metadata(MetaData(), schema=self._schema)
            try:
                await session.execute(select(literal(1)).select_from(draft).limit(1))
            except DBAPIError as error:
                raise DraftLost from error

    async def replace(self, session: AsyncSession) -> dict[str, tuple[int, int]]:
        """Correct the real tables: of each, how many rows went, and how many came."""
        went = {table.name: await self._take_out(session, table) for table in reversed(self._tables)}
        return {table.name: (went[table.name], await self._put_in(session, table)) for table in self._tables}

    async def _take_out(self, session: AsyncSession, table: Table) -> int:
        """Return the rows that are missing or different in the draft."""
        real, draft, known = self._both(table)
        same = [_plain(real, name).is_not_distinct_from(_plain(draft, name)) for name in table.columns.keys()]  # noqa: SIM118 - a collection of columns, no mapping
        done = await session.execute(delete(real).where(~exists().select_from(draft).where(*known, *same)))
        return _count(done)

    async def _put_in(self, session: AsyncSession, table: Table) -> int:
        """Return the rows that only the draft has."""
        real, draft, known = self._both(table)
        lacking = select(draft).where(~exists().select_from(real).where(*known))
        return _count(await session.execute(insert(real).from_select(table.columns.keys(), lacking)))

    def _both(self, table: Table) -> tuple[Table, FromClause, list[ColumnElement[bool]]]:
        real = table.to_metadata(MetaData(), schema=self._hidden)
        draft = table.to_metadata(MetaData(), schema=self._schema).alias("draft")
        return real, draft, [real.c[column.name] == draft.c[column.name] for column in table.primary_key]


def _plain(table: FromClause, name: str) -> ColumnElement[Any]:
    """A column that can be compared: JSON cannot on PostgreSQL, and its text is what is meant here."""
    column = table.c[name]
    return cast(column, Text) if isinstance(column.type, JSON) else column


def _count(result: Any) -> int:
    return int(result.rowcount)
