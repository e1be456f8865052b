"""Meetings of committees."""

from datetime import date
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.territory.models.base import Base
from services.territory.models.governance import Committee
from shared.security.access import Stakeholders
from shared.storage.history import Recorded
from shared.storage.personal_data import FREE_TEXT


class Meeting(Recorded, Base):
    """Meeting of a committee: planned, then held or cancelled."""

    __tablename__ = "meetings"
    collection = "meetings"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    committee_id: Mapped[UUID] = mapped_column(ForeignKey("committees.id"), index=True)
    day: Mapped[date]
    title: Mapped[str | None] = mapped_column(String(300), info=FREE_TEXT)
    place: Mapped[str | None] = mapped_column(String(300), info=FREE_TEXT)
    agenda: Mapped[list[str]] = mapped_column(JSON, info=FREE_TEXT)
    status: Mapped[str] = mapped_column(String(10), comment="planned, held or cancelled")
    cancelled_because: Mapped[str | None] = mapped_column(String(300), info=FREE_TEXT)
    present: Mapped[list[str]] = mapped_column(JSON, comment="SIRENs; empty until it was held")
    voting_seats: Mapped[int | None] = mapped_column(comment="seats with a vote on its day; null: not held")
    voting_present: Mapped[int | None] = mapped_column(comment="seats with a vote that were present; null: not held")
    quorum: Mapped[int | None] = mapped_column(comment="minimum of its day; null: none, or not held")

    committee: Mapped[Committee] = relationship(lazy="selectin")

    @property
    def is_quorate(self) -> bool | None:
        """True if enough seats with a vote were present. Without a quorum always; None if it was not held."""
        if self.voting_present is None:
            return None
        return self.quorum is None or self.voting_present >= self.quorum

    @property
    def stakeholders(self) -> Stakeholders:
        return self.committee.stakeholders
