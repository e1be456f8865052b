"""Compare a database with what it proves: its history with the chain of hashes, its objects with their last lines."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, MetaData, Row, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, class_mapper

from shared.storage.chain import COVERED, HEAD, START, covered_by_hash, next_hash
from shared.storage.history import Recorded, plain
from shared.storage.outbox import BATCH
from shared.storage.tables import history, history_hashes

_NUMBERED: Final = history.c.position.is_not(None)
_UNNUMBERED: Final = (
    select(*(history.c[name] for name in COVERED)).where(history.c.position.is_(None)).order_by(history.c.id)
)
_SURPLUS: Final = (
    select(history_hashes.c.position)
    .where(
        (history_hashes.c.position > bindparam("end", type_=BigInteger))
        | history_hashes.c.position.not_in(select(history.c.position).where(_NUMBERED))
    )
    .order_by(history_hashes.c.position)
)
"""Hashes of no line."""


@dataclass(frozen=True)
class Finding:
    """A row that is not as the platform wrote it."""

    table: str
    key: str
    detail: str

    def __str__(self) -> str:
        return f"{self.table} {self.key}: {self.detail}"


@dataclass
class HistoryRead:
    """Result of a walk over a history."""

    lines: int = 0
    """Position of the last line."""
    last_hash: str = START
    """Hash of the last line that has one."""
    known_from: datetime | None = None
    hashes: dict[int, str] = field(default_factory=dict)
    """Hashes of the positions that were asked for."""
    last: dict[tuple[str, str], tuple[int, str, str]] = field(default_factory=dict)
    """Version, operation and state of the last line of each object, by collection and key."""


async def verify_history(
    session: AsyncSession, metadata: MetaData, published: frozenset[int] = frozenset()
) -> tuple[HistoryRead, list[Finding]]:
    """Verify the history and the objects of a service in one snapshot.

    `published` are positions of which the hash is wanted: those that events have told.
    """
    read = HistoryRead()
    head = (await session.execute(HEAD)).one_or_none()
    end, head_hash = (head.position, head.hash) if head else (0, START)
    findings = [finding async for finding in _lines(session, read, end, published)]
    if read.lines < end:
        findings.append(Finding("history", f"after position {read.lines}", f"missing: the chain goes on to {end}"))
    elif read.last_hash != head_hash:
        findings.append(Finding("history_head", "1", "its hash is not that of the last line"))
    for position in await session.scalars(_SURPLUS, {"end": end}):
        findings.append(Finding("history_hashes", f"at position {position}", "there is no such line"))
    findings += await session.run_sync(lambda sync: list(_objects(sync, metadata, read)))
    return read, findings


async def _lines(
    session: AsyncSession, read: HistoryRead, end: int, published: frozenset[int]
) -> AsyncIterator[Finding]:
    """Walk over the numbered lines with their hashes, then over those without a position."""
    async for line, stored in _numbered(session):
        for finding in (*_place(read, line), *_next_of_object(read, line)):
            yield finding
        for finding in _hash(read, line, stored) if line.position <= end else ():
            yield finding
        if line.position in published:
            read.hashes[line.position] = read.last_hash
    for line in await session.execute(_UNNUMBERED):
        for finding in _next_of_object(read, line):
            yield finding


def _place(read: HistoryRead, line: Row[Any]) -> Iterator[Finding]:
    """Compare the position and the moment of a line with those of the line before."""
    expected, before = read.lines + 1, read.known_from
    read.lines, read.known_from = line.position, line.known_from
    if line.position != expected:
        yield Finding("history", f"at position {expected}", f"missing: the next line has position {line.position}")
    if before is not None and line.known_from < before:
        yield Finding("history", f"at position {line.position}", "`known_from` is before that of the line before")


def _hash(read: HistoryRead, line: Row[Any], stored: str | None) -> Iterator[Finding]:
    """Compare the stored hash of a line with the line."""
    computed = next_hash(read.last_hash, covered_by_hash(line))
    if stored is None:
        yield Finding("history_hashes", f"at position {line.position}", "missing")
    elif computed != stored:
        yield Finding("history", f"at position {line.position}", "the line is not the one that was hashed")
    # From the stored hash on, so that one edited line is one finding.
    read.last_hash = stored or computed


async def _numbered(session: AsyncSession) -> AsyncIterator[tuple[Row[Any], str | None]]:
    """Yield the numbered lines, each with its stored hash."""
    joined = history.outerjoin(history_hashes, history_hashes.c.position == history.c.position)
    columns = [history.c[name] for name in COVERED]
    statement = select(*columns, history_hashes.c.hash.label("hash")).select_from(joined).order_by(history.c.position)
    after = 0
    while rows := (await session.execute(statement.where(history.c.position > after).limit(BATCH))).all():
        for row in rows:
            yield row, row.hash
        after = rows[-1].position


def _next_of_object(read: HistoryRead, line: Row[Any]) -> Iterator[Finding]:
    """Compare a line with the one before it of the same object."""
    key = (line.collection, line.object_id)
    version, operation, _ = read.last.get(key, (0, "", ""))
    at = f"of {line.collection}/{line.object_id}"
    if line.version != version + 1:
        yield Finding("history", at, f"version {line.version} follows version {version}")
    elif operation == "deleted":
        yield Finding("history", at, f"version {line.version} follows its deletion")
    elif (line.operation == "created") != (version == 0):
        yield Finding("history", at, f"version {line.version} says {line.operation}")
    read.last[key] = (line.version, line.operation, json.dumps(line.state, sort_keys=True))


def _objects(session: Session, metadata: MetaData, read: HistoryRead) -> Iterator[Finding]:
    """Compare each object with its last line."""
    for model in recorded_models(metadata):
        seen = set()
        for row in session.scalars(select(model).execution_options(yield_per=BATCH)):
            seen.add(row.key)
            yield from _object(model, row, read)
        for (collection, key), (_, operation, _digest) in read.last.items():
            if collection == model.collection and operation != "deleted" and key not in seen:
                yield Finding(_table(model), key, "missing: its history does not say that it was deleted")
        session.expunge_all()


def _object(model: type[Recorded], row: Recorded, read: HistoryRead) -> Iterator[Finding]:
    table = _table(model)
    line = read.last.get((model.collection, row.key))
    if line is None:
        yield Finding(table, row.key, "its history has no line of it")
        return
    version, operation, state = line
    if operation == "deleted":
        yield Finding(table, row.key, "its history says that it was deleted")
        return
    if row.version != version:
        yield Finding(table, row.key, f"it has version {row.version}, its history ends at version {version}")
        return
    then, today = json.loads(state), json.loads(json.dumps(plain(row.snapshot())))
    # A column that is younger than the line is not in it.
    changed = sorted(name for name in then.keys() & today.keys() if then[name] != today[name])
    if changed:
        yield Finding(table, row.key, f"{', '.join(f'`{name}`' for name in changed)} changed without a line of history")


def recorded_models(metadata: MetaData) -> list[type[Recorded]]:
    """Return the models of a service that have a history."""
    found, waiting = [], list(Recorded.__subclasses__())
    while waiting:
        model = waiting.pop()
        waiting += model.__subclasses__()
        if getattr(model, "metadata", None) is metadata and hasattr(model, "__table__"):
            found.append(model)
    return sorted(found, key=lambda model: model.collection)


def _table(model: type[Recorded]) -> str:
    name: str = class_mapper(model).local_table.description
    return name
