"""A broker without memory, a database that cuts connections or stands still, a standby whose output nobody reads.

Writes go on all the while. Once the cause is gone, everything that was accepted is applied and delivered within a
minute, once and in order.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.processes import Process
from deploy.servers import Postgres, RabbitMQ
from tests.support import platforms
from tests.support.platforms import Templates
from tests.support.processes import Form
from tests.system.crashes import audit, subscribers, writers
from tests.system.crashes.writers import Ledger

MINUTE = 60.0


@dataclass
class Scene:
    """A platform at work, with its servers."""

    form: Form
    folder: Path
    postgres: Postgres
    rabbitmq: RabbitMQ


Trouble = Callable[[Scene], Awaitable[None]]


async def a_broker_short_of_memory(scene: Scene) -> None:
    """The broker reads nothing from those who publish."""
    try:
        await asyncio.to_thread(scene.rabbitmq.ctl, "set_vm_memory_high_watermark", "0.000001")
        await asyncio.sleep(4)
    finally:
        await asyncio.to_thread(scene.rabbitmq.ctl, "set_vm_memory_high_watermark", "0.4")


async def a_database_that_ends_its_connections(scene: Scene) -> None:
    """An administrator, a failover or a pooler between them ends every connection, again and again."""
    prefix = scene.form.database_url.rpartition("/")[2].partition("_{")[0]
    for _ in range(10):
        await asyncio.to_thread(
            scene.postgres.sql,
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE '{prefix}_%'",
        )
        await asyncio.sleep(0.3)


async def a_database_that_stands_still(scene: Scene) -> None:
    """The database answers nothing for a while, and its connections stay open."""
    try:
        await asyncio.to_thread(scene.postgres.pause)
        await asyncio.sleep(4)
    finally:
        await asyncio.to_thread(scene.postgres.resume)


async def a_standby_whose_output_nobody_reads(scene: Scene) -> None:
    """The leader dies; who takes over writes its log into a pipe that is full."""
    leader = scene.form.processes["contract"]
    os.mkfifo(pipe := scene.folder / "unread")
    held = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    try:
        with suppress(BlockingIOError):
            while os.write(held, b"x" * 4096):
                pass
        standby = Process(leader.arguments, leader.environment, pipe)
        standby.start()
        await asyncio.to_thread(leader.kill)
        scene.form.processes["contract"] = standby
        await standby.ready()
        await asyncio.sleep(2)
        leader.start()
        await asyncio.to_thread(standby.stop)
        await leader.ready()
    finally:
        scene.form.processes["contract"] = leader
        os.close(held)


TROUBLES: list[Trouble] = [
    a_broker_short_of_memory,
    a_database_that_ends_its_connections,
    a_database_that_stands_still,
    a_standby_whose_output_nobody_reads,
]


@asynccontextmanager
async def writing(form: Form, ledger: Ledger) -> AsyncIterator[None]:
    """Writers at work, whatever happens; those that are refused try again under their keys."""
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for write in (writers.declare_figures, writers.submit_actions):
            group.create_task(write(form, ledger, stop, pause=0.1))
        yield
        stop.set()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.__name__)
async def test_a_trouble_delays_and_loses_nothing(
    templates: Templates, postgres: Postgres, rabbitmq: RabbitMQ, tmp_path: Path, trouble: Trouble
) -> None:
    ledger = Ledger()
    async with (
        platforms.distributed(templates, tmp_path, **subscribers.DELIVERING) as form,
        subscribers.partners(form, tmp_path) as partners,
    ):
        async with writing(form, ledger):
            await trouble(Scene(form, tmp_path, postgres, rabbitmq))
            # What is accepted now waits behind what has piled up.
            await asyncio.sleep(1)
        begun = time.monotonic()
        books = await audit.complete(form, seconds=MINUTE)
        await partners.complete(books, seconds=begun + MINUTE - time.monotonic())
        declared = await audit.query(form, "contract", "SELECT metric FROM declared_figures WHERE metric LIKE 'kill%'")

    assert books.violations() == []
    assert partners.violations(books) == []
    assert sorted(row["metric"] for row in declared) == sorted(ledger.figures)
    assert ledger.figures
    assert ledger.submitted
