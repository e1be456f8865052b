"""The event door: every published event enters the journal; from territory's follow our copies."""

from collections.abc import Sequence

from services.notification import commands
from services.notification.models import AuditEntry, projections
from services.notification.rules.catalogue import published
from shared.bus import Message
from shared.events.history import HistoryRecorded
from shared.messaging.consumer import Consumer
from shared.storage.unit_of_work import WriteSession

consumer = Consumer("notification")
projections.listen(consumer)


@consumer.counter(*HistoryRecorded.of_publisher.values(), into=[AuditEntry], together=True)
async def audit(session: WriteSession, events: Sequence[HistoryRecorded]) -> None:
    """Store who changed which object."""
    await commands.record_audit(session, events)


@consumer.raw(*published().values(), together=True)
async def journal(session: WriteSession, messages: Sequence[Message]) -> None:
    """Store events in the journal, as they came."""
    await commands.record_events(session, messages)
