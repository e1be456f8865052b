"""The event door: every published event enters the journal; from territory's follow our copies."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.notification import commands
from services.notification.models import copies
from services.notification.rules.catalogue import published
from shared.bus import Message
from shared.inbox import Consumer

consumer = Consumer("notification")
copies.listen(consumer)


@consumer.keeps(*published().values())
async def journal(session: AsyncSession, message: Message) -> None:
    """Write an event down, as it came."""
    await commands.journal(session, message)
