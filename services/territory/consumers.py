"""The event door: a signature makes the project committee the follow-up committee, and freezes the indicators."""

from services.territory import commands
from shared.events.contract import ContractSigned
from shared.messaging.consumer import Consumer
from shared.storage.unit_of_work import WriteSession

consumer = Consumer("territory")


@consumer.on(ContractSigned)
async def follow_signature(session: WriteSession, event: ContractSigned) -> None:
    """Make the project committee of the territory the follow-up committee."""
    await commands.follow_signature(session, event)


@consumer.on(ContractSigned)
async def freeze_baseline(session: WriteSession, event: ContractSigned) -> None:
    """Freeze the indicators of the territory."""
    await commands.freeze_baseline(session, event)
