"""Hash the journal, publish its head of each day, keep the time stamps of heads."""

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from services.notification import queries
from services.notification.models import JournalHash, JournalHead, JournalNode
from services.notification.rules import merkle
from services.notification.rules.chain import chain_hash
from services.notification.rules.merkle import WIDTH, Nodes, Range
from shared.clock import day_of, end_of
from shared.events.notification import JournalHeadPublished, JournalHeadStamped
from shared.storage import outbox
from shared.storage.chain import START
from shared.storage.unit_of_work import WriteSession
from shared.storage.upserts import add_missing

SETTLING: Final = timedelta(minutes=1)
"""Time after midnight in which the last events of a day may still be committed."""
BATCH: Final = 500
"""Events that one transaction hashes."""


async def hash_journal(session: WriteSession) -> int:
    """Hash the next events of the journal; return their number. Two processes at once write the same rows."""
    last = await queries.last_hash(session)
    position, chain = (last.position, last.chain) if last else (0, START)
    events = await queries.unhashed_events(session, position, at_most=BATCH)
    rows = []
    for event in events:
        leaf = merkle.leaf_hash(event.body.encode())
        chain = chain_hash(chain, event, leaf)
        rows.append({"position": event.position, "leaf": leaf, "chain": chain})
    await add_missing(session, JournalHash, rows)
    await _add_nodes(session, position, position + len(events))
    return len(events)


async def _add_nodes(session: WriteSession, before: int, after: int) -> None:
    """Store the roots of the subtrees that were completed."""
    level, width = 1, WIDTH
    while after >= width:
        rows = []
        for number in range(before // width, after // width):
            below = Nodes(level - 1, number * WIDTH, (number + 1) * WIDTH)
            rows.append({"level": level, "number": number, "hash": merkle.root(await _hashes(session, below))})
        await add_missing(session, JournalNode, rows)
        level, width = level + 1, width * WIDTH


async def _hashes(session: WriteSession, nodes: Nodes) -> Sequence[str]:
    if nodes.level == 0:
        leaves = select(JournalHash.leaf).where(JournalHash.position.between(nodes.start + 1, nodes.end))
        return (await session.scalars(leaves.order_by(JournalHash.position))).all()
    here = select(JournalNode.hash).where(
        JournalNode.level == nodes.level, JournalNode.number >= nodes.start, JournalNode.number < nodes.end
    )
    return (await session.scalars(here.order_by(JournalNode.number))).all()


async def close_day(session: WriteSession, *, at: datetime) -> JournalHead | None:
    """Publish the head of yesterday, if the journal has grown since the head before and is hashed so far."""
    day = day_of(at - SETTLING) - timedelta(days=1)
    last = await queries.last_head(session)
    if last is not None and last.day >= day:
        return None
    size = await queries.position_before(session, end_of(day))
    hashed = await queries.last_hash(session)
    if size <= (last.size if last else 0) or hashed is None or hashed.position < size:
        return None
    [root] = await queries.hashes_of(session, [Range(0, size)])
    head = JournalHead(day=day, size=size, root=root, closed_at=at)
    session.add(head)
    outbox.add(session, JournalHeadPublished(day=day, size=size, root=root))
    return head


async def keep_time_stamp(session: WriteSession, head: JournalHead, token: bytes, *, stamped_at: datetime) -> None:
    """Keep the time stamp of a head, and publish it."""
    found = await session.get_one(JournalHead, head.day)
    if found.time_stamp is not None:
        return
    found.time_stamp, found.stamped_at = token, stamped_at
    encoded = base64.b64encode(token).decode()
    outbox.add(session, JournalHeadStamped(day=head.day, size=head.size, root=head.root, time_stamp=encoded))
