"""The feed: what a reader may be told, in the order of the journal, from a cursor on."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.notification.models import Journal, JournalItem
from services.notification.queries.filters import EventFilters
from services.notification.queries.journal import bodies_of, entries_after, entry_of, last_position
from services.notification.queries.projections import access_scope_of, key_of, require_organisation
from services.notification.rules.audience import Entry, Filter, may_receive
from services.notification.rules.catalogue import type_filter, types_matching
from shared.http.pagination import PageRequest
from shared.problem import NotFound
from shared.security.access import Caller
from shared.storage.database import Database
from shared.storage.listener import Waiter

STEP: Final = 500
"""Positions of the journal in one query."""
MAX_READ: Final = 10_000
"""Maximum positions that are read for one page: after them it is short, and `has_more` is true."""


@dataclass(frozen=True, slots=True)
class FeedPage:
    """A page of the journal."""

    items: list[JournalItem]
    read_to: int
    """Position up to which the journal was read."""
    has_more: bool
    """True if there are more events for the reader, or the journal was not read to its end."""


async def read_feed(
    database: Database, filters: EventFilters, pagination: PageRequest, *, by: Caller, waiter: Waiter | None
) -> FeedPage:
    """A page of the feed; with nothing to read yet, wait for it."""
    position = start_of(pagination)
    while True:
        may_wait = waiter is not None and await waiter.listen()
        page = await _read(database, filters, position, pagination.limit, by)
        if waiter is None or not may_wait or page.items or page.has_more:
            return page
        position = page.read_to
        await waiter.wait()


def start_of(pagination: PageRequest) -> int:
    """The position that a cursor stands for."""
    return int(pagination.after[0]) if pagination.after else 0


async def _read(database: Database, filters: EventFilters, position: int, limit: int, by: Caller) -> FeedPage:
    """One page, in a session of its own: nobody holds a connection while waiting."""
    async with database.reading() as session:
        wanted = await filter_of(session, filters)
        access_scope = await access_scope_of(session, by)
        last = await last_position(session)
        end = min(last, position + MAX_READ)
        chosen: list[Entry] = []
        # One more than the page holds: it says that there is more.
        while position < end and len(chosen) <= limit:
            step = min(STEP, end - position)
            entries = await entries_after(session, position, at_most=step, types=wanted.types)
            chosen += [entry for entry in entries if wanted.passes(entry) and may_receive(access_scope, entry)]
            position += step
        if is_full := len(chosen) > limit:
            chosen = chosen[:limit]
            position = chosen[-1].position
        bodies = await bodies_of(session, [entry.position for entry in chosen])
    items = [JournalItem(entry.position, bodies[entry.position]) for entry in chosen]
    return FeedPage(items, position, has_more=is_full or position < last)


async def filter_of(session: AsyncSession, filters: EventFilters) -> Filter:
    """Convert the parameters of the feed to a filter."""
    territory = await key_of(session, filters.territory, filters.phase)
    await require_organisation(session, filters.operator, parameter="operator")
    return Filter(
        types=types_matching([type_filter(name, parameter="type") for name in filters.type or ()]),
        territories=frozenset([territory] if territory else []),
        regions=frozenset([filters.region] if filters.region else []),
        operators=frozenset([filters.operator] if filters.operator else []),
    )


async def read_event(session: AsyncSession, event_id: str, *, by: Caller) -> JournalItem:
    """One event that the caller may be told."""
    entry = await entry_of(session, event_id)
    if entry is None or not may_receive(await access_scope_of(session, by), entry):
        raise NotFound("There is no such event, or your organisation may not be told of it.")
    return JournalItem(entry.position, (await bodies_of(session, [entry.position]))[entry.position])


async def read_journal(session: AsyncSession, pagination: PageRequest) -> FeedPage:
    """Every event after a cursor, whomever it concerns: what a service rebuilds its copies from."""
    position = start_of(pagination)
    found = await session.execute(
        select(Journal.position, Journal.body)
        .where(Journal.position > position)
        .order_by(Journal.position)
        .limit(pagination.limit + 1)
    )
    rows = found.all()
    items = [JournalItem(row.position, row.body) for row in rows[: pagination.limit]]
    return FeedPage(items, items[-1].position if items else position, has_more=len(rows) > len(items))
