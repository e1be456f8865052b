"""Fixtures of all tests, and what others are made of."""

import asyncio
import fcntl
import sqlite3
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, TypeVar

import pytest
from sqlalchemy import Dialect, event
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import LRUCache

from deploy import processes
from shared.storage import database
from tests.support import certificates, forked

Result = TypeVar("Result")


def completed(work: Coroutine[Any, Any, Result]) -> Result:
    """Run it to its end, on a loop of its own: a session's fixture may be asked for while a test's loop runs."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def sealed(file: Path) -> Path:
    """A SQLite database in one file, for copying: a connection that is still closing may hold some of it in another."""
    (whole := file.parent / "sealed").mkdir()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("VACUUM INTO ?", (str(whole / file.name),))
    # The mode stays with the file. Connections that switched to it at once, in a test, would lock each other out.
    with closing(sqlite3.connect(whole / file.name)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    return whole / file.name


@pytest.fixture(scope="session", autouse=True)
def forking() -> Iterator[None]:
    """Fork the processes of the platform, wherever a test starts one."""
    with forked.spawning(forked.fork):
        yield


@pytest.fixture(scope="session", autouse=True)
def certificates_read_once() -> None:
    """Read the certificates once in each worker."""
    certificates.share()


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """Compile a statement once in each worker: every test has an engine of its own, which would compile it anew."""
    dialects: dict[str, Dialect] = {}
    compiled: LRUCache[Any, Any] = LRUCache(5_000)

    def sharing(make: Callable[..., AsyncEngine]) -> Callable[..., AsyncEngine]:
        def engine_of(*args: Any) -> AsyncEngine:
            made = make(*args)
            engine, kind = made.sync_engine, made.url.drivername
            if kind not in dialects:
                # It knows its server from the first connection on.
                event.listen(engine, "connect", lambda *_: dialects.setdefault(kind, engine.dialect))
            # The dialect belongs to the key of a compiled statement.
            engine.dialect, engine._compiled_cache = dialects.get(kind, engine.dialect), compiled
            return made

        return engine_of

    with pytest.MonkeyPatch.context() as patch:
        for name in ("_sqlite", "_postgresql"):
            patch.setattr(database, name, sharing(getattr(database, name)))
        yield


@pytest.fixture(scope="module")
def interpreters() -> Iterator[None]:
    """Start interpreters, as users do."""
    with forked.spawning(processes.interpreter):
        yield


@pytest.fixture(scope="session")
def commons(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all workers of this run share."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@contextmanager
def first_to_make(folder: Path) -> Iterator[Path | None]:
    """For the first worker that asks, a folder to fill, which is then `folder`; nothing for those who waited for it."""
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            yield None
            return
        draft = Path(mkdtemp(prefix=folder.name, dir=folder.parent))
        yield draft
        draft.rename(folder)
