"""Events that arrive at the process that leads are stored and applied in one transaction, once and in order."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from uuid import UUID, uuid4

from sqlalchemy import event, insert

from shared.bus import Message
from shared.clock import now
from shared.messaging.consumer import Consumer
from shared.messaging.dispatcher import Dispatcher
from shared.messaging.receiver import Receiver
from shared.storage.database import Database
from shared.storage.tables import handlings, inbox, outbox
from shared.storage.unit_of_work import WriteSession
from tests.kit.acts import count_of, rows_of
from tests.kit.conftest import Lines
from tests.kit.ledger import Base, Deposited, consumer
from tests.kit.messages import deposited
from tests.support.waiting import until

SEEN, TOTALS, TRACES = (Base.metadata.tables[name] for name in ("seen", "totals", "traces"))


@asynccontextmanager
async def leading(database: Database, *delays: float) -> AsyncIterator[Receiver]:
    """A receiver in the process that leads; its dispatcher applies what waits only when it is woken."""
    worker = Dispatcher(database, consumer, delays=delays, pause=3600)
    wake = database.wakeups.add(frozenset(["inbox"]))
    work = asyncio.create_task(worker.run(wake))
    await until(lambda: asyncio.sleep(0, worker.leads))
    try:
        yield Receiver(database, consumer, worker)
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        database.wakeups.remove(wake)


async def states(database: Database, handler: str, account: UUID) -> list[str]:
    """The states of a handler's rows, in the order of their sequence."""
    rows = await rows_of(database, handlings, handler=handler, subject=f"account/{account}")
    return [row.state for row in sorted(rows, key=lambda row: row.sequence)]


async def amounts(database: Database) -> list[int]:
    return [row.amount for row in await rows_of(database, TRACES)]


async def closed(database: Database, handler: str, account: UUID, count: int) -> list[str]:
    """Wait until so many rows are closed."""

    async def found() -> list[str]:
        return await states(database, handler, account)

    return await until(found, lambda all_: len(all_) == count and "waiting" not in all_)


async def test_what_arrives_is_applied_when_it_is_acknowledged(database: Database) -> None:
    account = uuid4()
    async with leading(database) as receiver:
        await receiver.receive([deposited(account, amount=5, balance=7), deposited(amount=2)])

        assert await amounts(database) == [5, 2]
        assert {row.state for row in await rows_of(database, handlings)} == {"applied"}
        assert {row.attempts for row in await rows_of(database, handlings)} == {1}
        assert [tuple(row) for row in await rows_of(database, SEEN, account_id=account)] == [(account, 7)]
    assert await count_of(database, inbox) == 2


async def test_a_message_that_arrives_again_is_applied_once(database: Database) -> None:
    message, other = deposited(amount=5), deposited(amount=6)
    async with leading(database) as receiver:
        await receiver.receive([message, message])
        await receiver.receive([message, other])
        await until(lambda: amounts(database), lambda found: len(found) == 2)

    assert await amounts(database) == [5, 6]


async def test_an_event_does_not_overtake_one_that_another_process_is_just_storing(database: Database) -> None:
    account = uuid4()
    first, second = deposited(account, amount=1), deposited(account, amount=2, sequence=2)
    async with leading(database) as receiver:
        async with database.writing() as session:
            # As a process does that no longer consumes: the broker has delivered its messages again.
            await session.execute(insert(inbox).values(event_id=first.event_id, type=first.type, body=first.body))
            values = {"subject": first.subject, "sequence": 1, "state": "waiting", "attempts": 0}
            moments = {"received_at": now(), "next_try_at": now()}
            names = [{"event_id": first.event_id, "handler": name} for name in consumer.handlers]
            await session.execute(insert(handlings), [name | values | moments for name in names])
            arriving = asyncio.create_task(receiver.receive([first, second]))
            await asyncio.sleep(0.2)
        await arriving
        await until(lambda: amounts(database), lambda found: len(found) == 2)

    assert await amounts(database) == [1, 2]


async def test_of_two_messages_of_one_id_the_one_that_is_stored_is_applied(database: Database) -> None:
    first = deposited(amount=5)
    async with leading(database) as receiver:
        await receiver.receive([first, deposited(amount=7, id=first.event_id, subject=first.subject)])

    assert await amounts(database) == [5]
    assert [row.body for row in await rows_of(database, inbox)] == [first.body]


async def test_what_was_stored_by_another_process_is_applied_once_when_it_arrives_again(database: Database) -> None:
    message = deposited(amount=5)
    async with leading(database) as receiver:
        await Receiver(database, consumer).receive([message])
        await receiver.receive([message])
        await until(lambda: amounts(database))

    assert await amounts(database) == [5]


