"""Waiting events are applied once and in order; a failed one is tried again, then parked, and holds its subject."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import time_machine
from fastapi import FastAPI
from sqlalchemy import Table

from shared.bus import Message
from shared.clock import now
from shared.messaging.consumer import Consumer
from shared.messaging.dispatcher import Dispatcher, parked_rows, replay
from shared.messaging.receiver import Receiver
from shared.storage.database import Database
from shared.storage.tables import handlings, inbox, outbox
from shared.storage.unit_of_work import WriteSession
from shared.storage.upserts import put_all
from shared.telemetry.traces import given
from tests.kit import ledger
from tests.kit.acts import count_of, database_of, deposit, open_account, rows_of
from tests.kit.conftest import Lines
from tests.kit.ledger import Base, Deposited, Noticed, Seen, consumer
from tests.kit.messages import deposited
from tests.support.waiting import until

SEEN, TOTALS, TRACES = (Base.metadata.tables[name] for name in ("seen", "totals", "traces"))


def dispatcher(database: Database, *delays: float) -> Dispatcher:
    return Dispatcher(database, consumer, delays=delays)


async def receive(database: Database, *messages: Message) -> None:
    await Receiver(database, consumer).receive(messages)


async def apply(database: Database, *messages: Message) -> None:
    await receive(database, *messages)
    await dispatcher(database).apply_all()


async def values(database: Database, table: Table, **where: Any) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await rows_of(database, table, **where)]


async def traces(database: Database) -> list[int]:
    return [row.amount for row in await rows_of(database, TRACES)]


async def states(database: Database, handler: str, *, account: UUID | None = None) -> list[str]:
    """The states of a handler's rows, in the order of their sequence."""
    where = {"handler": handler} | ({"subject": f"account/{account}"} if account else {})
    return [row.state for row in sorted(await rows_of(database, handlings, **where), key=lambda row: row.sequence)]


async def test_a_message_is_applied_once_by_each_handler(database: Database) -> None:
    account = uuid4()
    message = deposited(account, amount=5, balance=7)

    await apply(database, message, message)
    await apply(database, message)

    assert await values(database, SEEN) == [(account, 7)]
    assert await values(database, TOTALS) == [(account, 1, 5)]
    assert await traces(database) == [5]
    assert {row.state for row in await rows_of(database, handlings)} == {"applied"}


async def test_rows_of_one_subject_run_in_their_order(database: Database) -> None:
    account = uuid4()
    messages = [deposited(account, amount=number, sequence=number) for number in range(1, 8)]

    await apply(database, *reversed(messages))

    assert await traces(database) == list(range(1, 8))


async def test_a_projection_shows_the_newest_whatever_the_order_of_arrival(database: Database) -> None:
    account = uuid4()
    messages = [deposited(account, amount=1, balance=number, sequence=number) for number in (3, 1, 2)]

    for message in messages:
        await apply(database, message)

    assert await values(database, SEEN) == [(account, 3)]
    assert await values(database, TOTALS) == [(account, 3, 3)]
    assert await traces(database) == [1, 1, 1]
    assert await states(database, "see") == ["superseded", "superseded", "applied"]
    assert await states(database, "add_up") == await states(database, "trace") == ["applied"] * 3


async def test_a_refusal_is_an_outcome(database: Database) -> None:
    account = uuid4()

    await apply(database, deposited(account, amount=17), deposited(account, amount=1, sequence=2))

    refused, applied = await rows_of(database, handlings, handler="trace")
    assert (refused.state, refused.error, refused.attempts) == ("refused", "overdrawn: Not 17.", 1)
    assert (applied.state, applied.error) == ("applied", None)


async def test_a_poison_message_is_tried_again_after_each_delay_then_parked(database: Database) -> None:
    account, other = uuid4(), uuid4()
    await receive(
        database, deposited(account, amount=13), deposited(account, amount=2, sequence=2), deposited(other, amount=3)
    )

    start, seen = now(), []
    for seconds in (0, 9, 11, 60, 72):
        with time_machine.travel(start + timedelta(seconds=seconds), tick=True):
            await dispatcher(database, 10, 60).apply_all()
        row = (await rows_of(database, handlings, handler="trace"))[0]
        seen.append((row.attempts, row.state))

        assert await states(database, "trace", account=other) == ["applied"]
        assert (await states(database, "trace", account=account))[1] == ("applied" if seconds == 72 else "waiting")

    assert seen == [(1, "waiting"), (1, "waiting"), (2, "waiting"), (2, "waiting"), (3, "parked")]
    assert await traces(database) == [3, 2]
    assert await values(database, TOTALS, account_id=account) == [(account, 2, 15)]


