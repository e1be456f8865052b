"""The services of a process, as values."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import MetaData, Table
from sqlalchemy.ext.asyncio import AsyncSession

from shared.app_state import AppKey
from shared.bus import Bus
from shared.http.routing import Router
from shared.messaging.consumer import Consumer
from shared.messaging.dispatcher import Dispatcher
from shared.messaging.relay import Relay
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.integrity import Finding
from shared.storage.retention import RetentionPolicy
from shared.storage.sequencer import Sequencer
from shared.storage.wakeups import BackgroundTask

Say = Callable[[str], None]
Load = Callable[[Database, Say], Awaitable[None]]
Lacks = Callable[[AsyncSession], Awaitable[str | None]]
Verify = Callable[[AsyncSession], Awaitable[list[Finding]]]
Job = Callable[[Database, Settings], BackgroundTask]


@dataclass(frozen=True)
class Service:
    """One service: name, HTTP routes, tables, event handlers, reference data, background jobs, replicas.

    Deployment files, gateway map and broker definitions are generated from it: `python -m services generate`.
    """

    name: str
    router: Router
    metadata: MetaData
    migrations: Path
    consumer: Consumer | None = None
    load: Load | None = None
    """Load the reference data that the service ships; idempotent."""
    lacks: Lacks | None = None
    """Return a sentence that names missing data; None if the service can be ready."""
    jobs: Sequence[Job] = ()
    """Factories of background loops that the leading process runs, woken by commits."""
    secrets: Sequence[str] = ()
    """Names of the settings with secrets that no other service takes."""
    retentions: Sequence[RetentionPolicy] = ()
    """Rules on how long the service keeps old rows and contacts, beside those of the kit."""
    verify: Verify | None = None
    """Compare tables of the service with their hashes, in one snapshot."""
    event_copies: Sequence[Table] = ()
    """Tables with `event_id` and `body` of published events, beside those of the kit."""
    replicas: int = 1
    """Number of processes in the distributed form."""


@dataclass
class RunningService:
    """A service that runs in this process."""

    service: Service
    database: Database
    relay: Relay
    dispatcher: Dispatcher | None
    sequencer: Sequencer
    led_at: float = field(default_factory=time.monotonic)
    """When some process was last seen to lead the service, or this one started, by the monotonic clock."""
    has_tables: bool = False
    """True once the database was seen to have all tables."""


@dataclass
class Platform:
    """Everything that this process runs."""

    settings: Settings
    bus: Bus
    running: list[RunningService] = field(default_factory=list)
    caught_up: bool = False
    """True once the backlog of start-up was published and applied."""

    def release_waiting(self) -> None:
        """Let the requests end that wait for news, before the process stops."""
        for running in self.running:
            running.database.release_waiting()


PLATFORM: Final = AppKey[Platform]("platform")
