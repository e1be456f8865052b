"""Fixtures that hold the whole platform: loaded once, copied for each test."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.servers import Postgres, RabbitMQ
from shared.settings import Settings
from tests.support import platforms
from tests.support.fixtures import completed, first_to_make
from tests.support.hashing import hash_all
from tests.support.platforms import Templates


@pytest.fixture(scope="session")
def templates(
    postgres: Postgres, rabbitmq: RabbitMQ, commons: Path, tmp_path_factory: pytest.TempPathFactory
) -> Templates:
    """PostgreSQL databases with the real reference data, published and applied."""
    templates, dumped = Templates(postgres, rabbitmq), commons / "dumped"
    with first_to_make(dumped) as draft:
        if draft:
            completed(platforms.load(templates, tmp_path_factory.mktemp("templates")))
            templates.dump(draft)
        else:
            templates.restore(dumped)
    return templates


@pytest.fixture(scope="session")
def loaded(commons: Path) -> Callable[[Path], None]:
    """Copies a folder of the embedded form, loaded and applied, into another."""

    async def load(folder: Path) -> None:
        async with platforms.embedded(folder):
            pass
        # Each copy would do it, beside its test.
        await hash_all(Settings(data_dir=folder))

    with first_to_make(commons / "loaded") as draft:
        if draft:
            completed(load(draft))

    def copy(into: Path) -> None:
        shutil.copytree(commons / "loaded", into, dirs_exist_ok=True)

    return copy
