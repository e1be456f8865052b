"""The databases of the services: each service prepares its own once, and each test finds it as it was prepared."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.servers import Postgres
from shared.settings import Settings
from tests.support.harness import Prepared


@pytest.fixture
def on_sqlite(prepared: Prepared, tmp_path: Path) -> Settings:
    """Settings with a copy of the prepared SQLite database."""
    return prepared.on_sqlite(tmp_path)


@pytest.fixture
def on_postgresql(prepared: Prepared, postgres: Postgres, tmp_path: Path) -> Iterator[Settings]:
    """Settings with the prepared PostgreSQL database, whose rows are put back after the test."""
    with prepared.on_postgresql(postgres, tmp_path) as settings:
        yield settings


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest) -> Settings:
    """Settings with the prepared database, once on each kind."""
    chosen: Settings = request.getfixturevalue(f"on_{request.param}")
    return chosen
