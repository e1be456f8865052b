"""The chain of hashes over the history: whoever changes a line past the platform is noticed."""

import asyncio
from typing import Final

import pytest
from sqlalchemy import delete, insert, select, text, update

from shared.storage import chain
from shared.storage.chain import Chainer
from shared.storage.database import Database
from shared.storage.integrity import verify_history
from shared.storage.sequencer import Sequencer
from shared.storage.tables import history, history_hashes, history_head
from tests.kit.acts import count_of, rows_of, store_account, store_deposit
from tests.kit.ledger import Account, Base


async def findings(database: Database) -> list[str]:
    """Return each row that is not as it was written."""
    async with database.reading() as session:
        _, found = await verify_history(session, Base.metadata)
    return [str(each) for each in found]


async def change(database: Database, statement: str) -> None:
    """Change rows past the platform."""
    async with database.engine.begin() as connection:
        if not database.is_sqlite:
            await connection.execute(text("SET session_replication_role = replica"))
        await connection.execute(text(statement))


async def chained(database: Database) -> None:
    """Number and hash every line."""
    while await Sequencer(database).number():
        pass
    while await Chainer(database).extend():
        pass


async def some_history(database: Database) -> None:
    """Seven lines: three accounts, two with deposits."""
    first, second, _ = [await store_account(database, "Ana", "Bo") for _ in range(3)]
    await store_deposit(database, first, 10)
    await store_deposit(database, second, 20)
    await store_deposit(database, first, 30)
    await store_deposit(database, second, 40)
    await chained(database)


async def test_each_line_has_a_hash_that_covers_all_before(database: Database) -> None:
    await some_history(database)

    hashes = await rows_of(database, history_hashes)
    [head] = await rows_of(database, history_head)
    assert [row.position for row in hashes] == list(range(1, 8))
    assert len({row.hash for row in hashes}) == 7
    assert (head.position, head.hash, head.published_position) == (7, hashes[-1].hash, 0)
    assert await findings(database) == []


async def test_lines_are_hashed_in_batches(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "BATCH", 2)

    await some_history(database)

    assert await count_of(database, history_hashes) == 7
    assert await findings(database) == []


async def test_lines_that_wait_for_a_position_or_a_hash_are_no_finding(database: Database) -> None:
    await some_history(database)
    account = await store_account(database)
    await Sequencer(database).number()
    await store_deposit(database, account, 5)

    assert await findings(database) == []


async def test_two_leaders_hash_each_line_once(database: Database) -> None:
    await some_history(database)
    for _ in range(20):
        await store_account(database)
    await Sequencer(database).number()

    counts = await asyncio.gather(Chainer(database).extend(), Chainer(database).extend())

    assert sum(counts) == 20
    assert await findings(database) == []


