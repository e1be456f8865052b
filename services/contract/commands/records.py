"""Commands of records: what sources published of protocols and contracts."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from services.contract import queries
from services.contract.models import ContractRecord
from services.contract.rules import records as rules
from shared.clock import now, today
from shared.ids import uuid7
from shared.storage import outbox
from shared.storage.history import require_version, set_reason
from shared.storage.reference_data import Difference
from shared.storage.unit_of_work import WriteSession

DEFAULTS: Final[dict[str, Any]] = {
    "day": None,
    "precision": "day",
    "action_count": None,
    "amount_cents": None,
    "note": None,
}


async def record_fact(session: WriteSession, *, territory: str, **content: Any) -> ContractRecord:
    """Record a fact that sources published, in its territory and the Regions of today."""
    place = await queries.get_territory(session, territory, pointer="/territory")
    return _add(session, uuid7(), territory=territory, phase=place.phase, regions=place.regions, content=content)


async def correct_record(
    session: WriteSession, record_id: UUID, *, expected: int, reason: str, **content: Any
) -> ContractRecord:
    """Correct a record. Its history keeps the former statement."""
    record = await queries.get_record(session, record_id, lock=True)
    require_version(record, expected)
    set_reason(session, record, reason)
    rules.write(record, content, today=today())
    if session.is_modified(record):
        outbox.add(session, rules.recorded(record, at=now()))
    return record


async def withdraw_record(session: WriteSession, record_id: UUID, *, reason: str) -> ContractRecord:
    """Withdraw a record: it stays readable, and counts no more."""
    record = await queries.get_record(session, record_id, lock=True)
    rules.withdraw(record, at=now())
    set_reason(session, record, reason)
    outbox.add(session, rules.recorded(record, at=now()))
    return record


async def apply_shipped(session: WriteSession, records: Sequence[tuple[UUID, Difference]]) -> int:
    """Record the shipped facts that are new, and correct the others. Return the number of events.

    A withdrawn record stays as it is.
    """
    stored = {
        record.id: record for record in await queries.records_of(session, [record_id for record_id, _ in records])
    }
    written = 0
    for record_id, difference in records:
        row, content = difference.after, _shipped_content(difference)
        record = stored.get(record_id)
        if record is None:
            place = {name: row[name] for name in ("territory", "phase", "regions")}
            _add(session, record_id, **place, content=content)
            written += 1
        elif record.withdrawn_at is None:
            record.regions = difference.changed.get("regions", record.regions)
            rules.write(record, content, today=today())
            if session.is_modified(record):
                outbox.add(session, rules.recorded(record, at=now()))
                written += 1
    return written


def _shipped_content(difference: Difference) -> dict[str, Any]:
    """Return the content that differs. A day and its precision are written together."""
    content = {name: value for name, value in difference.changed.items() if name in rules.CONTENT}
    if content.keys() & {"day", "precision"}:
        day = difference.after["day"]
        content |= {"day": date.fromisoformat(day) if day else None, "precision": difference.after["precision"]}
    return content


def _add(
    session: WriteSession,
    record_id: UUID,
    *,
    territory: str,
    phase: str,
    regions: Sequence[str],
    content: dict[str, Any],
) -> ContractRecord:
    record = ContractRecord(id=record_id, territory=territory, phase=phase, regions=list(regions), **DEFAULTS)
    rules.write(record, {**DEFAULTS, **content}, today=today())
    session.add(record)
    outbox.add(session, rules.recorded(record, at=now()))
    return record
