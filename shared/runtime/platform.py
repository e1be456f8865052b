"""The services of a process, as values."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncSession

from shared.bus import Bus
from shared.http.routing import Router
from shared.messaging.consumer import Consumer
from shared.messaging.dispatcher import Dispatcher
from shared.messaging.relay import Relay
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.sequencer import Sequencer
from shared.storage.wakeups import BackgroundTask

Say = Callable[[str], None]
Load = Callable[[Database, Say], Awaitable[None]]
Lacks = Callable[[AsyncSession], Awaitable[str | None]]
Job = Callable[[Database, Settings], BackgroundTask]


@dataclass(frozen=True)
class Service:
    """One house: its name, its HTTP door, its tables, its event door, what it loads, what it still lacks."""

    name: str
    router: Router
    metadata: MetaData
    migrations: Path
    consumer: Consumer | None = None
    load: Load | None = None
    """Loads the reference data that the service ships; running it again changes nothing."""
    lacks: Lacks | None = None
    """What the service waits for before it is ready, in a sentence; None when it lacks nothing."""
    jobs: Sequence[Job] = ()
    """The clock door: each makes a loop that the one leading process runs, woken at every commit that left work."""


@dataclass
class Running:
    """A service at work in this process."""

    service: Service
    database: Database
    relay: Relay
    dispatcher: Dispatcher | None
    sequencer: Sequencer


@dataclass
class Platform:
    """What this process runs; the value behind `app.state`."""

    settings: Settings
    bus: Bus
    running: list[Running] = field(default_factory=list)
    caught_up: bool = False
    """Everything that was told before this process was ready has been published and applied once."""
