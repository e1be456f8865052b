"""A process that writes events into the journal, several at a time, until it is killed."""

import asyncio
import multiprocessing
import random
from multiprocessing.context import ForkServerProcess
from uuid import UUID

from services.notification import commands
from shared.ids import uuid7
from shared.settings import Settings
from shared.storage.database import Database
from tests.services.notification.facts import submitted
from tests.support.harness import message

_processes = multiprocessing.get_context("forkserver")
# It forks without threads or connections, and has imported everything already: the next one is there at once.
_processes.set_forkserver_preload([__name__])

WRITERS, SUBJECTS = 8, 20


def writer(settings: Settings) -> ForkServerProcess:
    """Start a process that writes events of objects of its own."""
    process = _processes.Process(target=_write, args=(settings,), daemon=True)
    process.start()
    return process


def _write(settings: Settings) -> None:
    asyncio.run(_work(Database("notification", settings)))


async def _work(database: Database) -> None:
    objects = [(uuid7(), asyncio.Lock()) for _ in range(SUBJECTS)]
    async with asyncio.TaskGroup() as group:
        for _ in range(WRITERS):
            group.create_task(_write_some(database, objects))


async def _write_some(database: Database, objects: list[tuple[UUID, asyncio.Lock]]) -> None:
    while True:
        action, alone = random.choice(objects)
        # One at a time writes of an object, as the dispatcher has it.
        async with alone, database.writing() as session:
            await commands.record_events(session, [message(submitted(action)) for _ in range(random.randint(1, 3))])
            # Others come meanwhile, and wait.
            await asyncio.sleep(random.uniform(0, 0.005))
