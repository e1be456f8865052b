"""Connections to SQLite: one call of their thread for each statement, and the results of `aiosqlite`."""

import sqlite3
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.sqlite import AT_ONCE, Connection

NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT i FROM n"


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[Connection]:
    """An open connection with a table of its own."""
    opened = Connection(str(tmp_path / "numbers.db"), isolation_level=None)
    async with opened:
        await (await opened.cursor()).execute("CREATE TABLE numbers (id INTEGER PRIMARY KEY, i INTEGER UNIQUE)")
        yield opened


@pytest.fixture
def calls(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what the thread is called for."""
    called: list[str] = []
    execute: Callable[..., Any] = connection._execute

    async def counted(work: Callable[..., Any], *arguments: Any) -> Any:
        called.append(work.__name__)
        return await execute(work, *arguments)

    monkeypatch.setattr(connection, "_execute", counted)
    return called


@pytest.mark.parametrize("rows", [0, 1, AT_ONCE - 1])
async def test_a_statement_with_few_rows_is_one_call(connection: Connection, calls: list[str], rows: int) -> None:
    cursor = await connection.cursor()
    await cursor.execute(NUMBERS + " LIMIT ?", (AT_ONCE, rows))
    found = await cursor.fetchall()
    await cursor.close()

    assert found == [(i + 1,) for i in range(rows)]
    assert len(calls) == 1


@pytest.mark.parametrize("rows", [AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE])
async def test_all_rows_are_returned_whatever_their_number(connection: Connection, rows: int) -> None:
    cursor = await connection.cursor()
    await cursor.execute(NUMBERS, (rows,))

    assert await cursor.fetchall() == [(i + 1,) for i in range(rows)]
    assert await cursor.fetchall() == []


@pytest.mark.parametrize("size", [1, 7, AT_ONCE, AT_ONCE + 1, 2 * AT_ONCE + 1])
async def test_rows_are_returned_in_parts(connection: Connection, size: int) -> None:
    cursor = await connection.cursor()
    await cursor.execute(NUMBERS, (2 * AT_ONCE + 2,))
    found: list[Any] = []
    while part := await cursor.fetchmany(size):
        assert len(part) <= size
        found += part

    assert found == [(i + 1,) for i in range(2 * AT_ONCE + 2)]


async def test_rows_that_nobody_asks_for_are_not_computed(connection: Connection, calls: list[str]) -> None:
    cursor = await connection.cursor()
    await cursor.execute(NUMBERS, (10**12,))

    assert await cursor.fetchone() == (1,)
    assert await cursor.fetchmany(3) == [(2,), (3,), (4,)]
    await cursor.close()
    assert len(calls) == 2


async def test_a_statement_that_was_closed_no_longer_holds_its_table(connection: Connection) -> None:
    await (await connection.cursor()).executemany("INSERT INTO numbers (i) VALUES (?)", [(i,) for i in range(2_000)])
    cursor = await connection.cursor()
    await cursor.execute("SELECT i FROM numbers ORDER BY i")
    await cursor.close()

    await (await connection.cursor()).execute("DROP TABLE numbers")


async def test_it_describes_what_it_did_as_the_library_does(connection: Connection, tmp_path: Path) -> None:
    async with aiosqlite.connect(str(tmp_path / "others.db"), isolation_level=None) as other:
        await other.execute("CREATE TABLE numbers (id INTEGER PRIMARY KEY, i INTEGER UNIQUE)")
        for statement in (
            "INSERT INTO numbers (i) VALUES (4), (5)",
            "UPDATE numbers SET i = i + 10",
            "SELECT id, i AS number FROM numbers",
            "SELECT id FROM numbers WHERE i = 0",
            "INSERT INTO numbers (i) VALUES (9) RETURNING id",
            "DELETE FROM numbers",
        ):
            theirs, ours = await other.cursor(), await connection.cursor()
            await theirs.execute(statement)
            await ours.execute(statement)

            assert ours.description == theirs.description, statement
            assert ours.lastrowid == theirs.lastrowid, statement
            assert await ours.fetchall() == await theirs.fetchall(), statement
            assert ours.rowcount == theirs.rowcount, statement
            await theirs.close()


async def test_many_sets_of_values_are_one_call(connection: Connection, calls: list[str]) -> None:
    cursor = await connection.cursor()
    await cursor.executemany("INSERT INTO numbers (i) VALUES (?)", [(1,), (2,), (3,)])
    await cursor.close()

    assert cursor.rowcount == 3
    assert len(calls) == 1


async def test_after_an_error_the_connection_goes_on(connection: Connection) -> None:
    cursor = await connection.cursor()
    await cursor.execute("INSERT INTO numbers (i) VALUES (1)")

    with pytest.raises(sqlite3.IntegrityError):
        await cursor.execute("INSERT INTO numbers (i) VALUES (1)")
    with pytest.raises(sqlite3.IntegrityError):
        await cursor.executemany("INSERT INTO numbers (i) VALUES (?)", [(2,), (1,)])
    with pytest.raises(sqlite3.OperationalError):
        await cursor.execute("SELECT nothing")
    await cursor.execute("SELECT i FROM numbers")

    assert await cursor.fetchall() == [(1,), (2,)]


async def test_a_stream_of_the_database_reads_in_parts(tmp_path: Path) -> None:
    database, first = Database("numbers", Settings(data_dir=tmp_path)), list[int]()
    try:
        async with database.reading() as session:
            stream = await session.stream_scalars(
                text(NUMBERS.replace("?", str(10**12))).execution_options(yield_per=500)
            )
            async for number in stream:
                first.append(number)
                if len(first) == 1_200:
                    break
            await stream.close()
            again = (await session.execute(text("SELECT 7"))).scalar_one()
    finally:
        await database.close()

    assert first == list(range(1, 1_201))
    assert again == 7


@pytest.mark.parametrize("existing", [None, 0o644, 0o666])
async def test_only_the_owner_reads_a_database_whatever_the_folder(tmp_path: Path, existing: int | None) -> None:
    folder = open_to_all(tmp_path, existing)
    database = Database("ledger", Settings(data_dir=folder))

    async with database.writing() as session:
        await session.execute(text("CREATE TABLE one (id INTEGER)"))
        modes = modes_in(folder)
    await database.close()

    assert modes == dict.fromkeys(("ledger.db", "ledger.db-wal", "ledger.db-shm"), "0o600")


async def test_a_database_in_no_folder_is_refused_by_sqlite(tmp_path: Path) -> None:
    database = Database("ledger", Settings(data_dir=tmp_path / "nowhere"))

    with pytest.raises(OperationalError, match="unable to open database file"):
        await database.ask(select(1))
    await database.close()


def open_to_all(folder: Path, mode: int | None) -> Path:
    """A folder that everybody reads, and an empty database of this mode in it."""
    folder.chmod(0o755)
    if mode:
        (folder / "ledger.db").touch()
        (folder / "ledger.db").chmod(mode)
    return folder


def modes_in(folder: Path) -> dict[str, str]:
    """The mode of each file of the database."""
    return {each.name: oct(stat.S_IMODE(each.stat().st_mode)) for each in folder.glob("ledger.db*")}
