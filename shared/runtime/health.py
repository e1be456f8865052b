"""Is it alive, is it ready, what does it measure."""

import time
from typing import Final, Literal

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from shared.http import idempotency
from shared.http.routing import Tag
from shared.http.schemas import Answer
from shared.messaging.dispatcher import unapplied
from shared.problem import Unavailable, documented, example_members
from shared.runtime.leader import is_led
from shared.runtime.platform import PLATFORM, Platform, RunningService
from shared.storage.database import Database
from shared.storage.failures import failure_of
from shared.storage.migrations import missing_tables
from shared.storage.outbox import unpublished
from shared.storage.sequencer import unnumbered

WRITABLE: Final = 60.0
"""Time after which it is tried again whether a database takes changes, in seconds; after a failure, at once."""
LEADERLESS: Final = 15.0
"""Time without a leading process, in seconds, after which a service is not ready: one takes over sooner."""

router = APIRouter(tags=[Tag("Machine", "Whether a process is alive, and whether it is ready.")])


class NotReady(Unavailable):
    """The process is up, but not yet, or no longer, able to do its work: `lacking` says why."""

    shown = example_members(lacking=["territory: 48 events are still to be published"])


class Alive(Answer):
    """The process answers."""

    status: Literal["alive"]


class Ready(Answer):
    """It can do its work."""

    status: Literal["ready"]


@router.get("/health/live", operation_id="live", summary="Is the process alive", response_model=Alive)
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.get(
    "/health/ready",
    operation_id="ready",
    summary="Is the process ready",
    response_model=Ready,
    responses=documented(NotReady),
)
async def ready(request: Request) -> dict[str, str]:
    """Databases take changes, queues are there, some process leads, the reference data is loaded and applied."""
    if lacking := await lacking_of(PLATFORM.of(request)):
        raise NotReady("Wait, or see to what is lacking.", lacking=lacking, headers={"Retry-After": "1"})
    return {"status": "ready"}


async def lacking_of(platform: Platform) -> list[str]:
    """Return what a platform lacks to be ready, in one sentence each."""
    lacking = [f"{name} is missing" for name in await platform.bus.missing()]
    for running in platform.running:
        lacking += await _lacking(running)
    if not lacking and not platform.caught_up:
        lacking = await _still_to_do(platform)
        platform.caught_up = not lacking
    return lacking


async def _lacking(running: RunningService) -> list[str]:
    name, lacks = running.service.name, running.service.lacks
    try:
        async with running.database.reading() as session:
            await session.execute(text("SELECT 1"))
            if not running.has_tables and (missing := await missing_tables(session, running.service.metadata)):
                return [f"{name}: {len(missing)} tables are missing: run `python -m services {name} migrate`"]
            running.has_tables = True
            lacking = [await lacks(session)] if lacks else []
            if await is_led(running.database, session):
                running.led_at = time.monotonic()
        await _check_writable(running.database)
    except Exception as error:  # whatever it is, the service is not ready
        failure = failure_of(error) or f"the database does not answer ({type(error).__name__})"
        return [f"{name}: {failure}"]
    if time.monotonic() > running.led_at + LEADERLESS:
        lacking.append("no process leads, so nothing is published or applied")
    lacking += [f"no queue takes {event}" for event in sorted(running.relay.unroutable)]
    return [f"{name}: {what}" for what in lacking if what]


async def _check_writable(database: Database) -> None:
    """Commit a change, now and then: nothing else shows that there is room."""
    if time.monotonic() < database.writable_at + WRITABLE:
        return
    async with database.writing() as session:
        await idempotency.rehearse(session)
    database.writable_at = time.monotonic()


async def _still_to_do(platform: Platform) -> list[str]:
    """Outboxes first, then inboxes: what leaves an outbox is in an inbox before it is looked at."""
    lacking = []
    for count, doing in ((unpublished, "published"), (unapplied, "applied")):
        for running in platform.running:
            async with running.database.reading() as session:
                if waiting := await count(session):
                    lacking.append(f"{running.service.name}: {waiting} events are still to be {doing}")
    return lacking or await _still_to_number(platform)


async def _still_to_number(platform: Platform) -> list[str]:
    """Feeds end at the first row without a position."""
    lacking = []
    for running in platform.running:
        async with running.database.reading() as session:
            if waiting := await unnumbered(session):
                lacking.append(f"{running.service.name}: {waiting} lines of history are still to be numbered")
    return lacking


@router.get("/metrics", include_in_schema=False)
async def metrics() -> Response:
    """Prometheus metrics; never routed at the edge."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
