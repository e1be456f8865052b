"""Erase what tells who a person is: names, e-mail addresses, phone numbers. What proves the facts stays.

The opaque id of the person, days, organisation and capacity stay in the row, in its history and in events: none of them
ever held a name. So an erasure changes no line of history. It adds one, with its reason.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import ColumnElement, LargeBinary, MetaData, Table, bindparam, delete, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from shared.clock import day_of
from shared.security.access import Caller
from shared.security.roles import Role
from shared.storage.database import Database
from shared.storage.history import Recorded, set_reason
from shared.storage.integrity import recorded_models
from shared.storage.personal_data import PersonalData, columns_with, contact_columns
from shared.storage.retention import BATCH, Lifetime
from shared.storage.tables import idempotency
from shared.storage.unit_of_work import WriteSession

ERASER: Final = Caller(client_id="erasure", sub="erasure", role=Role.PLATFORM)
"""Author of the lines of history that erasures leave."""


@dataclass(frozen=True)
class Erasure:
    """Result of the erasure of a person in one service."""

    emptied: Mapping[str, Collection[str]]
    """Address of each object whose values were emptied, with the names of these values."""
    answers: int
    """Number of stored answers that were deleted."""
    kept: Mapping[str, int]
    """Table → number of rows that keep the opaque id."""

    @property
    def is_unknown(self) -> bool:
        """True if the service holds nothing of the person."""
        return not (self.kept or self.answers)


def empty_contact(session: WriteSession, row: Recorded, reason: str) -> list[str]:
    """Empty the contact of an object; return the names of the values that were there. The row is locked already."""
    names = [name for name in contact_columns(type(row)) if getattr(row, name) is not None]
    if names:
        for name in names:
            setattr(row, name, None)
        set_reason(session, row, reason)
    return names


async def erase(session: WriteSession, metadata: MetaData, person_id: UUID, *, reason: str) -> Erasure:
    """Erase a person in the tables of a service. A second erasure finds nothing left."""
    emptied: dict[str, Collection[str]] = {}
    for model in filter(contact_columns, recorded_models(metadata)):
        statement = select(model).where(_is_person(model, person_id)).with_for_update()
        for row in (await session.scalars(statement)).all():
            if names := empty_contact(session, row, reason):
                emptied[f"/v1/{row.collection}/{row.key}"] = names
    answers = await forget_answers(session, person_id)
    kept = {}
    for table in sorted(metadata.tables.values(), key=lambda each: each.name):
        for column in columns_with(table, PersonalData.PERSON_ID):
            if rows := await session.scalar(select(func.count()).select_from(table).where(column == person_id)):
                kept[table.name] = rows
    return Erasure(emptied, answers, kept)


def _is_person(model: type[Recorded], person_id: UUID) -> ColumnElement[bool]:
    table = cast("Table", model.__table__)  # type: ignore[attr-defined]
    return or_(*(column == person_id for column in columns_with(table, PersonalData.PERSON_ID)))


async def forget_answers(session: WriteSession, person_id: UUID) -> int:
    """Delete the stored answers that show a person: each holds the opaque id beside the contact."""
    sought = bindparam("sought", str(person_id).encode(), LargeBinary)
    body = idempotency.c.body
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    shows = func.instr(body, sought) > 0 if is_sqlite else func.position(sought.op("IN")(body)) > 0
    keys = (await session.execute(delete(idempotency).where(shows).returning(idempotency.c.key))).all()
    return len(keys)


async def overwrite_deleted(database: Database) -> None:
    """Let SQLite drop its log of changes, which has what was erased. It may be busy: then a later change does it."""
    if not database.is_sqlite:
        return
    async with database.engine.connect() as connection:
        raw = (await connection.get_raw_connection()).driver_connection
        await (await cast("Any", raw).execute("PRAGMA wal_checkpoint(TRUNCATE)")).close()


@dataclass(frozen=True)
class ContactRetention:
    """Time for which a table keeps the contacts of persons, from the end of what they were needed for.

    The row stays without its contact, and its history says why.
    """

    model: type[Recorded]
    ended: InstrumentedAttribute[Any]
    """First day on which the contact is no longer needed; null: it is needed."""
    lifetime: Lifetime
    reason: str
    """Reason that the history gives."""

    @property
    def name(self) -> str:
        """Name of the swept columns in the log."""
        return f"{self.model.collection}: contacts"

    async def sweep(self, database: Database, before: datetime) -> int:
        """Empty the contacts that were last needed before a moment; return the number of objects."""
        swept = 0
        while True:
            async with database.writing(by=ERASER) as session:
                rows = await self._due(session, before)
                for row in rows:
                    empty_contact(session, row, self.reason)
            swept += len(rows)
            if len(rows) < BATCH:
                return swept

    async def _due(self, session: WriteSession, before: datetime) -> Sequence[Recorded]:
        """Return objects whose contact is no longer needed, locked."""
        columns = [getattr(self.model, name) for name in contact_columns(self.model)]
        statement = (
            select(self.model)
            .where(self.ended <= day_of(before), or_(*(column.is_not(None) for column in columns)))
            .order_by(self.ended)
            .limit(BATCH)
            .with_for_update()
        )
        return (await session.scalars(statement)).all()
