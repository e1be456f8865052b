"""`python -m services NAME rebuild`, beside the platform at work, in both of its platforms."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.demo.journey import Journey
from app.embedded import SERVICES
from deploy.processes import ROOT
from deploy.servers import free_port
from shared.messaging.consumer import Consumer
from shared.messaging.rebuild import filled, rebuildable
from tests.support import platforms
from tests.support.platforms import Templates
from tests.support.processes import Form
from tests.system.crashes import audit, writers
from tests.system.crashes.writers import Ledger

LISTENERS: dict[str, Consumer] = {each.name: each.consumer for each in SERVICES if each.consumer}
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(params=["embedded", "distributed"])
async def form(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Form]:
    """The platform at work, with the real reference data."""
    if request.param == "embedded":
        await asyncio.to_thread(request.getfixturevalue("loaded"), tmp_path)
        async with platforms.embedded(tmp_path) as form:
            yield form
    else:
        templates: Templates = request.getfixturevalue("templates")
        async with platforms.distributed(templates, tmp_path) as form:
            yield form


def environment(form: Form, service: str) -> Mapping[str, str]:
    """What the command is told: what the service is told, and where the platform answers."""
    process = form.processes.get("embedded", form.processes.get(service))
    assert process
    return {**os.environ, **process.environment, "TERRITORIES_PLATFORM_URL": form.url_of("/v1/journal"),
            "TERRITORIES_PORT": str(process.port)}  # fmt: skip


def start(service: str, environment: Mapping[str, str]) -> subprocess.Popen[str]:
    """The command, under way."""
    return subprocess.Popen(
        [sys.executable, "-m", "services", service, "rebuild"],
        cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip


async def rebuild(form: Form, service: str = "contract") -> str:
    """The command, to its good end; what it said."""
    command = start(service, environment(form, service))
    said, _ = await asyncio.to_thread(command.communicate, None, 120)
    assert command.returncode == 0, said
    return said


async def rows(form: Form, service: str = "contract") -> Rows:
    """What stands in the tables that are made anew."""
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


async def test_what_is_right_stays_and_what_is_lost_comes_back(form: Form) -> None:
    async with Journey(form.client) as story:
        await story.play()
    books = await audit.settled(form)
    await audit.complete(form)
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
    assert after.faults() == []
    assert len(after.outbox) == len(books.outbox), "nothing was told again"


async def test_it_runs_while_others_write(form: Form) -> None:
    async with Journey(form.client) as story:
        await story.register()
        await story.install_governance()
    ledger, stop = Ledger(), asyncio.Event()

    async with asyncio.TaskGroup() as group:
        for write in (writers.declare_figures, writers.submit_actions):
            # As fast as they can, they would leave a queue that takes minutes to apply.
            group.create_task(write(form, ledger, stop, pause=0.2))
        said = [await rebuild(form) for _ in range(3)]
        stop.set()
    await audit.settled(form)
    await audit.complete(form)
    before = await rows(form)
    quiet = await rebuild(form)

    assert len(said) == 3
    assert all_right(quiet)
    assert await rows(form) == before
    figures = [row["metric"] for row in before["declared_figures"] if row["metric"].startswith("kill")]
    assert sorted(figures) == sorted(ledger.figures)
    assert (await audit.settled(form)).faults() == []
    assert ledger.figures
    assert ledger.submitted


async def test_killed_anywhere_it_has_changed_nothing_and_runs_again(form: Form) -> None:
    await audit.complete(form)
    before = await rows(form)
    damage = "UPDATE known_territories SET name = 'essai'"
    await execute(form, "contract", damage)
    damaged = await rows(form)

    for line in ("events read", "1200 of"):
        await asyncio.to_thread(kill_at, start("contract", environment(form, "contract")), line)
        assert await rows(form) == damaged
    await asyncio.to_thread(kill_at, start("contract", environment(form, "contract")), "correcting the tables")
    assert await rows(form) in (damaged, before), "all of it or nothing"
    await rebuild(form)

    assert await rows(form) == before
    assert (await audit.settled(form)).faults() == []


def kill_at(command: subprocess.Popen[str], words: str) -> None:
    """SIGKILL, as soon as it has said this."""
    assert command.stdout
    said = ""
    for line in command.stdout:
        said += line
        if words in line:
            command.kill()
            break
    command.communicate()
    assert words in said, said
    assert command.returncode == -9, said


def test_without_a_journal_it_says_so_and_changes_nothing(loaded: Callable[[Path], None], tmp_path: Path) -> None:
    loaded(tmp_path)
    told = {**os.environ, "TERRITORIES_DATA_DIR": str(tmp_path), "TERRITORIES_PORT": str(free_port())}
    before = (tmp_path / "contract.db").read_bytes()

    command = start("contract", told)
    said, _ = command.communicate(timeout=60)

    assert command.returncode == 1
    assert "contract is as it was." in said
    assert "start the platform, or set TERRITORIES_PLATFORM_URL" in said
    assert (tmp_path / "contract.db").read_bytes() == before


def test_a_service_that_listens_to_nobody_has_nothing_to_rebuild(tmp_path: Path) -> None:
    command = start("territory", {**os.environ, "TERRITORIES_DATA_DIR": str(tmp_path)})
    said, _ = command.communicate(timeout=60)

    assert command.returncode == 0
    assert "nothing to rebuild" in said
