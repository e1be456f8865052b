"""Projections and tallies are made anew from the events, beside a service at work; effects are left out."""

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Table, delete, insert, text, update

from shared.bus import Message
from shared.messaging.consumer import Consumer
from shared.messaging.dispatcher import Dispatcher
from shared.messaging.rebuild import RebuildResult, filled, rebuild, rebuildable
from shared.messaging.receiver import Receiver
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.tables import handlings, inbox
from tests.kit.acts import rows_of
from tests.kit.ledger import Deposited, Seen, Total, Trace, consumer
from tests.kit.messages import deposited

ACCOUNT, OTHER = uuid4(), uuid4()
SEEN: Table = Seen.__table__  # type: ignore[assignment]
TOTALS: Table = Total.__table__  # type: ignore[assignment]
TRACES: Table = Trace.__table__  # type: ignore[assignment]


def story(account: UUID = ACCOUNT, *, amounts: Sequence[int] = (5, 7, 11)) -> list[Message]:
    """Deposits into an account, one after another."""
    return [
        deposited(account, amount=amount, balance=sum(amounts[:number]), sequence=number)
        for number, amount in enumerate(amounts, 1)
    ]


async def pages(*messages: Message) -> AsyncIterator[Sequence[Message]]:
    """The journal, two events to a page."""
    for start in range(0, len(messages), 2):
        yield messages[start : start + 2]


async def apply(database: Database, *messages: Message) -> None:
    """Let messages arrive, and apply what waits."""
    await Receiver(database, consumer).receive(messages)
    await Dispatcher(database, consumer, delays=()).apply_all()


async def rebuilt(settings: Settings, *journal: Message, door: Consumer = consumer) -> RebuildResult:
    """A rebuild from this journal."""
    return await rebuild("ledger", door, settings, pages(*journal), say=lambda _: None)


async def contents(database: Database) -> list[list[Any]]:
    """Read the tables that are rebuilt."""
    return [[tuple(row) for row in await rows_of(database, table)] for table in (SEEN, TOTALS)]


async def damage(database: Database) -> None:
    """A wrong row, one too many, one too few."""
    async with database.writing() as session:
        await session.execute(update(SEEN).where(SEEN.c.account_id == ACCOUNT).values(balance=-1))
        await session.execute(insert(SEEN), {"account_id": uuid4(), "balance": 3})
        await session.execute(delete(TOTALS).where(TOTALS.c.account_id == ACCOUNT))


def test_handlers_with_effects_have_no_part_in_it() -> None:
    assert set(rebuildable(consumer).handlers) == {"see", "add_up"}
    assert {table.name for table in filled(consumer)} == {"seen", "totals"}


async def test_what_is_right_is_not_touched(database: Database, settings: Settings) -> None:
    journal = [*story(), *story(OTHER)]
    await apply(database, *journal)
    before, rows = await contents(database), await rows_of(database, handlings)

    outcome = await rebuilt(settings, *journal)

    assert (outcome.read, outcome.missed, outcome.applied) == (6, 0, 12)
    assert outcome.corrected == {"seen": (0, 0), "totals": (0, 0)}
    assert await contents(database) == before
    assert await rows_of(database, handlings) == rows


async def test_what_is_wrong_is_corrected_and_counted(database: Database, settings: Settings) -> None:
    journal = [*story(), *story(OTHER)]
    await apply(database, *journal)
    before = await contents(database)
    await damage(database)

    outcome = await rebuilt(settings, *journal)

    assert outcome.corrected == {"seen": (2, 1), "totals": (0, 1)}
    assert await contents(database) == before


async def test_effects_do_not_run_again(database: Database, settings: Settings) -> None:
    journal = story(amounts=(5, 2000))
    await apply(database, *journal)
    traces = await rows_of(database, TRACES)

    await rebuilt(settings, *journal)
    await Dispatcher(database, consumer, delays=()).apply_all()

    assert len(traces) == 2
    assert await rows_of(database, TRACES) == traces


async def test_what_the_inbox_never_had_enters_and_its_effects_wait_for_its_arrival(
    database: Database, settings: Settings
) -> None:
    first, missing, last = story()
    await apply(database, first, last)

    outcome = await rebuilt(settings, first, missing, last)
    traced = [row.amount for row in await rows_of(database, TRACES)]
    await apply(database, missing)

    assert outcome.missed == 2
    assert [row.sum for row in await rows_of(database, TOTALS)] == [23]
    assert traced == [5, 11]
    assert [row.amount for row in await rows_of(database, TRACES)] == [5, 11, 7], "once, as it arrives"
    assert [row.sum for row in await rows_of(database, TOTALS)] == [23], "its arrival is known"


