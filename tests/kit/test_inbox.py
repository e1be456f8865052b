"""Every message that arrives is stored once; one that is no event of ours does not stop the others."""

import json
from typing import Any
from uuid import uuid4

import pytest

from shared.bus import Message
from shared.messaging.consumer import UNREADABLE, Consumer
from shared.messaging.dispatcher import parked_rows, replay
from shared.messaging.receiver import Receiver
from shared.storage.database import Database
from shared.storage.tables import handlings, inbox
from tests.kit.acts import count_of, rows_of
from tests.kit.ledger import Closed, consumer
from tests.kit.messages import deposited


async def test_a_message_is_stored_once_with_a_row_for_each_handler(database: Database) -> None:
    message = deposited(amount=5)

    await Receiver(database, consumer).receive([message])

    rows = await rows_of(database, handlings)
    assert [row.handler for row in rows] == ["see", "add_up", "trace"]
    assert {(row.event_id, row.subject, row.state) for row in rows} == {(message.event_id, message.subject, "waiting")}
    assert [tuple(row) for row in await rows_of(database, inbox)] == [(message.event_id, message.type, message.body)]


async def test_a_message_that_comes_twice_is_stored_once(database: Database) -> None:
    receiver, message = Receiver(database, consumer), deposited()

    await receiver.receive([message, message])
    await receiver.receive([message])

    assert await count_of(database, inbox) == 1
    assert await count_of(database, handlings) == 3


async def test_a_new_handler_gets_its_row_when_the_message_comes_again(database: Database) -> None:
    message = deposited()
    before = Consumer("ledger", {"see": consumer.handlers["see"]})

    await Receiver(database, before).receive([message])
    await Receiver(database, consumer).receive([message])

    assert await count_of(database, inbox) == 1
    assert [row.handler for row in await rows_of(database, handlings)] == ["see", "add_up", "trace"]


async def test_a_message_for_no_handler_leaves_nothing(database: Database) -> None:
    await Receiver(database, consumer).receive([deposited(type=Closed.type)])

    assert not await count_of(database, inbox)
    assert not await count_of(database, handlings)


UNREADABLE_BODIES = {
    "empty": "",
    "no JSON": "{",
    "a list": "[]",
    "nested too deep": "[" * 100_000,
    "NUL": "\0",
    "no id": deposited(id=None).body,
    "a long id": deposited(id="a" * 37).body,
    "no sequence": deposited(sequence=None).body,
    "a negative sequence": deposited(sequence="-1").body,
    "a sequence that no column holds": deposited(sequence="9" * 10).body,
    "more digits than Python reads": deposited(sequence="9" * 5000).body,
    "a subject with a NUL": deposited(subject="account/\0").body,
    "a subject with half a character": deposited().body.replace('"account/', '"\\udc80/'),
    "a long subject": deposited(subject="a" * 201).body,
    "no time": deposited(time=None).body,
    "a time without its zone": deposited(time="2026-01-01T00:00:00").body,
}


@pytest.mark.parametrize("body", UNREADABLE_BODIES.values(), ids=UNREADABLE_BODIES)
async def test_an_unreadable_message_is_parked_and_stops_no_other(database: Database, body: str) -> None:
    good = deposited()
    bad = Message(str(uuid4()), good.type, good.subject, body)

    await Receiver(database, consumer).receive([bad, good])

    async with database.reading() as session:
        (parked,) = await parked_rows(session)
    assert (parked.handler, parked.type) == (UNREADABLE, bad.type)
    assert parked.error
    assert len(await rows_of(database, handlings, state="waiting")) == 3


async def test_a_message_sent_as_another_type_than_its_body_says_is_parked(database: Database) -> None:
    true, other = deposited(), deposited(type=Closed.type)

    await Receiver(database, consumer).receive([Message(true.event_id, other.type, true.subject, true.body)])

    async with database.reading() as session:
        (parked,) = await parked_rows(session)
    assert parked.handler == UNREADABLE
    assert parked.error == f"sent as {other.type}, its body says {true.type}"


async def test_an_unreadable_message_with_the_id_of_an_event_leaves_the_event_its_body(database: Database) -> None:
    good = deposited()
    bad = Message(good.event_id, good.type, good.subject, "{")
    receiver = Receiver(database, consumer)

    for _ in range(2):
        await receiver.receive([bad])
    await receiver.receive([good])

    async with database.reading() as session:
        (parked,) = await parked_rows(session)
    assert parked.body == bad.body
    assert [row.body for row in await rows_of(database, inbox, event_id=good.event_id)] == [good.body]


async def test_an_unreadable_message_is_not_replayed(database: Database) -> None:
    await Receiver(database, consumer).receive([Message("1", "none", "none", "")])

    async with database.writing() as session:
        (row,) = await parked_rows(session)
        replayed = await replay(session, [row.id])

    assert replayed == 0


@pytest.mark.parametrize("extension", [{"traceparent": "x"}, {"partitionkey": 1}, {"data": None}])
async def test_what_the_inbox_need_not_know_is_left_to_the_handlers(database: Database, extension: Any) -> None:
    message = deposited()
    body = json.dumps(json.loads(message.body) | extension)

    await Receiver(database, consumer).receive([Message(message.event_id, message.type, message.subject, body)])

    assert len(await rows_of(database, handlings, state="waiting")) == 3
