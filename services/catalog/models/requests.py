"""Requests of territories for services of operators."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from services.catalog.models.base import Base
from shared.events.catalog import Deadline, RequestStatus
from shared.security.access import Stakeholders
from shared.storage.history import Recorded
from shared.storage.personal_data import FREE_TEXT
from shared.storage.tables import UTCDateTime


class ServiceRequest(Recorded, Base):
    """A request to an operator, with its answers and their times."""

    __tablename__ = "requests"
    __table_args__ = (
        UniqueConstraint("operator", "year", "number"),
        Index("ix_requests_operator", "operator", "status"),
    )
    collection = "requests"
    # Responses show lateness, which changes with the date.
    supports_conditional_get = False

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    reference: Mapped[str] = mapped_column(String(18), unique=True)
    year: Mapped[int]
    number: Mapped[int]
    service: Mapped[str] = mapped_column(ForeignKey("services.code"))
    service_version: Mapped[int]
    axis: Mapped[str] = mapped_column(String(20), comment="of the service")
    operator: Mapped[str] = mapped_column(ForeignKey("operators.siren"))
    territory: Mapped[str] = mapped_column(String(20), index=True)
    regions: Mapped[list[str]] = mapped_column(JSON)
    action_id: Mapped[UUID | None] = mapped_column(Uuid, index=True)
    requester: Mapped[str] = mapped_column(String(9))
    message: Mapped[str | None] = mapped_column(Text, info=FREE_TEXT)
    status: Mapped[RequestStatus] = mapped_column(String(20), index=True)

    sent_at: Mapped[datetime] = mapped_column(UTCDateTime)
    acknowledged_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime, comment="accepted, declined or redirected")
    answer: Mapped[RequestStatus | None] = mapped_column(String(20), comment="accepted, declined or redirected")
    concluded_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    amount_cents: Mapped[int | None] = mapped_column(BigInteger, comment="what the operator brings, where it says")
    reason: Mapped[str | None] = mapped_column(Text, comment="of its last step", info=FREE_TEXT)
    redirected_to: Mapped[str | None] = mapped_column(String(9), comment="the operator that it went on to")
    redirected_as: Mapped[UUID | None] = mapped_column(Uuid, comment="the request that it went on as")
    redirected_from: Mapped[UUID | None] = mapped_column(Uuid, comment="the request that went on as this one")

    acknowledge_by: Mapped[date]
    answer_by: Mapped[date]
    conclude_by: Mapped[date]
    notified_late: Mapped[list[Deadline]] = mapped_column(JSON, comment="the deadlines whose passing was told")
    watch_from: Mapped[date | None] = mapped_column(
        index=True, comment="the day after the next deadline whose passing is to be told; null when there is none"
    )

    @property
    def due(self) -> dict[Deadline, date]:
        """Return the due day of each step."""
        return {"acknowledge": self.acknowledge_by, "answer": self.answer_by, "conclude": self.conclude_by}

    @property
    def stakeholders(self) -> Stakeholders:
        return Stakeholders.of(
            territories=[self.territory], regions=self.regions, organisations=[self.operator, self.requester]
        )
