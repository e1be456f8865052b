"""Events tell who changed what, and publish the chain of the history."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from shared.events import Event
from shared.events.history import AT_ONCE, HistoryRecorded
from shared.ids import uuid7
from shared.storage.chain import Chainer
from shared.storage.database import Database
from shared.storage.history_events import HistoryPublisher
from shared.storage.reference_data import LOADER
from shared.storage.sequencer import Sequencer
from shared.storage.tables import history_hashes, outbox
from tests.kit.acts import KEEPER, rows_of, store_account
from tests.kit.conftest import OWNER
from tests.kit.ledger import Account


@pytest.fixture(autouse=True)
def event() -> Iterator[type[HistoryRecorded]]:
    """The event of the ledger."""

    class LedgerHistoryRecorded(HistoryRecorded, name="LedgerHistoryRecorded", publisher="ledger"):
        """Objects of the ledger have changed."""

    yield LedgerHistoryRecorded
    del Event.catalogue[LedgerHistoryRecorded.type], HistoryRecorded.of_publisher["ledger"]


async def published(database: Database) -> list[dict[str, Any]]:
    """Publish what is new; return the data of all such events."""
    while await Sequencer(database).number():
        pass
    while await Chainer(database).extend():
        pass
    while await HistoryPublisher(database, pause=1).publish():
        pass
    return [json.loads(row.body)["data"] for row in await rows_of(database, outbox, subject="history/ledger")]


async def test_a_change_is_published_once_without_the_object(database: Database) -> None:
    account = await store_account(database, "Ana")

    [found] = await published(database)

    [entry] = found["entries"]
    assert entry.pop("at")
    assert entry == {
        "position": 1, "collection": "accounts", "object_id": str(account), "version": 1, "operation": "created",
        "client_id": KEEPER.client_id, "sub": KEEPER.sub, "org": OWNER,
    }  # fmt: skip
    assert (found["first_position"], found["last_position"]) == (1, 1)
    assert found["chain_hash"] == (await rows_of(database, history_hashes))[0].hash
    assert "Ana" not in json.dumps(found)
    assert len(await published(database)) == 1


async def test_many_changes_take_several_events(database: Database) -> None:
    for _ in range(AT_ONCE * 2 + 1):
        await store_account(database)

    found = await published(database)

    hashes = {row.position: row.hash for row in await rows_of(database, history_hashes)}
    assert [each["first_position"] for each in found] == [1, AT_ONCE + 1, AT_ONCE * 2 + 1]
    assert [each["last_position"] for each in found] == [AT_ONCE, AT_ONCE * 2, AT_ONCE * 2 + 1]
    assert [each["chain_hash"] for each in found] == [hashes[each["last_position"]] for each in found]
    assert [len(each["entries"]) for each in found] == [AT_ONCE, AT_ONCE, 1]


async def test_lines_that_load_reference_data_are_counted_and_not_listed(database: Database) -> None:
    async with database.writing(by=LOADER) as session:
        session.add_all(Account(id=uuid7(), owner=OWNER, balance=0) for _ in range(AT_ONCE * 3))
    await store_account(database)

    [found] = await published(database)

    assert found["last_position"] == AT_ONCE * 3 + 1
    assert len(found["entries"]) == 1


async def test_a_line_without_a_hash_is_published_later(database: Database) -> None:
    await store_account(database)
    await Sequencer(database).number()

    assert not await HistoryPublisher(database, pause=1).publish()
    assert len(await published(database)) == 1
