"""Yearly follow-up reports of contracts."""

from dataclasses import replace
from datetime import date, datetime
from typing import Literal, TypedDict
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.contract.models.base import Base
from services.contract.models.contracts import Contract
from shared.events.reports import ReportStatus
from shared.security.access import Stakeholders
from shared.storage.history import Recorded
from shared.storage.personal_data import FREE_TEXT
from shared.storage.tables import UTCDateTime

SheetProgress = Literal["not_started", "in_progress", "completed", "abandoned"]


class SheetReport(TypedDict):
    """Answer of a report on one action sheet of the contract."""

    action_id: str
    progress: SheetProgress
    note: str | None


class Report(Recorded, Base):
    """Compte rendu annuel de suivi: the follow-up of a contract in one calendar year."""

    __tablename__ = "reports"
    __table_args__ = (
        UniqueConstraint("contract_id", "year"),
        Index("ix_reports_territory", "territory", "year", "contract_id"),
        Index("ix_reports_watch_from", "watch_from"),
    )
    collection = "reports"
    is_large = True

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contracts.id"))
    territory: Mapped[str] = mapped_column(String(20))
    phase: Mapped[str] = mapped_column(String(4))
    year: Mapped[int]
    status: Mapped[ReportStatus] = mapped_column(String(20))
    due_on: Mapped[date]

    summary: Mapped[str | None] = mapped_column(Text, info=FREE_TEXT)
    governance: Mapped[str | None] = mapped_column(Text, comment="meetings held", info=FREE_TEXT)
    actions: Mapped[list[SheetReport]] = mapped_column(
        JSON, comment="one line for each sheet of the contract", info=FREE_TEXT
    )
    difficulties: Mapped[str | None] = mapped_column(Text, info=FREE_TEXT)
    outlook: Mapped[str | None] = mapped_column(Text, comment="planned for the time after the year", info=FREE_TEXT)

    reopen_reason: Mapped[str | None] = mapped_column(
        Text, comment="of the last reopening; null once checked again", info=FREE_TEXT
    )
    submitted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    checked_at: Mapped[datetime | None] = mapped_column(UTCDateTime, comment="last check")
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    reminded: Mapped[list[str]] = mapped_column(JSON, comment="reminders that were published, or need not be")
    watch_from: Mapped[date | None] = mapped_column(comment="day of the next reminder; null: none")

    contract: Mapped[Contract] = relationship(lazy="selectin")

    @property
    def is_public(self) -> bool:
        """True from the first check on: everybody may read the report."""
        return self.checked_at is not None

    @property
    def stakeholders(self) -> Stakeholders:
        """Territory, Regions and parties of its contract."""
        return replace(self.contract.stakeholders, public=self.is_public)

    @property
    def contract_number(self) -> str:
        """Number of the contract in the plan of its territory."""
        return self.contract.number

    @property
    def regions(self) -> list[str]:
        """Regions of the contract: any of them checks the report."""
        return self.contract.regions
