"""The event door."""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from shared.events.contract import ContractSigned
from shared.messaging.consumer import Consumer

from .models import Idea

consumer: Final = Consumer("ideas")


@consumer.on(ContractSigned)
async def open_idea_box(session: AsyncSession, event: ContractSigned) -> None:
    """Begin with one idea when a contract is signed."""
    session.add(Idea(title=f"Suites du contrat {event.contract_id}"))
