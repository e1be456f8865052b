"""`python -m services verify`, as an operator types it."""

import asyncio
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import insert, update
from typer.testing import CliRunner

from app.cli import cli
from services.notification import commands
from services.notification.jobs.proofs import hash_next
from shared.clock import now
from shared.settings import Settings
from shared.storage.chain import LINES, START, covered_by_hash, next_hash
from shared.storage.database import Database
from shared.storage.tables import history_hashes, history_head
from tests.support import platforms
from tests.support.hashing import hash_all


@pytest.fixture(scope="module")
def kept(loaded: Callable[[Path], None], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A platform that was loaded, whose histories were published and whose journal has a head; stopped."""
    folder = tmp_path_factory.mktemp("kept")
    loaded(folder)
    asyncio.run(_publish(folder))
    return folder


async def _publish(folder: Path) -> None:
    await hash_all(Settings(data_dir=folder), published=True)
    async with platforms.embedded(folder):
        pass
    await hash_all(Settings(data_dir=folder))
    database = Database("notification", Settings(data_dir=folder))
    async with database.writing() as session:
        assert await commands.close_day(session, at=now() + timedelta(days=1))
    await database.close()


@pytest.fixture
def folder(kept: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    for file in kept.glob("*.db"):
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(tmp_path / file.name)) as copy:
            source.backup(copy)
    return tmp_path


def verify(folder: Path, *options: str) -> tuple[int, str]:
    """Run the command; return its exit code and what it says."""
    done = CliRunner().invoke(cli, ["verify", *options], env={"TERRITORIES_DATA_DIR": str(folder)})
    assert "Traceback" not in done.output
    return done.exit_code, done.output


def change(folder: Path, service: str, statement: str, *values: Any) -> None:
    """Change one row past the platform."""
    with closing(sqlite3.connect(folder / f"{service}.db")) as database, database:
        assert database.execute(statement, values).rowcount == 1


def test_a_platform_is_as_it_was_written(folder: Path) -> None:
    code, said = verify(folder)

    assert code == 0
    assert said.count("as they were written") == 4
    assert "territory: 1," in said


LACQ: Final = "territory_key = '2018-ti-7505'"
ONE: Final = "= (SELECT id FROM outbox LIMIT 1)"
TAMPERINGS: Final = {
    "a territory is renamed": (
        "territory",
        "UPDATE territories SET name = 'Ailleurs' WHERE key = '2018-ti-7505'",
        "territories 2018-ti-7505: `name` changed without a line of history",
    ),
    "a member leaves a territory": (
        "territory",
        f"DELETE FROM memberships WHERE rowid = (SELECT min(rowid) FROM memberships WHERE {LACQ})",
        "territories 2018-ti-7505: `members` changed without a line of history",
    ),
    "a figure is deleted": (
        "territory",
        "DELETE FROM figures WHERE id = (SELECT id FROM figures LIMIT 1)",
        "missing: its history does not say that it was deleted",
    ),
    "a line of history is edited": (
        "territory",
        "UPDATE history SET sub = 'nobody' WHERE position = 700",
        "history at position 700: the line is not the one that was hashed",
    ),
    "a service of the catalogue is renamed": (
        "catalog",
        "UPDATE services SET name = 'Autre' WHERE code = 'BDT-05'",
        "`name` changed without a line of history",
    ),
    "an event of the outbox is edited": (
        "contract",
        f"UPDATE outbox SET body = replace(body, '2018', '2019') WHERE id {ONE}",
        "not the event that the journal has",
    ),
    "an event of an inbox is edited": (
        "contract",
        "UPDATE inbox SET body = body || ' ' WHERE event_id = (SELECT event_id FROM inbox LIMIT 1)",
        "not the event that the journal has",
    ),
    "an event of the journal is edited": (
        "notification",
        "UPDATE journal SET body = replace(body, '{', '{ ') WHERE position = 200",
        "journal at position 200: its body is not the one that was hashed",
    ),
    "a node of the tree is edited": (
        "notification",
        "UPDATE journal_nodes SET hash = ? WHERE level = 1 AND number = 3",
        "journal_nodes 1/3: not the root of its events",
    ),
}


@pytest.mark.parametrize(("service", "statement", "finding"), TAMPERINGS.values(), ids=TAMPERINGS.keys())
def test_one_row_changed_past_the_platform_is_found(folder: Path, service: str, statement: str, finding: str) -> None:
    change(folder, service, statement, *["0" * 64] * statement.count("?"))

    code, said = verify(folder)

    assert code == 1
    assert finding in said


def test_a_history_that_is_hashed_anew_does_not_fit_the_events(folder: Path) -> None:
    """Somebody with the whole database of a service can make a chain that is right in itself."""
    change(folder, "territory", "UPDATE history SET sub = 'nobody' WHERE position = 3")
    asyncio.run(_hash_history_anew(folder))

    code, said = verify(folder)

    assert code == 1
    assert said.count("territory: history up to position") == 1
    assert "not the lines that an event has published" in said


async def _hash_history_anew(folder: Path) -> None:
    database = Database("territory", Settings(data_dir=folder))
    async with database.engine.begin() as connection:
        hashes, last = [], START
        for line in await connection.execute(LINES, {"after": 0}):
            last = next_hash(last, covered_by_hash(line))
            hashes.append({"position": line.position, "hash": last})
        await connection.execute(history_hashes.delete())
        await connection.execute(insert(history_hashes), hashes)
        await connection.execute(update(history_head).values(hash=last))
    await database.close()


def test_a_journal_that_is_hashed_anew_does_not_fit_a_head_that_was_kept(folder: Path, tmp_path: Path) -> None:
    """Somebody with the whole database of the journal can make a tree that is right in itself."""
    heads = tmp_path / "heads.json"
    heads.write_text(json.dumps({"items": [asyncio.run(_head(folder))], "next": None}))
    assert verify(folder, "--heads", str(heads))[0] == 0

    body, *_ = _row(folder, "SELECT body FROM journal WHERE position = 200")
    change(folder, "notification", "UPDATE journal SET body = ? WHERE position = 200", body.replace("{", "{ "))
    asyncio.run(_hash_journal_anew(folder))
    code, said = verify(folder, "--heads", str(heads))

    assert code == 1
    assert "not the events of the head that was kept elsewhere" in said


def _row(folder: Path, statement: str) -> tuple[Any, ...]:
    with closing(sqlite3.connect(folder / "notification.db")) as database:
        row: tuple[Any, ...] = database.execute(statement).fetchone()
        return row


async def _head(folder: Path) -> dict[str, Any]:
    day, size, root = _row(folder, "SELECT day, size, root FROM journal_heads")
    return {"day": day, "size": size, "root": root}


async def _hash_journal_anew(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "notification.db")) as tables, tables:
        for table in ("journal_hashes", "journal_nodes", "journal_heads"):
            tables.execute(f"DELETE FROM {table}")
    database = Database("notification", Settings(data_dir=folder))
    while await hash_next(database):
        pass
    await database.close()


@pytest.mark.parametrize("content", ["", "{", "[" * 100_000])
def test_a_file_that_holds_no_heads_is_refused(tmp_path: Path, folder: Path, content: str) -> None:
    file = tmp_path / "heads.json"
    file.write_text(content)

    code, said = verify(folder, "--heads", str(file))

    assert code == 1
    assert said == f"{file} is no JSON file that can be read.\n"
