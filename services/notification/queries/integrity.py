"""Compare the journal with its hashes, its heads with its tree, the audit log with the events."""

import base64
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import Row, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.notification.models import (
    AuditEntry,
    Journal,
    JournalEnd,
    JournalHash,
    JournalHead,
    JournalNode,
    JournalSubject,
)
from services.notification.rules import merkle
from services.notification.rules.accumulator import Accumulator
from services.notification.rules.chain import chain_hash
from services.notification.rules.heads import statement_of
from shared.events.history import HistoryEntry, HistoryRecorded
from shared.events.notification import JournalHeadPublished, JournalHeadStamped
from shared.storage.chain import START
from shared.storage.integrity import Finding

BATCH: Final = 500
_HISTORY: Final = {event.type: event for event in HistoryRecorded.of_publisher.values()}


@dataclass
class JournalRead:
    """Result of a walk over the journal."""

    position: int = 0
    chain: str = START
    tree: Accumulator = field(default_factory=Accumulator)
    nodes: dict[tuple[int, int], str] = field(default_factory=dict)
    """Hashes of the stored nodes, computed, by level and number."""
    heads: dict[int, str] = field(default_factory=dict)
    """Root at each size that a head has or that was asked for, computed."""
    published_heads: dict[date, tuple[int, str]] = field(default_factory=dict)
    """Size and root of each day, as events say."""
    stamps: dict[date, str] = field(default_factory=dict)
    """Time stamp of each day, as events say, in base64."""
    subjects: dict[str, Row[Any]] = field(default_factory=dict)
    """Last event of each subject."""
    histories: dict[str, dict[int, str]] = field(default_factory=dict)
    """Hashes of the histories of services, as events say, by position."""


async def verify_journal(
    session: AsyncSession, sizes: frozenset[int] = frozenset()
) -> tuple[JournalRead, list[Finding]]:
    """Verify the journal and what follows from it, in one snapshot. The roots at `sizes` are wanted too."""
    read = JournalRead()
    findings = [finding async for finding in _events(session, read, sizes)]
    for check in (_ends, _heads, _nodes, _subjects, _audit):
        findings += [finding async for finding in check(session, read)]
    return read, findings


async def _events(session: AsyncSession, read: JournalRead, wanted: frozenset[int]) -> AsyncIterator[Finding]:
    """Walk over the events with their hashes."""
    sizes = wanted | set(await session.scalars(select(JournalHead.size)))
    hashed = await session.scalar(select(func.max(JournalHash.position))) or 0
    statement = (
        select(*Journal.__table__.columns, JournalHash.leaf, JournalHash.chain)
        .outerjoin(JournalHash, JournalHash.position == Journal.position)
        .order_by(Journal.position)
    )
    while rows := (await session.execute(statement.where(Journal.position > read.position).limit(BATCH))).all():
        for row in rows:
            if row.position != read.position + 1:
                yield _event(read.position + 1, f"missing: the next event has position {row.position}")
            read.position = row.position
            for finding in (*_hashes(read, row, is_hashed=row.position <= hashed), *_columns(row)):
                yield finding
            if row.position in sizes:
                read.heads[row.position] = read.tree.root
            if row.subject not in read.subjects or read.subjects[row.subject].sequence < row.sequence:
                read.subjects[row.subject] = row
            async for finding in _contents(session, read, row):
                yield finding


def _event(position: int, detail: str) -> Finding:
    return Finding("journal", f"at position {position}", detail)


def _hashes(read: JournalRead, row: Row[Any], *, is_hashed: bool) -> Iterator[Finding]:
    """Compare an event with its hashes."""
    leaf = merkle.leaf_hash(row.body.encode())
    if is_hashed:
        chain = chain_hash(read.chain, row, leaf)
        if row.leaf is None:
            yield Finding("journal_hashes", f"at position {row.position}", "missing")
        elif row.leaf != leaf:
            yield _event(row.position, "its body is not the one that was hashed")
        elif row.chain != chain:
            yield _event(row.position, "the row is not the one that was hashed")
        # From the stored hashes on, so that one edited event is one finding.
        leaf, read.chain = row.leaf or leaf, row.chain or chain
    for nodes, root in read.tree.add(leaf):
        read.nodes[nodes.level, nodes.start] = root


def _columns(row: Row[Any]) -> Iterator[Finding]:
    """Compare the columns of an event with its body."""
    try:
        envelope = json.loads(row.body)
        said = (envelope["id"], envelope["type"], envelope["subject"], int(envelope["sequence"]))
    except (ValueError, KeyError, TypeError):
        yield _event(row.position, "its body is no event")
        return
    if said != (row.event_id, row.type, row.subject, row.sequence):
        yield _event(row.position, "its columns are not those of its body")


