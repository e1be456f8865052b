"""Fixtures that hold the whole platform: loaded once, copied for each test."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests import forms
from tests.forms import Templates
from tests.servers import Postgres, RabbitMQ

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
    return whole / file.name


@pytest.fixture(scope="session")
def templates(postgres: Postgres, rabbitmq: RabbitMQ, tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """PostgreSQL databases with the real reference data, published and applied."""
    return completed(forms.load(postgres, rabbitmq, tmp_path_factory.mktemp("templates")))


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], None]:
    """Copies a folder of the embedded form, loaded and applied, into another."""
    folder = tmp_path_factory.mktemp("loaded")

    async def load() -> None:
        async with forms.embedded(folder):
            pass

    completed(load())

    def copy(into: Path) -> None:
        shutil.copytree(folder, into, dirs_exist_ok=True)

    return copy
