"""The Merkle tree over the journal: its daily heads, and proofs."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.notification.errors import HeadNotPublished, NotYetInHead
from services.notification.models import Journal, JournalHash, JournalHead, JournalNode
from services.notification.queries.feed import read_event
from services.notification.rules import merkle
from services.notification.rules.merkle import Nodes, Range
from shared.events.history import HistoryRecorded
from shared.http.pagination import PageRequest, Slice, page
from shared.problem import FieldError, NotFound
from shared.security.access import Caller

_LAST_HASH: Final = select(JournalHash).order_by(JournalHash.position.desc()).limit(1)
_HASHED_TO: Final = select(JournalHash.position).order_by(JournalHash.position.desc()).limit(1).scalar_subquery()
IS_UNHASHED: Final = select(exists().where(Journal.position > func.coalesce(_HASHED_TO, 0)))
"""True if events of the journal have no hash yet."""


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Proof that an event is in the journal at the end of a day."""

    position: int
    body: str
    leaf_hash: str
    head: JournalHead
    path: list[str]


@dataclass(frozen=True, slots=True)
class Consistency:
    """Proof that the journal at the end of a day begins with that of an earlier day."""

    earlier: JournalHead
    head: JournalHead
    path: list[str]


async def last_hash(session: AsyncSession) -> JournalHash | None:
    """Return the hashes of the last event that has some."""
    found: JournalHash | None = await session.scalar(_LAST_HASH)
    return found


async def unhashed_events(session: AsyncSession, after: int, *, at_most: int) -> Sequence[Journal]:
    """Return the events after a position, in their order."""
    statement = select(Journal).where(Journal.position > after).order_by(Journal.position).limit(at_most)
    return (await session.scalars(statement)).all()


async def history_head(session: AsyncSession, service: str) -> tuple[HistoryRecorded, datetime]:
    """Return the last event of the history of a service, and when the journal got it. Raises NotFound."""
    event = HistoryRecorded.of_publisher.get(service)
    statement = select(Journal).where(Journal.subject == f"history/{service}").order_by(Journal.sequence.desc())
    found = await session.scalar(statement.limit(1)) if event else None
    if event is None or found is None:
        raise NotFound(f"The history of {service} is not published yet, or there is no such service.")
    return event.read(json.loads(found.body)["data"]), found.journaled_at


async def last_head(session: AsyncSession) -> JournalHead | None:
    """Return the newest head."""
    found: JournalHead | None = await session.scalar(select(JournalHead).order_by(JournalHead.day.desc()).limit(1))
    return found


async def head_without_time_stamp(session: AsyncSession) -> JournalHead | None:
    """Return the oldest head without a time stamp."""
    statement = select(JournalHead).where(JournalHead.time_stamp.is_(None)).order_by(JournalHead.day).limit(1)
    found: JournalHead | None = await session.scalar(statement)
    return found


async def list_heads(session: AsyncSession, pagination: PageRequest, *, since: date | None) -> Slice[JournalHead]:
    """Return the heads from a day on, the oldest first."""
    statement = select(JournalHead)
    if since is not None:
        statement = statement.where(JournalHead.day >= since)
    return await page(session, statement, pagination, order=[JournalHead.day])


async def get_head(session: AsyncSession, day: date) -> JournalHead:
    """Return the head of a day. Raises NotFound."""
    if (found := await session.get(JournalHead, day)) is not None:
        return found
    raise NotFound(
        f"There is no head of {day}: a day has one after it has ended, if it had events. /v1/journal-heads lists them."
    )


async def _head_named(session: AsyncSession, day: date, *, parameter: str) -> JournalHead:
    """Return the head of a day that a parameter names. Raises HeadNotPublished."""
    if (found := await session.get(JournalHead, day)) is not None:
        return found
    raise HeadNotPublished(
        f"There is no head of {day}: name a day that /v1/journal-heads lists.",
        errors=[FieldError(parameter=parameter, detail="day without a head")],
    )


async def prove_inclusion(session: AsyncSession, event_id: str, day: date | None, *, by: Caller) -> Inclusion:
    """Prove that an event that the caller may read is in the head of a day, or in the first that has it."""
    item = await read_event(session, event_id, by=by)
    if day is not None:
        head: JournalHead | None = await _head_named(session, day, parameter="day")
    else:
        statement = select(JournalHead).where(JournalHead.size >= item.position).order_by(JournalHead.day).limit(1)
        head = await session.scalar(statement)
    if head is None or head.size < item.position:
        raise NotYetInHead(
            "No head has this event yet: the head of its day is published after midnight."
            if day is None
            else f"This event came after {day}: ask for a later day, or leave `day` out."
        )
    index = item.position - 1
    path = await hashes_of(session, merkle.inclusion(index, Range(0, head.size)))
    return Inclusion(item.position, item.body, merkle.leaf_hash(item.body.encode()), head, path)


async def prove_consistency(session: AsyncSession, day: date, since: date) -> Consistency:
    """Prove that the head of a day goes on from that of an earlier day."""
    head = await get_head(session, day)
    earlier = await _head_named(session, since, parameter="since")
    if earlier.day > head.day:
        raise HeadNotPublished(
            f"{since} is after {day}: `since` is the earlier day.",
            errors=[FieldError(parameter="since", detail="after the day of the head")],
        )
    ranges = merkle.consistency(earlier.size, Range(0, head.size))
    return Consistency(earlier, head, await hashes_of(session, ranges))


async def hashes_of(session: AsyncSession, ranges: Sequence[Range]) -> list[str]:
    """Return the hash of each range of a proof."""
    wanted = {merkle.nodes_of(tree) for each in ranges for tree in merkle.complete_subtrees(each)}
    stored = await _stored(session, wanted)
    return [merkle.hash_of_range(each, lambda nodes: stored[nodes]) for each in ranges]


async def _stored(session: AsyncSession, wanted: Collection[Nodes]) -> Mapping[Nodes, list[str]]:
    """Return the hashes of stored nodes."""
    leaves = [JournalHash.position.between(each.start + 1, each.end) for each in wanted if each.level == 0]
    nodes = [
        and_(JournalNode.level == each.level, JournalNode.number >= each.start, JournalNode.number < each.end)
        for each in wanted
        if each.level
    ]
    found: dict[tuple[int, int], str] = {}
    if leaves:
        rows: Any = await session.execute(select(JournalHash.position, JournalHash.leaf).where(or_(*leaves)))
        found |= {(0, position - 1): leaf for position, leaf in rows}
    if nodes:
        rows = await session.execute(select(JournalNode.level, JournalNode.number, JournalNode.hash).where(or_(*nodes)))
        found |= {(level, number): hash_ for level, number, hash_ in rows}
    return {each: [found[each.level, number] for number in range(each.start, each.end)] for each in wanted}
