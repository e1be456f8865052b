"""A process that leads: it numbers the journal and plans deliveries, until it is killed."""

import asyncio
import multiprocessing
from multiprocessing.context import ForkServerProcess

from services.notification.jobs.planning import numbering_and_planning
from shared.runtime.leader import lead
from shared.settings import Settings
from shared.storage.database import Database

_processes = multiprocessing.get_context("forkserver")
# It forks without threads or connections, and has imported everything already: the next one is there at once.
_processes.set_forkserver_preload([__name__])


def leader(settings: Settings) -> ForkServerProcess:
    """A process that numbers, or stands by."""
    process = _processes.Process(target=_lead, args=(settings,), daemon=True)
    process.start()
    return process


def _lead(settings: Settings) -> None:
    database = Database("notification", settings)
    asyncio.run(lead(database, [numbering_and_planning(database, settings)], pause=0.05))
