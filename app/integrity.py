"""Verify that no row was edited, deleted or inserted past the platform: `python -m services verify`.

The journal is compared with its hashes; the history of each service with its hashes and with the events that published
them; objects with their last lines of history; copies of events with the journal; signed contents with their hashes.
"""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncSession

from services import NAMES, named
from services.notification import queries as journal
from shared.runtime.platform import Service
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.integrity import Finding, HistoryRead, verify_history
from shared.storage.tables import inbox, outbox

BATCH: Final = 500


class HeadsNotRead(Exception):
    """The file of heads cannot be read; the message says what it must hold."""


@dataclass
class Verified:
    """Result of the verification of one service."""

    service: str
    lines: int
    """Lines of history."""
    events: int
    """Events of the journal; 0 for the services that have none."""
    findings: list[Finding] = field(default_factory=list)


async def verify(settings: Settings, heads: Mapping[int, str] | None = None) -> AsyncIterator[Verified]:
    """Verify the databases of all services; yield a report of each.

    `heads` are roots of the journal by its size, that were kept elsewhere.
    """
    async with _opened("notification", settings) as session:
        read, findings = await journal.verify_journal(session, frozenset(heads or ()))
        findings += _compare_heads(read, heads or {})
        for name in NAMES:
            if name == "notification":
                yield await _verify(named(name), session, session, read, findings)
            else:
                async with _opened(name, settings) as own:
                    yield await _verify(named(name), own, session, read, [])


@asynccontextmanager
async def _opened(name: str, settings: Settings) -> AsyncIterator[AsyncSession]:
    """Open one snapshot of the database of a service."""
    database = Database(name, settings)
    try:
        async with database.reading() as session:
            yield session
    finally:
        await database.close()


async def _verify(
    service: Service, own: AsyncSession, journaled: AsyncSession, read: journal.JournalRead, findings: list[Finding]
) -> Verified:
    """Verify a service. `own` reads its database, `journaled` that of the journal."""
    published = read.histories.get(service.name, {})
    history, found = await verify_history(own, service.metadata, frozenset(published))
    findings += found
    findings += _compare_histories(history, published)
    if service.verify:
        findings += await service.verify(own)
    for table in (outbox, inbox, *service.event_copies):
        findings += [finding async for finding in _compare_copies(own, journaled, table)]
    return Verified(service.name, history.lines, read.position if own is journaled else 0, findings)


def _compare_histories(history: HistoryRead, published: Mapping[int, str]) -> Iterator[Finding]:
    """Compare the chain of a history with the hashes that events have published."""
    for position, expected in sorted(published.items()):
        if history.hashes.get(position) != expected:
            yield Finding("history", f"up to position {position}", "not the lines that an event has published")
            # All that follows differs too.
            return


async def _compare_copies(own: AsyncSession, journaled: AsyncSession, table: Table) -> AsyncIterator[Finding]:
    """Compare copies of events with the journal. An event that has not arrived there is left out."""
    after = ""
    statement = select(table.c.event_id, table.c.body).order_by(table.c.event_id).limit(BATCH)
    while rows := (await own.execute(statement.where(table.c.event_id > after))).all():
        after = rows[-1].event_id
        bodies = await journal.bodies_by_id(journaled, [row.event_id for row in rows])
        for row in rows:
            if row.body != bodies.get(row.event_id, row.body):
                yield Finding(table.name, row.event_id, "not the event that the journal has")


def _compare_heads(read: journal.JournalRead, heads: Mapping[int, str]) -> Iterator[Finding]:
    """Compare the journal with heads that were kept elsewhere."""
    for size, root in sorted(heads.items()):
        if read.heads.get(size) != root:
            yield Finding("journal", f"up to position {size}", "not the events of the head that was kept elsewhere")


def heads_in(file: Path) -> dict[int, str]:
    """Return the roots in a file, by the size of the journal: answers of `/v1/journal-heads`, or their events."""
    try:
        return dict(_heads(json.loads(file.read_text())))
    except (OSError, ValueError, RecursionError):
        raise HeadsNotRead(f"{file} is no JSON file that can be read.") from None


def _heads(value: Any) -> Iterator[tuple[int, str]]:
    """Yield every size with its root, wherever it stands."""
    match value:
        case {"size": int(size), "root": str(root)}:
            yield size, root
        case dict():
            for each in value.values():
                yield from _heads(each)
        case list():
            for each in value:
                yield from _heads(each)
