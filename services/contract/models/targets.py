"""Targets of the programme: a measure, a goal and a day."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from services.contract.models.base import Base
from shared.events.contract import TargetMeasure
from shared.security.access import PUBLIC, Stakeholders
from shared.storage.history import Recorded
from shared.storage.tables import UTCDateTime


class Target(Recorded, Base):
    """Target that the programme set itself for a day."""

    __tablename__ = "targets"
    collection = "targets"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    title: Mapped[str] = mapped_column(String(300))
    measure: Mapped[TargetMeasure] = mapped_column(String(30))
    goal: Mapped[int | None] = mapped_column(comment="null: every territory")
    phase: Mapped[str] = mapped_column(String(4))
    region: Mapped[str | None] = mapped_column(String(2))
    due_on: Mapped[date]
    source: Mapped[str] = mapped_column(String(300))
    source_id: Mapped[UUID | None] = mapped_column(Uuid)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    @property
    def stakeholders(self) -> Stakeholders:
        return PUBLIC
