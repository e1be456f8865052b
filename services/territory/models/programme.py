"""Phases, axes and declared figures of the programme."""

from datetime import date
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from services.territory.models.base import Base
from shared.security.access import PUBLIC, Stakeholders
from shared.storage.history import Recorded


class Phase(Base):
    """Phase of the programme. Territory codes restart in each phase."""

    __tablename__ = "phases"

    code: Mapped[str] = mapped_column(String(4), primary_key=True)
    number: Mapped[int]
    name: Mapped[str] = mapped_column(String(100))
    announced_on: Mapped[date]
    first_year: Mapped[int]
    last_year: Mapped[int]
    source: Mapped[str] = mapped_column(Text)


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
    __table_args__ = (UniqueConstraint("metric", "day", "source"),)
    collection = "figures"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    metric: Mapped[str] = mapped_column(String(100))
    value: Mapped[int] = mapped_column(BigInteger)
    day: Mapped[date] = mapped_column(index=True)
    note: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(300))

    @property
    def stakeholders(self) -> Stakeholders:
        return PUBLIC
