"""Store the audit log."""

from collections.abc import Sequence

from sqlalchemy import insert

from services.notification.models import AuditEntry
from shared.events.history import HistoryRecorded
from shared.storage.unit_of_work import WriteSession


async def record_audit(session: WriteSession, events: Sequence[HistoryRecorded]) -> None:
    """Store the entries of events."""
    rows = [entry.model_dump() | {"service": event.publisher} for event in events for entry in event.entries]
    if rows:
        await session.execute(insert(AuditEntry), rows)
