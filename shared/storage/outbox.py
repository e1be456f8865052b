"""The outbox: an event is stored in the transaction of its change, and published to the bus afterwards.

`add` keeps an event; `Database.writing` stores the kept events just before its commit, serialised once: every receiver
gets these bytes. The relay publishes rows oldest first, in order per subject, and marks them. Read, close, publish,
mark: holding a transaction while publishing dead-locks SQLite with the in-process bus. A crash between publishing and
marking repeats an event under the same id, and the inbox absorbs it.
"""

import json
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clock import now
from shared.events import Event
from shared.ids import uuid7
from shared.storage.tables import outbox
from shared.storage.unit_of_work import PendingEvent, WriteSession
from shared.storage.wakeups import EVENTS_PENDING, request_wakeup
from shared.telemetry import traces
from shared.telemetry.traces import Span, Trace

MAX_BYTES: Final = 65_536
"""Bytes of an event that every intermediary must forward (CloudEvents)."""
BATCH: Final = 500
_LAST: Final = (
    select(outbox.c.subject, func.max(outbox.c.sequence))
    .where(outbox.c.subject.in_(bindparam("subjects", expanding=True)))
    .group_by(outbox.c.subject)
)


class EventTooLarge(Exception):
    """An event of more than 64 kB. Bounds on bodies keep this from happening; nothing is committed if it does."""


def add(session: WriteSession, event: Event) -> None:
    """Publish the event when the transaction commits.

    The caller has locked or changed the row of the event's subject.
    """
    # The trace of this moment: a handler is over when its transaction commits.
    session.transaction.pending_events.append(PendingEvent(event, traces.current.get()))


async def write(session: WriteSession, platform: str) -> bool:
    """Store the events of this transaction, numbered per subject. Only `Database.writing` calls it.

    `platform` is the public address of the platform: `source` and `dataschema` are absolute URIs below it.
    """
    pending = session.transaction.pending_events
    if not pending:
        return False
    # A background job or a command has no request: its trace begins here.
    work = Span()
    sequences = await _sequences(session, {each.event.subject for each in pending})
    rows: list[dict[str, Any]] = []
    for each in pending:
        event, trace = each.event, each.trace or work.trace
        versions = _versions(event)
        ids = [str(uuid7()) for _ in versions]
        for version, event_id, successor in zip(versions, ids, [*ids[1:], None], strict=True):
            sequences[event.subject] = sequence = sequences.get(event.subject, 0) + 1
            envelope = _envelope(version, event_id, sequence, trace, platform, successor)
            rows.append(_row(version, sequence, envelope))
    # The ids of the rows follow the order of the list.
    await session.execute(insert(outbox), rows)
    if not all(each.trace for each in pending):
        by = session.transaction.by.client_id
        attributes: dict[str, traces.AttributeValue] = {"ti.client_id": by, "ti.events": len(pending)}
        work.end(pending[0].event.publisher, f"work {by}", "internal", attributes)
    pending.clear()
    request_wakeup(session, EVENTS_PENDING)
    return True


async def _sequences(session: AsyncSession, subjects: set[str]) -> dict[str, int]:
    """Return the last number of each subject. Its row is locked: no other transaction draws one."""
    numbers: dict[str, int] = {}
    names = sorted(subjects)
    for start in range(0, len(names), BATCH):
        numbered = await session.execute(_LAST, {"subjects": names[start : start + BATCH]})
        numbers.update((subject, number) for subject, number in numbered)
    return numbers


def _versions(event: Event) -> list[Event]:
    """Return the event after those earlier versions of it that are still published."""
    earlier = event.downcast()
    return [*_versions(earlier), event] if earlier else [event]


def _envelope(
    event: Event, event_id: str, sequence: int, trace: Trace, platform: str, successor: str | None
) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": f"{platform}/schemas/{event.publisher}",
        "type": event.type,
        "subject": event.subject,
        "time": now().isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "dataschema": f"{platform}/schemas/{event.type}.json",
        "sequence": f"{sequence:010d}",
        "traceparent": str(trace),
        **({"supersededby": successor} if successor else {}),
        "data": event.model_dump(mode="json"),
    }


def _row(event: Event, sequence: int, envelope: dict[str, Any]) -> dict[str, Any]:
    body = json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))
    if (size := len(body.encode())) > MAX_BYTES:
        raise EventTooLarge(f"{event.type} of {event.subject} has {size} bytes")
    return {
        "event_id": envelope["id"],
        "type": event.type,
        "subject": event.subject,
        "sequence": sequence,
        "body": body,
        "created_at": datetime.fromisoformat(envelope["time"]),
        "published_at": None,
    }


async def unpublished(session: AsyncSession) -> int:
    """Count the unpublished events."""
    return await session.scalar(select(func.count()).where(outbox.c.published_at.is_(None))) or 0
