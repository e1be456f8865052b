"""Requests to change the perimeter of a territory."""

from datetime import date
from typing import TypedDict
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.territory.models.base import Base
from services.territory.models.territories import Territory
from shared.security.access import Stakeholders
from shared.storage.history import Recorded
from shared.storage.personal_data import FREE_TEXT


class RegionDecision(TypedDict):
    """Decision of a regional committee on a request."""

    region: str
    decision_id: str
    outcome: str
    decided_on: str


class PerimeterRequest(Recorded, Base):
    """Request that members enter or leave a territory. Each Region concerned decides on it."""

    __tablename__ = "perimeter_requests"
    collection = "perimeter-requests"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    territory_key: Mapped[str] = mapped_column(ForeignKey("territories.key"), index=True)
    enters: Mapped[list[str]] = mapped_column(JSON)
    leaves: Mapped[list[str]] = mapped_column(JSON)
    wished_on: Mapped[date]
    reason: Mapped[str] = mapped_column(Text, info=FREE_TEXT)
    state: Mapped[str] = mapped_column(String(20), index=True, comment="open, decided, effective or withdrawn")
    outcome: Mapped[str | None] = mapped_column(String(20), comment="accepted or refused; null: not decided")
    regions: Mapped[list[str]] = mapped_column(JSON, comment="régions whose committees decide")
    decisions: Mapped[list[RegionDecision]] = mapped_column(JSON, default=list, comment="the last one of each région")
    requested_by: Mapped[str | None] = mapped_column(String(9))
    effective_on: Mapped[date | None]

    territory: Mapped[Territory] = relationship(lazy="selectin")

    @property
    def subject(self) -> str:
        """Name of the request in the decisions on it."""
        return f"perimeter-request/{self.id}"

    @property
    def stakeholders(self) -> Stakeholders:
        requester = [self.requested_by] if self.requested_by else []
        return Stakeholders.of(
            territories=[self.territory_key],
            regions=self.regions,
            organisations=[*self.enters, *self.leaves, *requester],
        )
