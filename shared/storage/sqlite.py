"""Connections to SQLite that call their thread once for each statement.

A connection of `aiosqlite` executes everything in a thread of its own, and to call that thread costs more than most
statements take. A statement is four calls there: create a cursor, execute, fetch, close. Here it is one.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from threading import Thread
from typing import Any, Final, Self

import aiosqlite

AT_ONCE: Final = 1_000
"""Number of rows fetched in one call, if not all are wanted."""


class Connection(aiosqlite.Connection):
    """A connection to SQLite with the cursors of this module."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(partial(sqlite3.connect, *args, **options), AT_ONCE)
        self.thread: Thread = self._thread
        self.thread.daemon = True

    async def cursor(self) -> "Cursor":  # type: ignore[override]
        """Return a new cursor."""
        return Cursor(self)


class Cursor(aiosqlite.Cursor):
    """The cursor of one statement, whose first rows are fetched with it."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, None)  # type: ignore[arg-type]
        self._rows: list[Any] = []
        self._is_open = False

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> Self:
        """Execute a statement and fetch its first rows."""
        await self._call(self._start, sql, parameters or ())
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> Self:
        """Execute a statement once for each set of values."""
        await self._call(self._start_many, sql, parameters)
        return self

    async def fetchmany(self, size: int | None = None) -> Sequence[Any]:
        """Return the next rows, at most so many."""
        wanted = size or self.arraysize
        if self._is_open and len(self._rows) < wanted:
            await self._call(self._fetch, wanted)
        rows, self._rows = self._rows[:wanted], self._rows[wanted:]
        return rows

    async def fetchone(self) -> Any | None:
        """Return the next row, or None."""
        return next(iter(await self.fetchmany(1)), None)

    async def fetchall(self) -> Sequence[Any]:
        """Return all the other rows."""
        if self._is_open:
            await self._call(self._fetch_all)
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """End the statement."""
        if self._is_open:
            await self._call(self._end)

    async def _call(self, work: Callable[..., None], *arguments: Any) -> None:
        await self._execute(work, *arguments)  # type: ignore[no-untyped-call]

    # The thread calls what follows.

    def _start(self, sql: str, parameters: Any) -> None:
        self._cursor = self._conn._conn.cursor()  # noqa: SLF001
        self._cursor.execute(sql, parameters)
        self._is_open = True
        self._fetch(AT_ONCE)

    def _start_many(self, sql: str, parameters: Iterable[Any]) -> None:
        self._cursor = self._conn._conn.cursor()  # noqa: SLF001
        self._cursor.executemany(sql, parameters)
        self._end()

    def _fetch(self, wanted: int) -> None:
        wanted = max(wanted, AT_ONCE)
        rows = self._cursor.fetchmany(wanted)
        self._rows += rows
        if len(rows) < wanted:
            self._end()

    def _fetch_all(self) -> None:
        self._rows += self._cursor.fetchall()
        self._end()

    def _end(self) -> None:
        self._cursor.close()
        self._is_open = False
