"""Background tasks: hash the journal, publish its head each day, have the heads time-stamped."""

import asyncio
import secrets
from typing import Final

import httpx

from services.notification import commands, queries
from services.notification.rules.heads import statement_of
from shared.clock import now
from shared.security.access import Caller
from shared.security.roles import Role
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.wakeups import BackgroundTask, wait_for_wakeup
from shared.telemetry.error_names import error_name
from shared.telemetry.log import log

PAUSE: Final = 1.0
"""Seconds between two looks for new events."""
HEAD_PAUSE: Final = 60.0
"""Seconds between two looks for the end of a day, and two requests for a time stamp."""
PATIENCE: Final = 10
"""Maximum time for an answer of the authority of time stamps, in seconds."""
CLOCK: Final = Caller(client_id="clock", sub="clock", role=Role.PLATFORM)


def hashing(database: Database, _settings: Settings) -> BackgroundTask:
    """Return the background task that hashes new events."""

    async def run(wake: asyncio.Event) -> None:
        while True:
            # First the pause: the events of a second cost little more than one.
            await wait_for_wakeup(wake, PAUSE)
            while await hash_next(database):
                pass

    return BackgroundTask(run)


def closing(database: Database, settings: Settings) -> BackgroundTask:
    """Return the background task that publishes heads and has them time-stamped."""

    async def run(wake: asyncio.Event) -> None:
        while True:
            await wait_for_wakeup(wake, HEAD_PAUSE)
            await publish_head(database)
            if settings.timestamp_url:
                while await stamp_next(database, settings.timestamp_url):
                    pass

    return BackgroundTask(run)


async def hash_next(database: Database) -> bool:
    """Hash the next events; return False if none was left."""
    [(is_unhashed,)] = await database.ask(queries.IS_UNHASHED)
    if not is_unhashed:
        return False
    async with database.writing(by=CLOCK) as session:
        return await commands.hash_journal(session) > 0


async def publish_head(database: Database) -> None:
    """Publish the head of yesterday, if there is a new one."""
    async with database.writing(by=CLOCK) as session:
        await commands.close_day(session, at=now())


async def stamp_next(database: Database, timestamp_url: str) -> bool:
    """Have the oldest head without a time stamp stamped; return False if there is none, or no answer."""
    # Here, because most platforms name no authority.
    from services.notification.rules.time_stamps import TimeStampRefused, read_response, request_of  # noqa: PLC0415

    async with database.reading() as session:
        head = await queries.head_without_time_stamp(session)
    if head is None:
        return False
    statement, nonce = statement_of(head.day, head.size, head.root), secrets.randbits(64)
    try:
        async with httpx.AsyncClient(timeout=PATIENCE) as http:
            answer = await http.post(
                timestamp_url,
                content=request_of(statement, nonce),
                headers={"Content-Type": "application/timestamp-query"},
            )
        stamp = read_response(answer.raise_for_status().content, statement, nonce)
    except (httpx.HTTPError, TimeStampRefused) as error:
        log.warning("head of the journal not time-stamped", day=str(head.day), error=error_name(error))
        return False
    async with database.writing(by=CLOCK) as session:
        await commands.keep_time_stamp(session, head, stamp.token, stamped_at=stamp.at)
    return True