async def test_a_handler_that_fails_keeps_its_row_while_the_others_are_applied(database: Database) -> None:
    message = deposited(amount=13)
    await receive(database, message)

    await dispatcher(database, 60).apply_all()

    rows = {row.handler: (row.state, row.attempts, row.closed_at is None) for row in await rows_of(database, handlings)}
    assert rows == {
        "see": ("applied", 1, False),
        "add_up": ("applied", 1, False),
        "trace": ("waiting", 1, True),
    }
    assert [row.body for row in await rows_of(database, inbox)] == [message.body]


async def test_what_was_parked_is_replayed_once_the_cause_is_gone(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = uuid4()
    await apply(database, deposited(account, amount=13), deposited(account, amount=2, sequence=2))
    async with database.writing() as session:
        (row,) = await parked_rows(session)
        assert await replay(session, [row.id]) == 1
    handler = consumer.handlers["trace"]

    async def mended(session: object, event: object) -> None:
        await handler.call(session, event.model_copy(update={"amount": 14}))  # type: ignore[attr-defined,arg-type]

    monkeypatch.setitem(consumer.handlers, "trace", type(handler)(handler.name, handler.types, handler.kind, mended))
    await dispatcher(database).apply_all()

    assert await traces(database) == [2, 14]
    async with database.writing() as session:
        assert not await parked_rows(session)
        assert await replay(session, [row.id]) == 0


async def test_a_parked_projection_does_not_go_back_behind_what_is_shown(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = uuid4()
    await receive(database, deposited(account, balance=1), deposited(account, balance=2, sequence=2))
    handler = consumer.handlers["see"]
    calls = itertools.count()

    async def fails_twice(session: object, event: object) -> None:
        if next(calls) < 2:
            raise OSError
        await handler.call(session, event)  # type: ignore[arg-type]

    broken = type(handler)(handler.name, handler.types, handler.kind, fails_twice)
    monkeypatch.setitem(consumer.handlers, "see", broken)
    first = await dispatcher(database)._due()
    await dispatcher(database)._apply_together([row for row in first if row.handler == "see"])
    await dispatcher(database).apply_all()
    async with database.writing() as session:
        await replay(session, [row.id for row in await parked_rows(session)])
    await dispatcher(database).apply_all()

    assert await values(database, SEEN) == [(account, 2)]
    assert await states(database, "see") == ["superseded", "applied"]


async def test_one_poison_row_in_a_batch_leaves_the_others_applied_once(database: Database) -> None:
    accounts = [uuid4() for _ in range(100)]
    messages = [deposited(account, amount=13 if number == 50 else 1) for number, account in enumerate(accounts)]

    await apply(database, *messages)

    assert await traces(database) == [1] * 99
    assert await count_of(database, SEEN) == 100
    assert {row[1:] for row in await values(database, TOTALS)} == {(1, 1), (1, 13)}
    assert sorted(await states(database, "trace")) == ["applied"] * 99 + ["parked"]


async def test_what_follows_a_failure_in_its_batch_waits_for_it(database: Database) -> None:
    account = uuid4()
    amounts = [1, 2, 13, 3, 4]
    await receive(
        database, *(deposited(account, amount=amount, sequence=number) for number, amount in enumerate(amounts))
    )

    await dispatcher(database, 60).apply_all()

    assert await states(database, "trace") == ["applied", "applied", "waiting", "waiting", "waiting"]
    assert await states(database, "see") == ["applied"] * 5


def listening(*, poison: int | None = None) -> tuple[Consumer, list[tuple[UUID, list[int]]]]:
    """A door with one handler that takes its events together, and one that does not; what the first has heard."""
    heard: list[tuple[UUID, list[int]]] = []
    door = Consumer("ledger")

    @door.projection(Deposited, into=[Seen], together=True)
    async def see(session: WriteSession, events: Sequence[Deposited]) -> None:
        by_account = itertools.groupby(events, key=lambda event: event.account_id)
        heard.extend((account, [event.balance for event in its]) for account, its in by_account)
        if any(event.balance == poison for event in events):
            raise ValueError("poison")
        last = {event.account_id: event.balance for event in events}
        await put_all(session, Seen, [{"account_id": key, "balance": balance} for key, balance in last.items()])

    door.on(Deposited)(ledger.trace)
    return door, heard


async def applied(database: Database, door: Consumer, *messages: Message) -> None:
    """A message that arrives here is applied, once."""
    await Receiver(database, door).receive(messages)
    await Dispatcher(database, door, delays=()).apply_all()


async def test_a_handler_that_takes_them_together_gets_those_of_a_batch_in_their_order(database: Database) -> None:
    one, other = uuid4(), uuid4()
    door, heard = listening()
    newest, older = (deposited(one, balance=number, sequence=number) for number in (9, 8))

    await applied(database, door, *(deposited(one, balance=number, sequence=number) for number in (1, 2, 3)))
    await applied(database, door, newest)
    await applied(database, door, older, deposited(other, balance=4))

    assert heard == [(one, [1, 2, 3]), (one, [9]), (other, [4])]
    assert sorted(await values(database, SEEN)) == sorted([(one, 9), (other, 4)])
    assert await states(database, "see", account=one) == ["applied"] * 3 + ["superseded", "applied"]
    assert len(await traces(database)) == 6


async def test_one_that_is_poison_is_parked_alone_though_it_came_together_with_others(database: Database) -> None:
    accounts = [uuid4() for _ in range(5)]
    door, heard = listening(poison=2)

    await applied(database, door, *(deposited(account, balance=number) for number, account in enumerate(accounts)))

    assert [balances for _, balances in heard] == [[0], [1], [2], [3], [4]] * 2
    assert sorted(row[1] for row in await values(database, SEEN)) == [0, 1, 3, 4]
    assert sorted(await states(database, "see")) == ["applied"] * 4 + ["parked"]
    assert await states(database, "trace") == ["applied"] * 5


async def test_what_came_late_goes_before_its_elders(database: Database) -> None:
    account = uuid4()
    start = now()
    for seconds, sequence in enumerate((3, 1, 2)):
        with time_machine.travel(start + timedelta(seconds=seconds)):
            await receive(database, deposited(account, amount=sequence, sequence=sequence))

    with time_machine.travel(start + timedelta(seconds=9)):
        await dispatcher(database).apply_all()

    assert await traces(database) == [1, 2, 3]


async def test_what_came_late_does_not_wait_for_a_later_one_that_failed(database: Database) -> None:
    account = uuid4()
    await receive(database, deposited(account, amount=13, sequence=2))
    await dispatcher(database, 60).apply_all()

    await receive(database, deposited(account, amount=1, sequence=1), deposited(account, amount=3, sequence=3))
    await dispatcher(database, 60).apply_all()

    assert await states(database, "trace") == ["applied", "waiting", "waiting"]


async def test_nothing_overtakes_a_row_that_is_held_by_a_failed_one(database: Database) -> None:
    """The first is due between the second, which it holds, and the third, which is due after both."""
    account, start = uuid4(), now()
    for seconds, sequence in ((5, 1), (0, 2), (7, 3), (8, 4)):
        with time_machine.travel(start + timedelta(seconds=seconds)):
            await receive(database, deposited(account, amount=sequence, sequence=sequence))

    with time_machine.travel(start + timedelta(seconds=9)):
        await dispatcher(database).apply_all()

    assert await traces(database) == [1, 2, 3, 4]


async def test_many_rows_of_one_subject_take_few_transactions(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = uuid4()
    await receive(database, *(deposited(account, sequence=number) for number in range(200)))
    worker = dispatcher(database)
    batches = []
    apply_one = worker._apply_together

    async def counted(rows: Any) -> None:
        batches.append(len(rows))
        await apply_one(rows)

    monkeypatch.setattr(worker, "_apply_together", counted)
    await worker.apply_all()

    assert batches == [100] * 6
    assert await values(database, TOTALS) == [(account, 200, 200)]


async def test_an_event_of_a_handler_leaves_once_though_its_batch_failed(database: Database) -> None:
    await apply(database, deposited(amount=1000), deposited(amount=13))

    (row,) = await rows_of(database, outbox)
    assert row.type == Noticed.type


async def test_an_event_of_a_handler_carries_the_trace_of_the_event_it_handled(database: Database) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    await apply(database, deposited(amount=1000, traceparent=trace), deposited(amount=2000))

    first, second = [json.loads(row.body) for row in await rows_of(database, outbox)]
    assert first["traceparent"] == trace
    assert given(second["traceparent"]) not in (None, given(trace))


async def test_an_event_of_a_handler_is_received(client: httpx.AsyncClient, app: FastAPI) -> None:
    account = await open_account(client)
    await deposit(client, account["id"], 1000)

    async def heard() -> bool:
        return await traces(database_of(app)) == [1000, -1000]

    await until(heard)


async def test_what_another_dispatcher_has_closed_is_not_applied_again(database: Database) -> None:
    account = uuid4()
    await receive(database, deposited(account, amount=5))
    slow, quick = dispatcher(database), dispatcher(database)
    due = await slow._due()
    await quick.apply_all()

    await slow._apply_together(due)
    for row in due:
        await slow._apply_together([row])

    assert await traces(database) == [5]
    assert await values(database, TOTALS) == [(account, 1, 5)]


async def test_two_dispatchers_at_once_apply_each_row_once(database: Database) -> None:
    accounts = [uuid4() for _ in range(10)]
    await receive(database, *(deposited(account, sequence=number) for number in range(1, 6) for account in accounts))

    while await dispatcher(database)._due():
        await asyncio.gather(*(dispatcher(database, 0, 0, 0, 0).apply_all() for _ in range(2)), return_exceptions=True)

    assert await traces(database) == [1] * 50
    assert {row[1:] for row in await values(database, TOTALS)} == {(5, 5)}


async def test_data_that_no_longer_fits_its_event_is_parked(database: Database) -> None:
    await apply(database, deposited(data={"amount": "much"}))

    async with database.reading() as session:
        assert len(await parked_rows(session)) == 3


async def test_a_row_whose_handler_is_gone_is_parked(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await receive(database, deposited())
    monkeypatch.delitem(consumer.handlers, "trace")

    await dispatcher(database).apply_all()

    assert await states(database, "trace") == ["parked"]


async def test_each_handler_leaves_one_line_for_the_events_of_a_batch(database: Database, lines: Lines) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    messages = [deposited(traceparent=trace), deposited(amount=2)]

    await apply(database, *messages)

    found = {line["handler"]: line for line in lines.of("events")}
    assert found.keys() == {"see", "add_up", "trace"}
    for line in found.values():
        assert (line["outcome"], line["count"]) == ("applied", 2)
        assert line["event_ids"] == [message.event_id for message in messages]
        assert line["trace_ids"][0] == "0af7651916cd43dd8448eb211c80319c"
        assert line.keys() >= {"service", "ms", "lag_ms"}


async def test_an_event_that_is_not_applied_leaves_a_line_of_its_own(database: Database, lines: Lines) -> None:
    message = deposited(amount=13, traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")

    await apply(database, message)

    [line] = lines.of("event")
    assert (line["handler"], line["outcome"], line["event_id"]) == ("trace", "parked", message.event_id)
    assert line["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    assert line.keys() >= {"service", "type", "subject", "sequence", "attempt", "lag_ms", "error"}


async def test_what_was_stored_while_the_clock_was_ahead_is_applied_at_once(database: Database) -> None:
    account = uuid4()
    with time_machine.travel(now() + timedelta(hours=2)):
        await receive(database, deposited(account, amount=5, balance=5))

    async with running(dispatcher(database, 600.0)):
        await until(lambda: traces(database), lambda found: found == [5])


async def test_a_clock_that_is_set_back_delays_no_try(database: Database) -> None:
    async def attempts() -> int:
        (row,) = await rows_of(database, handlings, handler="trace")
        return int(row.attempts)

    with time_machine.travel(now() + timedelta(hours=2)) as clock:
        async with running(dispatcher(database, 600.0, 600.0)):
            await receive(database, deposited(uuid4(), amount=13, balance=13))
            await until(attempts, lambda count: count == 1)
            clock.shift(timedelta(hours=-2))
            await until(attempts, lambda count: count == 2)


@asynccontextmanager
async def running(dispatcher: Dispatcher) -> AsyncIterator[None]:
    """A dispatcher at work."""
    work = asyncio.create_task(dispatcher.run(asyncio.Event()))
    try:
        yield
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
