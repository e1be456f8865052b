"""Announced envelopes of the programme."""

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from services.territory.models.base import Base
from shared.security.access import PUBLIC, Stakeholders
from shared.storage.history import Recorded
from shared.storage.personal_data import FREE_TEXT


class Envelope(Recorded, Base):
    """Amount that was announced for the programme."""

    __tablename__ = "envelopes"
    collection = "envelopes"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    title: Mapped[str] = mapped_column(String(300))
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    qualifier: Mapped[str] = mapped_column(String(10))
    announced_on: Mapped[date | None] = mapped_column(comment="null: no source gives the day")
    phase: Mapped[str] = mapped_column(ForeignKey("phases.code"), index=True)
    note: Mapped[str | None] = mapped_column(Text, info=FREE_TEXT)
    source: Mapped[str] = mapped_column(String(300))
    source_id: Mapped[UUID | None] = mapped_column(ForeignKey("sources.id"))

    @property
    def stakeholders(self) -> Stakeholders:
        return PUBLIC
