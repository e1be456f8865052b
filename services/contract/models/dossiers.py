"""Events of contracts, as they were published."""

from uuid import UUID

from sqlalchemy import Index, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from services.contract.models.base import Base
from shared.storage.personal_data import EVENT
from shared.storage.tables import APPEND_ONLY


class PublishedEvent(Base):
    """An event of a contract with its exact bytes: the dossier of the contract has it."""

    __tablename__ = "published_events"
    __table_args__ = (Index("ix_published_events_contract_id", "contract_id", "sequence"), {"info": {APPEND_ONLY: ()}})

    event_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    contract_id: Mapped[UUID] = mapped_column(Uuid)
    sequence: Mapped[int]
    body: Mapped[str] = mapped_column(Text, info=EVENT)
