"""Calendar of the programme: the stages of its phases, and its events."""

from datetime import date
from typing import TypedDict
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from services.territory.models.base import Base
from shared.security.access import PUBLIC, Stakeholders
from shared.storage.history import Recorded
from shared.storage.personal_data import FREE_TEXT


class PhaseStage(Base):
    """Stage of a phase. It may start before its nominal month."""

    __tablename__ = "phase_stages"

    phase: Mapped[str] = mapped_column(ForeignKey("phases.code"), primary_key=True)
    code: Mapped[str] = mapped_column(String(50), primary_key=True)
    rank: Mapped[int]
    label: Mapped[str] = mapped_column(String(300))
    nominal_month: Mapped[str] = mapped_column(String(7), comment="YYYY-MM")
    started_on: Mapped[date | None] = mapped_column(comment="null: no source gives the day")
    content: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)


class Attendance(TypedDict):
    """Number of participants with a role. Persons are never named."""

    role: str
    count: int


class CalendarEvent(Recorded, Base):
    """Event of the programme. Unknown days are null, never a guess."""

    __tablename__ = "calendar_events"
    collection = "calendar"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), index=True)
    title: Mapped[str] = mapped_column(String(300))
    phase: Mapped[str | None] = mapped_column(ForeignKey("phases.code"))
    precision: Mapped[str] = mapped_column(String(10), comment="day, published (the day of the publication) or year")
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    year: Mapped[int]
    status: Mapped[str] = mapped_column(String(20))
    place: Mapped[str | None] = mapped_column(String(300))
    note: Mapped[str | None] = mapped_column(Text, info=FREE_TEXT)
    attendance: Mapped[list[Attendance]] = mapped_column(JSON, default=list)
    source: Mapped[str] = mapped_column(Text)
    source_id: Mapped[UUID | None] = mapped_column(ForeignKey("sources.id"))
    first_day: Mapped[date] = mapped_column(index=True, comment="first possible day: order of the calendar")
    last_day: Mapped[date] = mapped_column(comment="last possible day")

    @property
    def stakeholders(self) -> Stakeholders:
        return PUBLIC
