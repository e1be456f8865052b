"""The event door: every published event enters the journal; from territory's follow our copies."""

from collections.abc import Sequence

from services.notification import commands
from services.notification.models import projections
from services.notification.rules.catalogue import published
from shared.bus import Message
from shared.messaging.consumer import Consumer
from shared.storage.unit_of_work import WriteSession

consumer = Consumer("notification")
projections.listen(consumer)


@consumer.raw(*published().values(), together=True)
async def journal(session: WriteSession, messages: Sequence[Message]) -> None:
    """Store events in the journal, as they came."""
    await commands.record_events(session, messages)
