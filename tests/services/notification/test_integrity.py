"""A change of the journal, its heads or the audit log past the platform is noticed."""

from typing import Final

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.notification import commands, queries
from services.notification.jobs.proofs import stamp_next
from services.notification.rules import accumulator, merkle
from shared.clock import now
from shared.events.history import AT_ONCE, ContractHistoryRecorded, HistoryEntry
from shared.ids import uuid7
from tests.services.notification.conftest import House
from tests.services.notification.facts import submitted
from tests.services.notification.test_proofs import closed, hashed
from tests.support import time_stamps


def recorded(first: int, last: int) -> ContractHistoryRecorded:
    """Changes of contracts, as the contract service tells them."""
    entries = [
        HistoryEntry(
            position=position, collection="contracts", object_id=str(uuid7()), version=1, operation="created",
            at=now(), client_id="regional-tool", sub="agent", org="200053759",
        )
        for position in range(first, last + 1)
    ]  # fmt: skip
    return ContractHistoryRecorded(first_position=first, last_position=last, chain_hash="a" * 64, entries=entries)


@pytest.fixture
async def journal(house: House) -> House:
    """A journal with a stamped head, a second head, and an audit log."""
    await house.publish(*(submitted(uuid7()) for _ in range(3)), recorded(1, AT_ONCE))
    await closed(house, 1)
    with time_stamps.serving() as authority:
        assert await stamp_next(house.database, authority.url)
    await house.publish(recorded(AT_ONCE + 1, AT_ONCE + 2))
    await closed(house, 2)
    await hashed(house)
    return house


async def findings(house: House) -> list[str]:
    """Return each row that is not as it was written."""
    async with house.database.reading() as session:
        _, found = await queries.verify_journal(session)
    return [str(each) for each in found]


async def test_a_journal_is_as_it_was_written(journal: House) -> None:
    assert await findings(journal) == []


async def test_events_that_have_no_hash_yet_are_no_finding(journal: House) -> None:
    await journal.publish(submitted(uuid7()))

    assert await findings(journal) == []


