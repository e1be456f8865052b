"""Phases, axes and declared figures of the programme."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.territory.models.base import Base
from services.territory.models.calendar import PhaseStage
from shared.clock import now
from shared.events.territory import DayPrecision, Qualifier, Unit
from shared.security.access import PUBLIC, Stakeholders
from shared.storage.history import Recorded
from shared.storage.personal_data import FREE_TEXT
from shared.storage.tables import UTCDateTime


class Phase(Base):
    """Phase of the programme. Territory codes restart in each phase."""

    __tablename__ = "phases"

    code: Mapped[str] = mapped_column(String(4), primary_key=True)
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(100))
    announced_on: Mapped[date]
    listed_on: Mapped[date | None] = mapped_column(comment="day of the list that names all its territories")
    list_source: Mapped[str | None] = mapped_column(Text)
    first_year: Mapped[int]
    last_year: Mapped[int]
    source: Mapped[str] = mapped_column(Text)

    stages: Mapped[list[PhaseStage]] = relationship(lazy="raise", viewonly=True, order_by=PhaseStage.rank)


class Axis(Base):
    """Axis of a phase. Some Regions added their own."""

    __tablename__ = "axes"

    phase: Mapped[str] = mapped_column(ForeignKey("phases.code"), primary_key=True)
    code: Mapped[str] = mapped_column(String(50), primary_key=True)
    rank: Mapped[int]
    label: Mapped[str] = mapped_column(String(300))
    region_code: Mapped[str | None] = mapped_column(String(3))
    source: Mapped[str] = mapped_column(Text)


class Figure(Recorded, Base):
    """Follow-up figure that a body declared for a day. Computed figures never overwrite it."""

    __tablename__ = "figures"
    collection = "figures"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    metric: Mapped[str] = mapped_column(String(100), index=True)
    value: Mapped[int] = mapped_column(BigInteger, comment="rounded to a whole number")
    value_decimal: Mapped[str] = mapped_column(String(24), comment="the exact value, in decimal digits")
    unit: Mapped[Unit] = mapped_column(String(10))
    phase: Mapped[str | None] = mapped_column(String(4))
    day: Mapped[date] = mapped_column(index=True)
    day_precision: Mapped[DayPrecision] = mapped_column(String(10), default="day")
    ends_on: Mapped[date | None]
    qualifier: Mapped[Qualifier] = mapped_column(String(10), default="exact")
    note: Mapped[str | None] = mapped_column(Text, info=FREE_TEXT)
    source: Mapped[str] = mapped_column(String(300))
    source_id: Mapped[UUID | None] = mapped_column(Uuid)
    declared_at: Mapped[datetime] = mapped_column(UTCDateTime, default=now)
    corrects: Mapped[UUID | None] = mapped_column(ForeignKey("figures.id"), unique=True)
    corrected_by: Mapped[UUID | None] = mapped_column(Uuid)
    identity: Mapped[str | None] = mapped_column(
        String(450), unique=True, comment="metric, day, phase and source; null once it is corrected"
    )

    @property
    def stakeholders(self) -> Stakeholders:
        return PUBLIC
