"""Committees and their decisions."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Self, TypedDict
from uuid import UUID

from sqlalchemy import JSON, Column, ForeignKey, String, Table, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.territory.models.base import Base
from services.territory.models.organisations import Organisation
from services.territory.models.territories import Territory
from shared.security.access import Stakeholders
from shared.storage.history import Part, Recorded, columns_of, row_of


class QuorumFrom(TypedDict):
    """Quorum of a committee from a day on."""

    since: str
    minimum: int | None
    """Minimum number of seats with a vote that are present; None: no quorum."""


class Committee(Recorded, Base):
    """Committee (comité de projet, comité de pilotage régional or national)."""

    __tablename__ = "committees"
    collection = "committees"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    level: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(300))
    region_code: Mapped[str | None] = mapped_column(String(3), index=True)
    territory_key: Mapped[str | None] = mapped_column(ForeignKey("territories.key"), index=True)
    chair_siren: Mapped[str] = mapped_column(ForeignKey("organisations.siren"))
    established_on: Mapped[date]
    dissolved_on: Mapped[date | None] = mapped_column(comment="first day without it; null: in being")
    became_follow_up_on: Mapped[date | None] = mapped_column(comment="null: no contract was signed")
    quorums: Mapped[list[QuorumFrom]] = mapped_column(JSON, default=list, comment="by their first day")

    territory: Mapped[Territory | None] = relationship(lazy="selectin")
    seats: Mapped[list["CommitteeSeat"]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="CommitteeSeat.id", back_populates="committee"
    )

    @property
    def stage(self) -> str | None:
        """Stage of a project committee: `follow_up` (comité de suivi) once a contract was signed."""
        if self.level != "project":
            return None
        return "follow_up" if self.became_follow_up_on else "project"

    @property
    def quorum(self) -> int | None:
        """Quorum that applies now."""
        return self.quorums[-1]["minimum"] if self.quorums else None

    @property
    def members(self) -> list["CommitteeSeat"]:
        """Organisations that sit now."""
        return [seat for seat in self.seats if seat.until is None]

    @property
    def regions(self) -> list[str]:
        """Its own région, or those of its territory."""
        if self.territory:
            return self.territory.regions
        return [self.region_code] if self.region_code else []

    @property
    def stakeholders(self) -> Stakeholders:
        return Stakeholders.of(
            territories=[self.territory_key] if self.territory_key else [],
            regions=self.regions,
            organisations=[self.chair_siren],
            public=True,
        )

    def snapshot(self) -> dict[str, Any]:
        return {**super().snapshot(), "seats": [columns_of(seat) for seat in self.seats]}

    @classmethod
    def restored(cls, snapshot: Mapping[str, Any]) -> Self:
        # Lines from before seats and quorums were recorded have none.
        committee = super().restored({"quorums": [], **snapshot})
        committee.seats = [row_of(CommitteeSeat, seat) for seat in snapshot.get("seats", [])]
        return committee


class CommitteeSeat(Part, Base):
    """Seat of an organisation in a committee: as chair, member or observer."""

    __tablename__ = "committee_seats"
    whole = "committee"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    committee_id: Mapped[UUID] = mapped_column(ForeignKey("committees.id"), index=True)
    organisation_siren: Mapped[str] = mapped_column(ForeignKey("organisations.siren"), index=True)
    capacity: Mapped[str] = mapped_column(String(10))
    since: Mapped[date]
    until: Mapped[date | None] = mapped_column(comment="first day without the seat; null: it sits")

    committee: Mapped[Committee] = relationship(back_populates="seats")
    organisation: Mapped[Organisation] = relationship(lazy="joined", innerjoin=True)


decision_territories = Table(
    "decision_territories",
    Base.metadata,
    Column("decision_id", ForeignKey("decisions.id"), primary_key=True),
    Column("territory_key", ForeignKey("territories.key"), primary_key=True, index=True),
)


class Decision(Recorded, Base):
    """Decision of a committee. It changes nothing until a later request names it."""

    __tablename__ = "decisions"
    collection = "decisions"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    committee_id: Mapped[UUID] = mapped_column(ForeignKey("committees.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    outcome: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(300))
    reference: Mapped[str] = mapped_column(String(300))
    decided_on: Mapped[date]
    decides: Mapped[str | None] = mapped_column(String(54), index=True, comment="one object, such as contract/<id>")
    meeting_id: Mapped[UUID | None] = mapped_column(ForeignKey("meetings.id"), index=True)

    committee: Mapped[Committee] = relationship(lazy="selectin")
    territories: Mapped[list[Territory]] = relationship(
        secondary=decision_territories, lazy="selectin", order_by=Territory.key
    )

    @property
    def territory_keys(self) -> list[str]:
        """Keys of the territories that the decision names."""
        return [territory.key for territory in self.territories]

    @property
    def regions(self) -> list[str]:
        """Régions of its committee and of its territories."""
        codes = (code for territory in self.territories for code in territory.regions)
        return sorted({*self.committee.regions, *codes})

    @property
    def stakeholders(self) -> Stakeholders:
        committee = self.committee.territory_key
        return Stakeholders.of(
            territories=[*self.territory_keys, *([committee] if committee else [])], regions=self.regions
        )

    def snapshot(self) -> dict[str, Any]:
        return {**super().snapshot(), "territories": self.territory_keys}

    @classmethod
    def restored(cls, snapshot: Mapping[str, Any]) -> Self:
        # Of the territories a line keeps the keys alone.
        decision = super().restored(snapshot)
        decision.territories = [Territory(key=key) for key in snapshot["territories"]]
        return decision