async def _contents(session: AsyncSession, read: JournalRead, row: Row[Any]) -> AsyncIterator[Finding]:
    """Read what an event says of heads and histories; compare the audit log with it."""
    if row.type == JournalHeadPublished.type:
        head = JournalHeadPublished.read(json.loads(row.body)["data"])
        read.published_heads[head.day] = (head.size, head.root)
    elif row.type == JournalHeadStamped.type:
        stamped = JournalHeadStamped.read(json.loads(row.body)["data"])
        read.stamps[stamped.day] = stamped.time_stamp
    elif row.type in _HISTORY:
        said = _HISTORY[row.type].read(json.loads(row.body)["data"])
        read.histories.setdefault(said.publisher, {})[said.last_position] = said.chain_hash
        stored = await session.scalars(
            select(AuditEntry).where(
                AuditEntry.service == said.publisher,
                AuditEntry.position.between(said.first_position, said.last_position),
            )
        )
        found = {entry.position: entry for entry in stored}
        for entry in said.entries:
            if not _is_equal(found.pop(entry.position, None), entry):
                key = f"{said.publisher} {entry.position}"
                yield Finding("audit_entries", key, "not as the event of its history says")
        for position in found:
            yield Finding("audit_entries", f"{said.publisher} {position}", "no event of its history says so")


def _is_equal(stored: AuditEntry | None, said: HistoryEntry) -> bool:
    return stored is not None and all(
        getattr(stored, name) == getattr(said, name) for name in HistoryEntry.model_fields
    )


async def _ends(session: AsyncSession, read: JournalRead) -> AsyncIterator[Finding]:
    """Compare the end of the journal with its rows, and look for hashes of no event."""
    end = await session.scalar(select(JournalEnd.position)) or 0
    if end != read.position:
        yield Finding("journal_end", "1", f"it says {end}, and the journal ends at position {read.position}")
    surplus = select(JournalHash.position).where(JournalHash.position.not_in(select(Journal.position)))
    for position in await session.scalars(surplus.order_by(JournalHash.position)):
        yield Finding("journal_hashes", f"at position {position}", "there is no such event")


async def _heads(session: AsyncSession, read: JournalRead) -> AsyncIterator[Finding]:
    """Compare the heads with the tree, with the events that published them, and with their time stamps."""
    heads = {head.day: head for head in await session.scalars(select(JournalHead).order_by(JournalHead.day))}
    for day, head in heads.items():
        if read.heads.get(head.size) != head.root:
            yield _head(day, f"its root is not that of the first {head.size} events")
        if (detail := _stamp(head)) is not None:
            yield _head(day, detail)
        if read.published_heads.get(day, (head.size, head.root)) != (head.size, head.root):
            yield _head(day, "not as the event that published it says")
        if read.stamps.get(day) not in (None, base64.b64encode(head.time_stamp or b"").decode()):
            yield _head(day, "its time stamp is not the one that an event has published")
    for day in sorted(read.published_heads.keys() - heads.keys()):
        yield _head(day, "missing: an event has published it")


def _head(day: date, detail: str) -> Finding:
    return Finding("journal_heads", str(day), detail)


def _stamp(head: JournalHead) -> str | None:
    """Return what is wrong with the time stamp of a head."""
    # Here, because only this reads time stamps.
    from services.notification.rules.time_stamps import TimeStampRefused, read_token  # noqa: PLC0415

    if head.time_stamp is None:
        return None
    try:
        stamp = read_token(head.time_stamp, statement_of(head.day, head.size, head.root))
    except TimeStampRefused as refusal:
        return f"its time stamp proves nothing: {refusal}"
    return None if stamp.at == head.stamped_at else "`stamped_at` is not the moment of its time stamp"


async def _nodes(session: AsyncSession, read: JournalRead) -> AsyncIterator[Finding]:
    """Compare the stored nodes of the tree with its leaves."""
    hashed = await session.scalar(select(func.max(JournalHash.position))) or 0
    stored: Mapping[tuple[int, int], str] = {
        (node.level, node.number): node.hash for node in await session.scalars(select(JournalNode))
    }
    for key in sorted(stored.keys() | read.nodes.keys()):
        level, number = key
        is_due = (number + 1) * merkle.WIDTH**level <= hashed
        if stored.get(key) != (read.nodes.get(key) if is_due else None):
            yield Finding("journal_nodes", f"{level}/{number}", "not the root of its events")


async def _subjects(session: AsyncSession, read: JournalRead) -> AsyncIterator[Finding]:
    """Compare the stakeholders of each subject with those of its last event."""
    left = set(read.subjects)
    for stored in await session.scalars(select(JournalSubject)):
        left.discard(stored.subject)
        last = read.subjects.get(stored.subject)
        names = ("sequence", "territories", "regions", "organisations")
        if last is None or any(getattr(stored, name) != getattr(last, name) for name in names):
            yield Finding("journal_subjects", stored.subject, "not as the last event of this subject says")
    for subject in sorted(left):
        yield Finding("journal_subjects", subject, "missing")


async def _audit(session: AsyncSession, read: JournalRead) -> AsyncIterator[Finding]:
    """Look for entries of the audit log of which no event says anything."""
    ends = {name: max(hashes) for name, hashes in read.histories.items()}
    known = [(AuditEntry.service == name) & (AuditEntry.position <= end) for name, end in ends.items()]
    beyond = select(AuditEntry).where(~or_(*known)) if known else select(AuditEntry)
    for entry in await session.scalars(beyond):
        yield Finding("audit_entries", f"{entry.service} {entry.position}", "no event of its history says so")


async def bodies_by_id(session: AsyncSession, event_ids: list[str]) -> dict[str, str]:
    """Return the bodies of the events that the journal has, by their ids."""
    found = await session.execute(select(Journal.event_id, Journal.body).where(Journal.event_id.in_(event_ids)))
    return {row.event_id: row.body for row in found}