async def test_a_process_that_does_not_lead_stores_and_applies_nothing(database: Database) -> None:
    worker = Dispatcher(database, consumer, delays=())
    await Receiver(database, consumer, worker).receive([deposited()])

    assert {row.state for row in await rows_of(database, handlings)} == {"waiting"}
    assert await amounts(database) == []


async def test_a_handler_that_fails_leaves_the_others_of_its_batch_applied_once(database: Database) -> None:
    account = uuid4()
    batch = [deposited(account, amount=13), deposited(amount=1000), deposited(account, amount=2, sequence=2)]
    async with leading(database) as receiver:
        await receiver.receive(batch)
        assert await closed(database, "trace", account, 2) == ["parked", "applied"]

    assert sorted(await amounts(database)) == [2, 1000]
    assert await count_of(database, outbox) == 1
    assert [row.sum for row in await rows_of(database, TOTALS, account_id=account)] == [15]


async def test_what_an_earlier_event_holds_is_stored_and_waits(database: Database) -> None:
    account, other = uuid4(), uuid4()
    async with leading(database, 600) as receiver:
        await receiver.receive([deposited(account, amount=13)])
        await receiver.receive([deposited(account, amount=2, sequence=2), deposited(other, amount=3)])

        assert await states(database, "trace", account) == ["waiting", "waiting"]
        assert await states(database, "trace", other) == ["applied"]
        assert await closed(database, "see", account, 2) == ["applied", "applied"]


async def test_events_of_a_subject_that_arrive_in_no_order_are_applied_in_their_order(database: Database) -> None:
    account = uuid4()
    messages = [deposited(account, amount=number, sequence=number) for number in (3, 1, 2, 5, 4)]
    async with leading(database) as receiver:
        await receiver.receive(messages)
        await closed(database, "trace", account, 5)

    assert await amounts(database) == [1, 2, 3, 4, 5]


async def test_a_projection_that_shows_a_later_event_does_not_go_back(database: Database) -> None:
    account = uuid4()
    async with leading(database) as receiver:
        for number in (3, 1, 2):
            await receiver.receive([deposited(account, amount=1, balance=number, sequence=number)])

        assert await closed(database, "see", account, 3) == ["superseded", "superseded", "applied"]

    assert [row.balance for row in await rows_of(database, SEEN)] == [3]


async def test_arrivals_and_what_waits_are_applied_one_after_the_other(database: Database) -> None:
    accounts = [uuid4() for _ in range(5)]

    def batch(start: int) -> list[Message]:
        return [deposited(each, sequence=number) for number in range(start, start + 5) for each in accounts]

    async with leading(database) as receiver:
        store = Receiver(database, consumer)
        await asyncio.gather(
            *(part for n in range(0, 40, 10) for part in (store.receive(batch(n)), receiver.receive(batch(n + 5))))
        )
        for account in accounts:
            assert await closed(database, "trace", account, 40) == ["applied"] * 40

    assert {tuple(row)[1:] for row in await rows_of(database, TOTALS)} == {(40, 40)}
    assert len(await amounts(database)) == 200


async def test_an_event_that_arrives_costs_one_statement_beside_its_handler(database: Database) -> None:
    seen: list[str] = []

    async def note(_session: WriteSession, message: Message) -> None:
        seen.append(message.event_id)

    one = Consumer("ledger")
    one.raw(Deposited)(note)
    worker = Dispatcher(database, one, delays=())
    worker.leads = True
    receiver, message = Receiver(database, one, worker), deposited()
    with counted(database) as statements:
        await receiver.receive([message, message])

    assert seen == [message.event_id]
    beginnings = [statement.split(" ")[0] for statement in statements]
    # SQLite changes one table with a statement.
    assert beginnings == (["BEGIN", "INSERT", "INSERT"] if database.is_sqlite else ["WITH"])


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements that are executed meanwhile, without those that begin and end transactions."""
    statements: list[str] = []

    def add(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(" ".join(statement.split()))

    event.listen(database.engine.sync_engine, "before_cursor_execute", add)
    try:
        yield statements
    finally:
        event.remove(database.engine.sync_engine, "before_cursor_execute", add)


async def test_a_batch_that_failed_is_said_with_its_error(database: Database, lines: Lines) -> None:
    async with leading(database) as receiver:
        await receiver.receive([deposited(amount=13)])

    assert [line["events"] for line in lines.of("events not applied as they arrived")] == [1]


async def test_what_no_handler_can_read_stops_nobody(database: Database) -> None:
    async with leading(database) as receiver:
        await receiver.receive(
            [deposited(data={"amount": "much"}), Message("1", "none", "none", ""), deposited(amount=4)]
        )
        await until(lambda: amounts(database))

    assert await amounts(database) == [4]