TAMPERINGS: Final = {
    "a state is edited": (
        "UPDATE history SET state = '{}' WHERE position = 2",
        "history at position 2: the line is not the one that was hashed",
    ),
    "an author is edited": (
        "UPDATE history SET sub = 'somebody' WHERE position = 5",
        "history at position 5: the line is not the one that was hashed",
    ),
    "a moment is edited": (
        "UPDATE history SET at = '2019-03-05 00:00:00+00' WHERE position = 4",
        "history at position 4: the line is not the one that was hashed",
    ),
    "a reason is added": (
        "UPDATE history SET reason = 'because' WHERE position = 7",
        "history at position 7: the line is not the one that was hashed",
    ),
    "the audience is widened": (
        "UPDATE history SET public = NOT public WHERE position = 1",
        "history at position 1: the line is not the one that was hashed",
    ),
    "a line is deleted": (
        "DELETE FROM history WHERE position = 4",
        "history at position 4: missing: the next line has position 5",
    ),
    "the last line is deleted": (
        "DELETE FROM history WHERE position = 7",
        "history after position 6: missing: the chain goes on to 7",
    ),
    "the last line is deleted with its hash": (
        "DELETE FROM history WHERE position = 7; DELETE FROM history_hashes WHERE position = 7",
        "history after position 6: missing: the chain goes on to 7",
    ),
    "all lines are deleted": (
        "DELETE FROM history",
        "history after position 0: missing: the chain goes on to 7",
    ),
    "two lines change places": (
        "UPDATE history SET position = -position WHERE position IN (3, 4); "  # noqa: ISC004 - two statements
        "UPDATE history SET position = position + 7 WHERE position IN (-3, -4)",
        "history at position 3: the line is not the one that was hashed",
    ),
    "a hash is edited": (
        f"UPDATE history_hashes SET hash = '{'0' * 64}' WHERE position = 3",
        "history at position 3: the line is not the one that was hashed",
    ),
    "a hash is deleted": (
        "DELETE FROM history_hashes WHERE position = 3",
        "history_hashes at position 3: missing",
    ),
    "a hash is inserted": (
        f"INSERT INTO history_hashes (position, hash) VALUES (8, '{'0' * 64}')",
        "history_hashes at position 8: there is no such line",
    ),
    "the head is edited": (
        f"UPDATE history_head SET hash = '{'0' * 64}'",
        "history_head 1: its hash is not that of the last line",
    ),
}


@pytest.mark.parametrize(("statement", "finding"), TAMPERINGS.values(), ids=TAMPERINGS.keys())
async def test_a_change_past_the_platform_is_found(database: Database, statement: str, finding: str) -> None:
    await some_history(database)

    for each in statement.split(";"):
        await change(database, each)

    assert finding in await findings(database)


async def test_an_inserted_line_is_found(database: Database) -> None:
    await some_history(database)
    line = dict((await rows_of(database, history, position=7))[0]._mapping)
    async with database.engine.begin() as connection:
        await connection.execute(
            insert(history).values(line | {"id": 99, "position": 8, "version": line["version"] + 1})
        )

    await chained(database)

    found = await findings(database)
    assert any("its history ends at version" in each for each in found)


async def test_an_inserted_line_of_an_object_that_never_was_is_found(database: Database) -> None:
    await some_history(database)
    line = dict((await rows_of(database, history, position=1))[0]._mapping)
    async with database.engine.begin() as connection:
        await connection.execute(
            insert(history).values(line | {"id": 99, "position": None, "known_from": None, "object_id": "another"})
        )

    await chained(database)

    assert await findings(database) == ["accounts another: missing: its history does not say that it was deleted"]


async def test_an_object_that_was_changed_without_a_line_is_found(database: Database) -> None:
    await some_history(database)
    async with database.reading() as session:
        account = (await session.scalars(select(Account).order_by(Account.id))).first()
        assert account
        key = account.key

    await change(database, f"UPDATE accounts SET balance = 1000000 WHERE balance = {account.balance}")

    assert await findings(database) == [f"accounts {key}: `balance` changed without a line of history"]


async def test_an_object_that_was_deleted_without_a_line_is_found(database: Database) -> None:
    await some_history(database)

    await change(database, "DELETE FROM holders")
    await change(database, "DELETE FROM accounts WHERE balance = 40")

    found = await findings(database)
    assert sum("missing: its history does not say that it was deleted" in each for each in found) == 1
    assert sum("`holders` changed without a line of history" in each for each in found) == 2


async def test_an_object_that_was_inserted_without_a_line_is_found(database: Database) -> None:
    await some_history(database)
    async with database.engine.begin() as connection:
        await connection.execute(delete(history_head))
        await connection.execute(update(history).values(position=None, known_from=None))
        await connection.execute(delete(history_hashes))
        await connection.execute(delete(history).where(history.c.object_id == (await _some_key(database))))

    assert any("its history has no line of it" in each for each in await findings(database))


async def _some_key(database: Database) -> str:
    return str((await rows_of(database, history, position=1))[0].object_id)
