"""Comments of the review, on fields of the text of a contract."""

from datetime import datetime
from typing import TypedDict
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.contract.models.base import Base
from services.contract.models.contracts import Contract
from shared.events.contract import CommentState
from shared.security.access import Stakeholders
from shared.storage.history import Recorded
from shared.storage.personal_data import FREE_TEXT
from shared.storage.tables import UTCDateTime


class CommentAnswer(TypedDict):
    """Answer of the territory to a comment."""

    organisation: str
    text: str
    answered_at: str


class Comment(Recorded, Base):
    """Comment on a field of a contract under review. It unlocks the field once the contract is returned."""

    __tablename__ = "comments"
    collection = "comments"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contracts.id"), index=True)
    organisation: Mapped[str] = mapped_column(String(9), comment="SIREN of its author")
    pointer: Mapped[str] = mapped_column(String(300), comment="JSON pointer into the version that it is about")
    text_version: Mapped[int] = mapped_column(comment="version of the text that it is about")
    current_pointer: Mapped[str | None] = mapped_column(
        String(300), comment="JSON pointer into the text last submitted; null: the field is there no more"
    )
    changed_in: Mapped[int | None] = mapped_column(comment="version in which the field first changed since")
    text: Mapped[str] = mapped_column(Text, info=FREE_TEXT)
    is_return: Mapped[bool] = mapped_column(comment="true: the reason of a return, answered by the next submission")
    state: Mapped[CommentState] = mapped_column(String(20))
    answers: Mapped[list[CommentAnswer]] = mapped_column(JSON, comment="oldest first", info=FREE_TEXT)
    resolved_by: Mapped[str | None] = mapped_column(String(9), comment="SIREN of the organisation")
    resolved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    # An inner join: PostgreSQL locks no rows on the nullable side of an outer one.
    contract: Mapped[Contract] = relationship(lazy="joined", innerjoin=True)

    @property
    def stakeholders(self) -> Stakeholders:
        """Stakeholders of the contract. Its signature does not make a comment public."""
        of_contract = self.contract.stakeholders
        return Stakeholders(of_contract.territories, of_contract.regions, of_contract.organisations)
