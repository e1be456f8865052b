"""The feed: what a reader may be told, in the order of the journal, from a cursor on."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.notification.models import Journal, JournalItem
from services.notification.queries.filters import EventFilters
from services.notification.queries.journal import bodies_of, entries_after, entry_of, last_position
from services.notification.queries.projections import access_scope_of, key_of
from services.notification.rules.audience import Entry, Filter, may_receive
from services.notification.rules.catalogue import type_named
from shared.http.pagination import PageRequest
from shared.problem import NotFound
from shared.security.access import Caller
from shared.storage.database import Database
from shared.storage.listener import Waiter

READ_AT_MOST: Final = 1000
"""Positions looked at for one page: a page may be short, and its cursor still goes on."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A page of the feed, and how far it has been read."""

    items: list[JournalItem]
    read_to: int
    is_last: bool
    """The journal has nothing further yet."""


async def read_feed(
    database: Database, filters: EventFilters, pagination: PageRequest, *, by: Caller, waiter: Waiter | None
) -> tuple[list[JournalItem], str]:
    """A page of the feed and its cursor; with nothing to read yet, wait for it."""
    position = start_of(pagination)
    while True:
        may_wait = waiter is not None and await waiter.listen()
        stretch = await _look(database, filters, position, pagination.limit, by)
        position = stretch.read_to
        if waiter is None or not may_wait or stretch.items or not stretch.is_last:
            return stretch.items, pagination.cursor([position])
        await waiter.wait()


def start_of(pagination: PageRequest) -> int:
    """The position that a cursor stands for."""
    return int(pagination.after[0]) if pagination.after else 0


async def _look(database: Database, filters: EventFilters, position: int, limit: int, by: Caller) -> Stretch:
    """One look, in a session of its own: nobody holds a connection while waiting."""
    async with database.reading() as session:
        wanted = await filter_of(session, filters)
        access_scope = await access_scope_of(session, by)
        entries = await entries_after(session, position, at_most=READ_AT_MOST, types=wanted.types)
        chosen: list[Entry] = []
        for entry in entries:
            if wanted.passes(entry) and may_receive(access_scope, entry):
                chosen.append(entry)
                if len(chosen) == limit:
                    break
        last = await last_position(session)
        full = len(chosen) == limit
        # Not beyond the end of the journal: what comes there next shall be read.
        read_to = chosen[-1].position if full else max(position, min(position + READ_AT_MOST, last))
        bodies = await bodies_of(session, [entry.position for entry in chosen])
    items = [JournalItem(entry.position, bodies[entry.position]) for entry in chosen]
    return Stretch(items, read_to, is_last=read_to >= last)


async def filter_of(session: AsyncSession, filters: EventFilters) -> Filter:
    """Convert the parameters of the feed to a filter."""
    territory = await key_of(session, filters.territory, filters.phase)
    return Filter(
        types=frozenset(type_named(name, parameter="type") for name in filters.type or ()),
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


async def read_journal(session: AsyncSession, pagination: PageRequest) -> tuple[list[JournalItem], str]:
    """Every event after a cursor, whomever it concerns: what a service rebuilds its copies from."""
    position = start_of(pagination)
    found = await session.execute(
        select(Journal.position, Journal.body)
        .where(Journal.position > position)
        .order_by(Journal.position)
        .limit(pagination.limit)
    )
    items = [JournalItem(row.position, row.body) for row in found]
    return items, pagination.cursor([items[-1].position if items else position])
