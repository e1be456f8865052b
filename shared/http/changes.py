"""Read history: the past of one object, and the changes of a collection."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Generic, Literal, TypeVar

from pydantic import Field, StringConstraints
from sqlalchemy import Row, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.events.codes import Siren
from shared.http.pagination import PAGE_SIZE, STEP, PageRequest, Slice, next_step, size_of
from shared.http.schemas import CURSOR, ROWS_AT_MOST, Answer, Cursor, Line, Version
from shared.patterns import ANY_TEXT
from shared.security.access import Stakeholders
from shared.storage.history import Recorded
from shared.storage.known import lines_known, require_settled
from shared.storage.tables import history

Item = TypeVar("Item")
Withholds = Callable[[Mapping[str, Any]], Collection[str]]
"""Names the fields of an object, as its history keeps it, that a caller may not read."""

STAKEHOLDER_COLUMNS: Final = ("territories", "regions", "organisations", "public", "operators")
READ_SIZE: Final = 8_000_000
"""Characters of stored objects that are read for one page of a history."""
LINES: Final = 500
"""Lines of the history in one query of changes."""
MAX_QUERIES: Final = 20
"""Maximum queries for one page of changes: after them it is short, and `has_more` is true."""


INTERNAL: Final = ("search", "version", "updated_at")
"""Columns that no history shows: they follow from the others, or stand beside them."""
HEADS: Final = tuple(column for column in history.c if column.name not in ("state", "reason"))
"""Columns of a line without its texts, which may be long."""


def nothing(_state: Mapping[str, Any]) -> Collection[str]:
    """Withhold no field: the rule of most collections."""
    return ()


RecordedReason = Annotated[str, StringConstraints(max_length=2**20, pattern=ANY_TEXT)]
"""As long as a body can be."""


class Author(Answer):
    """Author of a change: client and organisation, never the name of a person."""

    client_id: Line = Field(examples=["region-nouvelle-aquitaine"])
    org: Siren | None = Field(examples=["200053759"])


class HistoryLine(Answer):
    """One change of one object."""

    version: Version = Field(description="The object's, from then on.", examples=[2])
    operation: Literal["created", "updated", "deleted"] = Field(examples=["updated"])
    at: datetime
    by: Author
    reason: RecordedReason | None = Field(examples=["Erreur de saisie sur le coût"])
    changed: dict[str, "Before"] = Field(
        description="Each field that changed, before and after. Of the first line that you may read: each field, as it "
        "stood from then on.",
        examples=[{"name": {"before": "Lacq-Orthez", "after": "Lacq-Pau-Tarbes"}}],
    )


class Before(Answer):
    """The two values of a field."""

    before: Any
    after: Any


class Change(Answer, Generic[Item]):
    """One change of a collection. `object` is as it is now; null once it is deleted, or no longer yours to read."""

    id: Line = Field(description="How the object is named in its address.")
    version: Version
    operation: Literal["created", "updated", "deleted"]
    at: datetime
    object: Item | None


class Changes(Answer, Generic[Item]):
    """A page of changes, oldest first. Keep `next`: it goes on from here, now or next week."""

    items: list[Change[Item]] = Field(max_length=ROWS_AT_MOST)
    next: Cursor = Field(
        description="Pass it as `after`; once it stays the same, you have read everything.", examples=[CURSOR]
    )
    has_more: bool = Field(
        description="True if there are more changes for you, or more of the history to look through: read on at once.",
        examples=[False],
    )


async def changes(
    session: AsyncSession,
    collection: str,
    pagination: PageRequest,
    *,
    sees: Callable[[Stakeholders], bool],
    load: Callable[[AsyncSession, Sequence[str]], Awaitable[Mapping[str, Recorded]]],
) -> dict[str, Any]:
    """The changes of a collection that the caller may see, after a cursor.

    `load` gives the present objects by their ids. A dump followed by its changes is the next dump: a change is told to
    who could read the object before it or after it, and the object itself to who may read it now. That is asked of the
    object too: whom it concerns may follow from other objects, and change without a line of its own.
    """
    start: int = pagination.after[0] if pagination.after else 0
    seen, position, has_more = await _visible_lines(session, collection, start, limit=pagination.limit, sees=sees)
    readable = await _readable(session, collection, {line.object_id for line in seen}, sees)
    items: list[dict[str, Any]] = []
    held, step = 0, STEP
    while lines := seen[len(items) : len(items) + step]:
        wanted = sorted({line.object_id for line in lines} & readable)
        loaded = await load(session, wanted) if wanted else {}
        for line in lines:
            if held > PAGE_SIZE:
                return {"items": items, "next": pagination.cursor([seen[len(items) - 1].position]), "has_more": True}
            found = loaded.get(line.object_id)
            items.append(_change(line, found if found is not None and sees(found.stakeholders) else None))
            held += size_of(found)
        step = next_step(held, len(items))
    return {"items": items, "next": pagination.cursor([position]), "has_more": has_more}


async def _visible_lines(
    session: AsyncSession, collection: str, position: int, *, limit: int, sees: Callable[[Stakeholders], bool]
) -> tuple[list[Row[Any]], int, bool]:
    """Return lines that the caller may see, the position up to which was read, and True if there is more."""
    seen: list[Row[Any]] = []
    for _ in range(MAX_QUERIES):
        lines = await _lines_after(session, collection, position)
        for line in lines:
            if sees(stakeholders_of(line)) or sees(stakeholders_of(line, "former_")):
                if len(seen) == limit:
                    return seen, position, True
                seen.append(line)
            position = line.position
        if len(lines) < LINES:
            return seen, position, False
    return seen, position, True


def _change(line: Row[Any], found: Recorded | None) -> dict[str, Any]:
    return {
        "id": line.object_id,
        "version": line.version,
        "operation": line.operation,
        "at": line.at,
        "object": found,
    }


async def _readable(
    session: AsyncSession, collection: str, ids: Collection[str], sees: Callable[[Stakeholders], bool]
) -> set[str]:
    """Return the ids of existing objects that the caller may read now."""
    found = await _last_lines(session, collection, ids)
    return {line.object_id for line in found if line.operation != "deleted" and sees(stakeholders_of(line))}


async def _last_lines(session: AsyncSession, collection: str, ids: Collection[str]) -> Sequence[Row[Any]]:
    """Return the last line of each object, without its texts."""
    later = history.alias("later")
    last = ~exists().where(
        later.c.collection == history.c.collection,
        later.c.object_id == history.c.object_id,
        later.c.version > history.c.version,
    )
    statement = select(*HEADS).where(history.c.collection == collection, history.c.object_id.in_(ids), last)
    return (await session.execute(statement)).all()


async def deleted_line(session: AsyncSession, collection: str, object_id: str) -> Row[Any] | None:
    """Return the last line of an object that is deleted; None if it exists, or never did."""
    statement = (
        select(history)
        .where(history.c.collection == collection, history.c.object_id == object_id)
        .order_by(history.c.version.desc())
        .limit(1)
    )
    last = (await session.execute(statement)).one_or_none()
    return last if last is not None and last.operation == "deleted" else None


async def snapshots_known(
    session: AsyncSession,
    collection: str,
    known_at: datetime,
    keys: Collection[str] | None = None,
    *,
    sees: Callable[[Stakeholders], bool],
) -> list[Mapping[str, Any]]:
    """Return the snapshots of objects as they were known at a moment, by their keys.

    The caller may have read them then, and may read them now; deleted ones as they last were.
    """
    await require_settled(session, known_at)
    known = [line for line in await lines_known(session, collection, known_at, keys) if sees(stakeholders_of(line))]
    last = await _last_lines(session, collection, {line.object_id for line in known if not line.public})
    hidden = {line.object_id for line in last if not sees(stakeholders_of(line))}
    return [line.state for line in known if line.object_id not in hidden]


async def _lines_after(session: AsyncSession, collection: str, position: int) -> Sequence[Row[Any]]:
    former = history.alias("former")
    statement = (
        select(*HEADS, *(former.c[name].label(f"former_{name}") for name in STAKEHOLDER_COLUMNS))
        .outerjoin(
            former,
            (former.c.collection == history.c.collection)
            & (former.c.object_id == history.c.object_id)
            & (former.c.version == history.c.version - 1),
        )
        .where(history.c.collection == collection, history.c.position > position)
        .order_by(history.c.position)
        .limit(LINES)
    )
    return (await session.execute(statement)).all()


async def history_of(
    session: AsyncSession,
    collection: str,
    object_id: str,
    pagination: PageRequest,
    *,
    sees: Callable[[Stakeholders], bool],
    withholds: Withholds = nothing,
) -> Slice[dict[str, Any]]:
    """The past of one object, oldest first: the lines of the times when the caller could read it.

    The service checks that the caller may read the object now, or as it last was. A page ends early if it holds or
    reads much.
    `withholds` names the fields of a stored object that the caller may not read.
    """
    position: int = pagination.after[0] if pagination.after else 0
    before = await _line_of(session, collection, object_id, position)
    items: list[dict[str, Any]] = []
    held = read = 0
    while lines := await _lines_of(session, collection, object_id, position):
        for line in lines:
            if len(items) == pagination.limit or held > PAGE_SIZE or read > READ_SIZE:
                return Slice(items, pagination.cursor([position]))
            if sees(stakeholders_of(line)):
                # What stood there before the object concerned the caller is not shown.
                known = before if before is not None and sees(stakeholders_of(before)) else None
                items.append(_line(line, known, withholds))
                held += size_of(items[-1])
            read += size_of(line.state)
            before, position = line, line.version
    return Slice(items, None)


async def _lines_of(session: AsyncSession, collection: str, object_id: str, position: int) -> Sequence[Row[Any]]:
    """The next few lines of an object after a version: each holds the whole object."""
    statement = (
        select(history)
        .where(history.c.collection == collection, history.c.object_id == object_id, history.c.version > position)
        .order_by(history.c.version)
        .limit(STEP)
    )
    return (await session.execute(statement)).all()


async def _line_of(session: AsyncSession, collection: str, object_id: str, version: int) -> Row[Any] | None:
    if not version:
        return None
    statement = select(history).where(
        history.c.collection == collection, history.c.object_id == object_id, history.c.version == version
    )
    return (await session.execute(statement)).one_or_none()


def _line(line: Row[Any], before: Row[Any] | None, withholds: Withholds) -> dict[str, Any]:
    old = _readable_state(before.state, withholds) if before is not None else {}
    new = {} if line.operation == "deleted" else _readable_state(line.state, withholds)
    return {
        "version": line.version,
        "operation": line.operation,
        "at": line.at,
        "by": {"client_id": line.client_id, "org": line.org},
        "reason": line.reason,
        "changed": {
            name: {"before": old.get(name), "after": new.get(name)}
            for name in sorted({*old, *new})
            if old.get(name) != new.get(name)
        },
    }


def _readable_state(state: Mapping[str, Any], withholds: Withholds) -> Mapping[str, Any]:
    withheld = {*withholds(state), *INTERNAL}
    return {name: value for name, value in state.items() if name not in withheld}


def stakeholders_of(line: Row[Any], prefix: str = "") -> Stakeholders:
    """Return the stakeholders of a line; none if the line before is missing."""
    territories, regions, organisations, public, operators = (
        getattr(line, prefix + name) for name in STAKEHOLDER_COLUMNS
    )
    return Stakeholders.of(
        territories=territories or (),
        regions=regions or (),
        organisations=organisations or (),
        public=bool(public),
        operators=bool(operators),
    )