ZERO: Final = "0" * 64
ENTRY: Final = "collection, object_id, version, operation, at, client_id, sub"
TAMPERINGS: Final = {
    "a body is edited": (
        "UPDATE journal SET body = replace(body, '2018-ti-7505', '2018-ti-7506') WHERE position = 13",
        "journal at position 13: its body is not the one that was hashed",
    ),
    "a body is emptied": (
        "UPDATE journal SET body = '' WHERE position = 13",
        "journal at position 13: its body is no event",
    ),
    "a type is edited": (
        "UPDATE journal SET type = 'x' WHERE position = 13",
        "journal at position 13: its columns are not those of its body",
    ),
    "a moment is edited": (
        "UPDATE journal SET journaled_at = '2019-03-05 00:00:00+00' WHERE position = 13",
        "journal at position 13: the row is not the one that was hashed",
    ),
    "stakeholders are added": (
        "UPDATE journal SET organisations = '[\"180020026\"]' WHERE position = 13",
        "journal at position 13: the row is not the one that was hashed",
    ),
    "an event is deleted": (
        "DELETE FROM journal WHERE position = 13",
        "journal at position 13: missing: the next event has position 14",
    ),
    "an event is deleted with its hashes": (
        "DELETE FROM journal WHERE position = 13; DELETE FROM journal_hashes WHERE position = 13",
        "journal at position 13: missing: the next event has position 14",
    ),
    "the last event is deleted": (
        "DELETE FROM journal WHERE position = (SELECT max(position) FROM journal)",
        "journal_hashes at position 20: there is no such event",
    ),
    "the last event is deleted with its hashes": (
        (
            "DELETE FROM journal_hashes WHERE position = (SELECT max(position) FROM journal);"
            "DELETE FROM journal WHERE position = (SELECT max(position) FROM journal)"
        ),
        "journal_end 1: it says 20, and the journal ends at position 19",
    ),
    "an event is inserted": (
        (
            "INSERT INTO journal (position, event_id, type, subject, sequence, body, territories, regions,"
            " organisations, operators, journaled_at) SELECT 21, 'another', type, subject, sequence + 1, body,"
            " territories, regions, organisations, operators, journaled_at FROM journal WHERE position = 13"
        ),
        "journal_end 1: it says 20, and the journal ends at position 21",
    ),
    "the end is moved": (
        "UPDATE journal_end SET position = 25",
        "journal_end 1: it says 25, and the journal ends at position 20",
    ),
    "a leaf is edited": (
        f"UPDATE journal_hashes SET leaf = '{ZERO}' WHERE position = 13",
        "journal at position 13: its body is not the one that was hashed",
    ),
    "a hash of the chain is edited": (
        f"UPDATE journal_hashes SET chain = '{ZERO}' WHERE position = 13",
        "journal at position 13: the row is not the one that was hashed",
    ),
    "hashes are deleted": ("DELETE FROM journal_hashes WHERE position = 13", "journal_hashes at position 13: missing"),
    "hashes are inserted": (
        f"INSERT INTO journal_hashes (position, leaf, chain) VALUES (21, '{ZERO}', '{ZERO}')",
        "journal_hashes at position 21: there is no such event",
    ),
    "a node is inserted": (
        f"INSERT INTO journal_nodes (level, number, hash) VALUES (1, 0, '{ZERO}')",
        "journal_nodes 1/0: not the root of its events",
    ),
    "the root of a head is edited": (
        f"UPDATE journal_heads SET root = '{ZERO}' WHERE time_stamp IS NULL",
        "its root is not that of the first 19 events",
    ),
    "the size of a head is edited": (
        "UPDATE journal_heads SET size = 4 WHERE time_stamp IS NULL",
        "its root is not that of the first 4 events",
    ),
    "the day of a head is edited": (
        "UPDATE journal_heads SET day = '2019-03-05' WHERE time_stamp IS NULL",
        "missing: an event has published it",
    ),
    "a head is deleted": ("DELETE FROM journal_heads WHERE time_stamp IS NULL", "missing: an event has published it"),
    "a time stamp is deleted": (
        "UPDATE journal_heads SET time_stamp = NULL, stamped_at = NULL",
        "its time stamp is not the one that an event has published",
    ),
    "the moment of a time stamp is edited": (
        "UPDATE journal_heads SET stamped_at = '2019-03-05 00:00:00+00' WHERE time_stamp IS NOT NULL",
        "`stamped_at` is not the moment of its time stamp",
    ),
    "the time stamp is given to another head": (
        "UPDATE journal_heads SET time_stamp = (SELECT time_stamp FROM journal_heads WHERE size < 19)",
        "its time stamp proves nothing: the time stamp is one of another statement",
    ),
    "stakeholders of a subject are edited": (
        "UPDATE journal_subjects SET organisations = '[]' WHERE subject = 'organisation/200067254'",
        "journal_subjects organisation/200067254: not as the last event of this subject says",
    ),
    "a subject is deleted": (
        "DELETE FROM journal_subjects WHERE subject = 'organisation/200067254'",
        "journal_subjects organisation/200067254: missing",
    ),
    "an audit entry is edited": (
        "UPDATE audit_entries SET sub = 'nobody' WHERE position = 3",
        "audit_entries contract 3: not as the event of its history says",
    ),
    "an audit entry is deleted": (
        "DELETE FROM audit_entries WHERE position = 3",
        "audit_entries contract 3: not as the event of its history says",
    ),
    "an audit entry is inserted": (
        (
            f"INSERT INTO audit_entries (service, position, {ENTRY})"
            f" SELECT service, 99, {ENTRY} FROM audit_entries WHERE position = 3"
        ),
        "audit_entries contract 99: no event of its history says so",
    ),
    "an audit entry of another service is inserted": (
        (
            f"INSERT INTO audit_entries (service, position, {ENTRY})"
            f" SELECT 'catalog', position, {ENTRY} FROM audit_entries WHERE position = 3"
        ),
        "audit_entries catalog 3: no event of its history says so",
    ),
}


async def test_each_change_past_the_platform_is_found(journal: House) -> None:
    for name, (statements, finding) in TAMPERINGS.items():
        async with journal.database.engine.connect() as connection:
            for statement in statements.split(";"):
                await connection.execute(text(statement))
            async with AsyncSession(connection) as session:
                _, found = await queries.verify_journal(session)
            await connection.rollback()

        assert [each for each in map(str, found) if finding in each], (name, found)
    assert await findings(journal) == []


async def test_a_changed_node_of_the_tree_is_found(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (merkle, accumulator, commands.proofs):
        monkeypatch.setattr(module, "WIDTH", 4)
    await house.publish(*(submitted(uuid7()) for _ in range(10)))
    await hashed(house)
    assert await findings(house) == []

    for statement, keys in (
        (f"UPDATE journal_nodes SET hash = '{ZERO}' WHERE level = 1 AND number = 2", ["1/2"]),
        ("DELETE FROM journal_nodes WHERE level = 1 AND number = 3", ["1/2", "1/3"]),
        (f"INSERT INTO journal_nodes (level, number, hash) VALUES (3, 0, '{ZERO}')", ["1/2", "1/3", "3/0"]),
    ):
        async with house.database.engine.begin() as connection:
            await connection.execute(text(statement))

        assert await findings(house) == [f"journal_nodes {key}: not the root of its events" for key in keys]
