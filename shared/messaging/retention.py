"""Delete old handlings, and remember which sequences they had.

A swept handling must not come back: `swept_handlings` keeps, for each handler and subject, the sequences of all that
were swept, as ranges. So an event that arrives again is known, however old it is, and one that never arrived is not
taken for known.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, exists, select, tuple_, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clock import now
from shared.storage.retention import Retention
from shared.storage.tables import handlings, inbox, swept_handlings
from shared.storage.unit_of_work import WriteSession
from shared.storage.upserts import fixed

Ranges = list[list[int]]
"""Sequences in ascending order, each range by its first and its last one."""
Key = tuple[str, str]
"""Handler and subject."""
Row = Mapping[str, Any]
"""A handling, as the receiver stores it."""
Treat = Callable[[AsyncSession, Sequence[Row]], Awaitable[None]]
"""Treats handlings that were just stored, in the same transaction."""

_insert = insert(swept_handlings)
_STORE: Final = fixed(
    _insert.on_conflict_do_update(
        index_elements=swept_handlings.primary_key, set_={"sequences": _insert.excluded.sequences}
    ),
    swept_handlings.columns.keys(),
)


def merged(ranges: Ranges, sequences: Iterable[int]) -> Ranges:
    """Return the ranges with more sequences in them."""
    result: Ranges = []
    for first, last in sorted([*ranges, *([each, each] for each in sequences)]):
        if result and first <= result[-1][1] + 1:
            result[-1][1] = max(last, result[-1][1])
        else:
            result.append([first, last])
    return result


def is_in(ranges: Iterable[Sequence[int]], sequence: int) -> bool:
    """Return True if the ranges hold a sequence."""
    return any(first <= sequence <= last for first, last in ranges)


async def drop(session: AsyncSession, stored: Sequence[Row]) -> None:
    """Take out again, of handlings that were just stored, those that had been swept."""
    if known := await _swept_of(session, stored):
        await session.execute(delete(handlings).where(_just(known)))
        await _delete_unhandled(session, {row["event_id"] for row in known})


async def restore(session: AsyncSession, stored: Sequence[Row]) -> None:
    """Close, of handlings that were just stored, those that had been swept: a rebuild reads them."""
    if known := await _swept_of(session, stored):
        await session.execute(
            update(handlings).where(_just(known)).values(state="applied", next_try_at=None, closed_at=now())
        )


async def _swept_of(session: AsyncSession, stored: Sequence[Row]) -> list[Row]:
    """Return the rows whose sequences were swept.

    Read after they were stored: an insert waits for a sweep that deletes the same row, and then finds it gone.
    """
    known = await _ranges(session, {row["subject"] for row in stored})
    return [row for row in stored if is_in(known.get((row["handler"], row["subject"]), ()), row["sequence"])]


def _just(rows: Sequence[Row]) -> ColumnElement[bool]:
    """The handlings of these rows, if they were stored with them: one that was there before has another time."""
    key = tuple_(handlings.c.event_id, handlings.c.handler)
    times = handlings.c.received_at.in_([row["received_at"] for row in rows])
    return key.in_([(row["event_id"], row["handler"]) for row in rows]) & times & (handlings.c.state == "waiting")


async def _ranges(session: AsyncSession, subjects: Collection[str]) -> Mapping[Key, Ranges]:
    """Return the swept sequences of subjects, for each handler."""
    rows = await session.execute(select(swept_handlings).where(swept_handlings.c.subject.in_(subjects)))
    return {(row.handler, row.subject): row.sequences for row in rows}


async def _delete_unhandled(session: AsyncSession, event_ids: Collection[str]) -> None:
    """Delete those of these events that have no handling any more."""
    await session.execute(
        delete(inbox).where(inbox.c.event_id.in_(event_ids), ~exists().where(handlings.c.event_id == inbox.c.event_id))
    )


async def _delete(session: WriteSession, ids: Sequence[int], before: datetime) -> None:
    # A rebuild may have closed a row anew since it was read.
    done = await session.execute(
        delete(handlings).where(handlings.c.id.in_(ids), handlings.c.closed_at < before).returning(handlings)
    )
    rows = done.all()
    sequences: dict[Key, list[int]] = defaultdict(list)
    for row in rows:
        sequences[row.handler, row.subject].append(row.sequence)
    known = await _ranges(session, {subject for _, subject in sequences})
    values = [
        {"handler": handler, "subject": subject, "sequences": merged(known.get((handler, subject), []), more)}
        for (handler, subject), more in sequences.items()
    ]
    if values:
        await session.execute(_STORE, values)
    await _delete_unhandled(session, {row.event_id for row in rows})


_later: Final = handlings.alias("later")
INBOX: Final = Retention(
    handlings,
    begun=handlings.c.received_at,
    closed=handlings.c.closed_at,
    # Parked handlings wait for an operator. The last applied event of a subject shows that earlier ones are stale.
    can_go=handlings.c.state.in_(["applied", "refused", "superseded"])
    & exists().where(
        _later.c.handler == handlings.c.handler,
        _later.c.subject == handlings.c.subject,
        _later.c.state == "applied",
        _later.c.sequence > handlings.c.sequence,
    ),
    lifetime=lambda settings: timedelta(days=settings.event_retention),
    delete=_delete,
)
"""Applied events, and with their last handling the events themselves."""
