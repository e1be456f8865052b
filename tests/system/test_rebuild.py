"""`python -m services NAME rebuild`, beside the platform at work, in both of its platforms."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app import cli
from app.demo.journey import Journey
from app.embedded import SERVICES
from deploy.servers import free_port
from shared.messaging.consumer import Consumer
from shared.messaging.rebuild import filled, rebuildable
from shared.settings import Settings
from tests.support import platforms
from tests.support.forked import Command
from tests.support.platforms import Templates
from tests.support.processes import Form
from tests.system.crashes import audit, writers
from tests.system.crashes.writers import Ledger

LISTENERS: dict[str, Consumer] = {
    each.name: each.consumer for each in SERVICES if each.consumer and filled(each.consumer)
}
Rows = dict[str, list[dict[str, Any]]]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["embedded", "distributed"])
async def form(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Form]:
    """The platform at work, with the real reference data and a contract that is signed."""
    folder = tmp_path_factory.mktemp("rebuild")
    async with AsyncExitStack() as stack:
        if request.param == "embedded":
            await asyncio.to_thread(request.getfixturevalue("loaded"), folder)
            form = await stack.enter_async_context(platforms.embedded(folder))
        else:
            templates: Templates = request.getfixturevalue("templates")
            form = await stack.enter_async_context(platforms.distributed(templates, folder))
        async with Journey(form.client) as story:
            await story.play()
        yield form


def environment(form: Form, service: str) -> Mapping[str, str]:
    """Return the environment of the command: the service's own, and the address of the platform."""
    process = form.processes.get("embedded", form.processes.get(service))
    assert process
    return {**process.environment, "TERRITORIES_PLATFORM_URL": form.url_of("/v1/journal"),
            "TERRITORIES_PORT": str(process.port)}  # fmt: skip


async def rebuild(form: Form, service: str = "contract") -> str:
    """The command, to its good end; what it said."""
    command = Command(service, "rebuild", environment=environment(form, service))
    said = await asyncio.to_thread(command.finish)
    assert command.process.returncode == 0, said
    return said


async def rows(form: Form, service: str = "contract") -> Rows:
    """Return the rows of the rebuilt tables."""
    return {
        table.name: await audit.query(
            form, service, f"SELECT * FROM {table.name} ORDER BY {', '.join(table.primary_key.columns.keys())}"
        )
        for table in filled(LISTENERS[service])
    }


async def execute(form: Form, service: str, *statements: str) -> None:
    """Change a service's database behind its back."""
    engine = create_async_engine(form.database_url.format(service=service), poolclass=NullPool)
    async with engine.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))
    await engine.dispose()


def all_right(said: str, service: str = "contract") -> bool:
    """Did the command find every table as it should be?"""
    return all(f"{table.name}: was right" in said for table in filled(LISTENERS[service]))


@pytest.mark.asyncio(loop_scope="module")
async def test_what_is_right_stays_and_what_is_lost_comes_back(form: Form) -> None:
    books = await audit.complete(form)
    assert books.violations() == []
    before = {service: await rows(form, service) for service in LISTENERS}

    said = {service: await rebuild(form, service) for service in LISTENERS}
    untouched = {service: await rows(form, service) for service in LISTENERS}
    names = ", ".join(f"'{name}'" for name in rebuildable(LISTENERS["contract"]).handlers)
    await execute(
        form, "contract",
        f"DELETE FROM handlings WHERE handler IN ({names}) AND id % 3 = 0",
        "DELETE FROM inbox WHERE event_id NOT IN (SELECT event_id FROM handlings)",
        "DELETE FROM known_members WHERE position > 1", "DELETE FROM story_lines",
        "UPDATE tallies SET count = count + 1", "UPDATE known_territories SET name = 'essai'",
    )  # fmt: skip
    repaired = await rebuild(form)

    assert untouched == before
    assert [service for service in LISTENERS if not all_right(said[service], service)] == []
    assert await rows(form) == before["contract"]
    assert "known_organisations: was right" in repaired
    assert not all_right(repaired)
    after = await audit.settled(form)
    assert after.violations() == []
    assert len(after.outbox) == len(books.outbox), "nothing was told again"


@pytest.mark.asyncio(loop_scope="module")
async def test_it_runs_while_others_write(form: Form) -> None:
    ledger, stop = Ledger(), asyncio.Event()
    said: list[str] = []
    written = [0]

    async with asyncio.TaskGroup() as group:
        for write in (writers.declare_figures, writers.submit_actions):
            # As fast as they can, they would leave a queue that takes minutes to apply.
            group.create_task(write(form, ledger, stop, pause=0.5))
        for _ in range(3):
            said.append(await rebuild(form))
            written.append(len(ledger.figures) + len(ledger.submitted))
        stop.set()
    assert (await audit.complete(form)).violations() == []
    before = await rows(form)
    quiet = await rebuild(form)

    assert len(said) == 3
    assert all(earlier < later for earlier, later in pairwise(written)), "others wrote during each"
    assert all_right(quiet)
    assert await rows(form) == before
    figures = [row["metric"] for row in before["declared_figures"] if row["metric"].startswith("kill")]
    assert sorted(figures) == sorted(ledger.figures)
    assert (await audit.settled(form)).violations() == []
    assert ledger.figures
    assert ledger.submitted


@pytest.mark.asyncio(loop_scope="module")
async def test_killed_anywhere_it_has_changed_nothing_and_runs_again(form: Form) -> None:
    assert (await audit.complete(form)).violations() == []
    before = await rows(form)
    damage = "UPDATE known_territories SET name = 'essai'"
    await execute(form, "contract", damage)
    damaged = await rows(form)

    for line in ("events read", "1200 of"):
        await asyncio.to_thread(kill_at, line, environment(form, "contract"))
        assert await rows(form) == damaged
    await asyncio.to_thread(kill_at, "correcting the tables", environment(form, "contract"))
    assert await rows(form) in (damaged, before), "all of it or nothing"
    await rebuild(form)

    assert await rows(form) == before
    assert (await audit.settled(form)).violations() == []


def kill_at(words: str, environment: Mapping[str, str]) -> None:
    """SIGKILL, as soon as it has said this."""
    command, said = Command("contract", "rebuild", environment=environment), ""
    for line in command.output:
        said += line
        if words in line:
            command.process.kill()
            break
    said += command.finish()
    assert words in said, said
    assert command.process.returncode == -9, said


def test_without_a_journal_it_says_so_and_changes_nothing(loaded: Callable[[Path], None], tmp_path: Path) -> None:
    loaded(tmp_path)
    settings = {"TERRITORIES_DATA_DIR": str(tmp_path), "TERRITORIES_PORT": str(free_port())}
    before = (tmp_path / "contract.db").read_bytes()

    command = Command("contract", "rebuild", environment=settings)
    said = command.finish()

    assert command.process.returncode == 1
    assert "contract is as it was." in said
    assert "start the platform, or set TERRITORIES_PLATFORM_URL" in said
    assert (tmp_path / "contract.db").read_bytes() == before


async def test_a_service_that_listens_to_nobody_has_nothing_to_rebuild(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = replace(SERVICES[0], consumer=None)

    assert await cli._rebuild(alone, Settings(data_dir=tmp_path)) is None
    assert "nothing to rebuild" in capsys.readouterr().out