async def test_a_new_handler_gets_every_event_and_none_is_stored_again(database: Database, settings: Settings) -> None:
    journal = [*story(), *story(OTHER)]
    before = Consumer("ledger", {"see": consumer.handlers["see"]})
    await Receiver(database, before).receive(journal)
    await Dispatcher(database, before, delays=()).apply_all()
    stored = await rows_of(database, inbox)

    outcome = await rebuilt(settings, *journal)

    assert (outcome.missed, outcome.corrected) == (6, {"seen": (0, 0), "totals": (0, 2)})
    assert {row.account_id: row.sum for row in await rows_of(database, TOTALS)} == {ACCOUNT: 23, OTHER: 23}
    assert await rows_of(database, inbox) == stored
    assert {(row.handler, row.state, row.next_try_at) for row in await rows_of(database, handlings)} == {
        ("see", "applied", None),
        ("add_up", "applied", None),
    }


async def test_events_of_a_subject_are_applied_in_the_order_of_their_sequence(
    database: Database, settings: Settings
) -> None:
    heard: list[int] = []
    door = Consumer("ledger")

    @door.counter(Deposited, into=[Total])
    async def listen(_session: Any, event: Any) -> None:
        heard.append(event.amount)

    first, second, third = story()
    other = story(OTHER, amounts=(1,))
    await Receiver(database, door).receive([first, *other, third])

    await rebuilt(settings, first, second, third, *other, door=door)

    assert heard == [5, 7, 11, 1]


async def test_what_was_parked_or_waits_is_closed(database: Database, settings: Settings) -> None:
    journal = story()
    await apply(database, *journal)
    async with database.writing() as session:
        await session.execute(update(handlings).where(handlings.c.sequence == 2).values(state="parked", error="essai"))
        await session.execute(update(handlings).where(handlings.c.sequence == 3).values(state="waiting", error="essai"))

    await rebuilt(settings, *journal)

    rows = await rows_of(database, handlings)
    assert {(row.state, row.error) for row in rows if row.handler != "trace"} == {("applied", None)}
    assert {row.state for row in rows if row.handler == "trace"} == {"applied", "parked", "waiting"}


async def test_what_cannot_be_applied_is_left_with_all_that_follows_of_its_subject(
    database: Database, settings: Settings
) -> None:
    journal = [*story(), *story(OTHER)]
    await apply(database, *journal)
    async with database.writing() as session:
        poison = {**json.loads(journal[1].body), "data": {}}
        await session.execute(
            update(inbox).where(inbox.c.event_id == journal[1].event_id).values(body=json.dumps(poison))
        )

    outcome = await rebuilt(settings, *journal)

    rows = await rows_of(database, handlings, handler="add_up")
    states = {(row.subject == journal[0].subject, row.sequence): row.state for row in rows}
    assert len(outcome.left) == 4
    assert [states[True, number] for number in (1, 2, 3)] == ["applied", "waiting", "waiting"]
    assert {states[False, number] for number in (1, 2, 3)} == {"applied"}
    assert {row.account_id: row.sum for row in await rows_of(database, TOTALS)} == {ACCOUNT: 5, OTHER: 23}


async def test_a_journal_that_breaks_off_leaves_everything(database: Database, settings: Settings) -> None:
    journal = story()
    await apply(database, *journal)
    await damage(database)
    before = await contents(database)

    async def broken() -> AsyncIterator[Sequence[Message]]:
        yield journal[:1]
        raise ConnectionError("the journal has gone")

    with pytest.raises(ConnectionError):
        await rebuild("ledger", consumer, settings, broken(), say=lambda _: None)

    assert await contents(database) == before


async def test_what_arrives_during_the_rebuild_is_in_it_or_after_it(database: Database, settings: Settings) -> None:
    early, late = story(), story(OTHER)
    await apply(database, *early)

    async def busy() -> AsyncIterator[Sequence[Message]]:
        yield early
        await Receiver(database, consumer).receive(late)

    outcome = await rebuild("ledger", consumer, settings, busy(), say=lambda _: None)
    await Dispatcher(database, consumer, delays=()).apply_all()

    assert outcome.left == {}
    assert {row.account_id: row.sum for row in await rows_of(database, TOTALS)} == {ACCOUNT: 23, OTHER: 23}
    assert len(await rows_of(database, TRACES)) == 6


async def test_the_real_tables_stay_as_they_are_until_the_end(database: Database, settings: Settings) -> None:
    journal = story()
    await apply(database, *journal)
    before, seen = await contents(database), []
    door = Consumer("ledger", dict(rebuildable(consumer).handlers))

    @door.projection(Deposited, into=[Seen])
    async def look(_session: Any, _event: Any) -> None:
        seen.append(await contents(database))

    outcome = await rebuilt(settings, *journal, door=door)

    assert outcome.missed == 3
    assert seen == [before] * 3


async def test_another_connection_never_sees_the_draft(database: Database, settings: Settings) -> None:
    await apply(database, *story())

    await rebuilt(settings, *story())

    temporary = (
        "SELECT count(*) FROM temp.sqlite_master"
        if database.is_sqlite
        else ("SELECT count(*) FROM pg_class WHERE relpersistence = 't'")
    )
    async with database.reading() as session:
        assert (await session.execute(text(temporary))).scalar_one() == 0
