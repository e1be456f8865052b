"""A row is put in the place of the one of its key, on both databases, by a statement that is compiled once."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import JSON, Date, Uuid, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.messaging.consumer import Consumer
from shared.messaging.dispatcher import Dispatcher
from shared.messaging.receiver import Receiver
from shared.storage.database import Database
from shared.storage.tables import UTCDateTime
from shared.storage.unit_of_work import WriteSession
from shared.storage.upserts import fixed, put
from tests.kit import ledger
from tests.kit.ledger import Deposited, Seen
from tests.kit.messages import deposited

FIRST: dict[str, Any] = {
    "names": ["Pau", "l'Œuvre : « 100 % »"],
    "day": date(2019, 3, 5),
    "moment": datetime(2019, 3, 5, 8, 30, tzinfo=UTC),
    "note": "a :name and a $1",
}
SECOND: dict[str, Any] = {"names": [], "day": date(2020, 1, 1), "moment": None, "note": None}


class Base(DeclarativeBase):
    pass


class Kept(Base):
    __tablename__ = "kept"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    names: Mapped[list[str]] = mapped_column(JSON)
    day: Mapped[date] = mapped_column(Date)
    moment: Mapped[datetime | None] = mapped_column(UTCDateTime)
    note: Mapped[str | None]


@pytest.fixture
async def keeping(database: Database) -> Any:
    """A database with this table too."""
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield database
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)


async def test_what_is_put_replaces_the_whole_row_of_its_key_and_no_other(keeping: Database) -> None:
    one, other = uuid4(), uuid4()
    async with keeping.writing() as session:
        for key, place, values in ((one, 1, FIRST), (one, 2, FIRST), (other, 1, FIRST), (one, 1, SECOND)):
            await put(session, Kept, id=key, place=place, **values)

    async with keeping.reading() as session:
        found = (await session.execute(select(Kept.__table__))).mappings().all()

    assert len(found) == 3
    for row in found:
        expected = SECOND if (row["id"], row["place"]) == (one, 1) else FIRST
        assert {name: row[name] for name in expected} == expected


async def test_many_rows_are_put_by_one_statement(keeping: Database) -> None:
    statement = fixed(insert(Kept).on_conflict_do_nothing(), Kept.__table__.columns.keys())
    rows = [{"id": UUID(int=number % 7), "place": 0, **FIRST, "note": str(number)} for number in range(20)]
    async with keeping.writing() as session:
        await session.execute(statement, rows)

    async with keeping.reading() as session:
        notes = (await session.scalars(select(Kept.note))).all()

    assert sorted(note or "" for note in notes) == [str(number) for number in range(7)]


def test_the_statement_is_compiled_once() -> None:
    plain = insert(Kept).on_conflict_do_nothing()
    columns = Kept.__table__.columns.keys()

    assert plain._generate_cache_key() is None, "the library caches it by now: `fixed` has no reason any more"
    assert fixed(plain, columns)._generate_cache_key() == fixed(plain, columns)._generate_cache_key()
    assert fixed(plain, columns)._generate_cache_key() is not None


async def test_a_handler_reads_what_one_before_it_in_its_batch_has_put(database: Database) -> None:
    shown: list[int | None] = []
    loaded: list[Any] = []
    listening = Consumer("ledger")

    @listening.on(Deposited)
    async def look(session: WriteSession, event: Deposited) -> None:
        seen = await session.get(Seen, event.account_id)
        loaded.append(seen)
        shown.append(seen.balance if seen else None)

    listening.projection(Deposited, into=[Seen])(ledger.see)
    account = uuid4()
    messages = [deposited(account, balance=number * 10, sequence=number) for number in (1, 2, 3)]
    for message in messages:
        await Receiver(database, listening).receive([message])
    await Dispatcher(database, listening, delays=()).apply_all()

    assert shown == [None, 10, 20]
