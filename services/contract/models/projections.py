"""Projections of events from territory and catalog. Each can be rebuilt from its events."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import JSON, BigInteger, String, Text, Uuid
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from services import OFFICIAL_BODIES
from services.contract.models.base import Base
from shared.events.catalog import RequestStatus
from shared.events.territory import DayPrecision, Qualifier, Unit
from shared.projections import (
    MemberProjection,
    OrganisationProjection,
    PilotProjection,
    Projections,
    TerritoryProjection,
)
from shared.security.access import Stakeholders
from shared.storage.tables import UTCDateTime


class KnownTerritory(TerritoryProjection, Base):
    """Projection of a labelled territory."""


class KnownMember(MemberProjection, Base):
    """Projection of a member of a territory: present, past or to come."""


class KnownOrganisation(OrganisationProjection, Base):
    """Projection of an organisation that may be a carrier or a party."""


class KnownPilot(PilotProjection, Base):
    """Projection of a pilot or project manager in office."""


projections: Final = Projections(KnownTerritory, KnownMember, KnownOrganisation, KnownPilot, OFFICIAL_BODIES)


class KnownCommittee(Base):
    """Projection of a committee."""

    __tablename__ = "known_committees"

    committee_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    level: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(300))
    region: Mapped[str | None] = mapped_column(String(2))
    territory: Mapped[str | None] = mapped_column(String(20))


class KnownDecision(Base):
    """Projection of a committee's decision. It changes nothing until an approval names it."""

    __tablename__ = "known_decisions"

    decision_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    committee_id: Mapped[UUID] = mapped_column(Uuid)
    level: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(30))
    outcome: Mapped[str] = mapped_column(String(20))
    reference: Mapped[str] = mapped_column(String(300))
    decided_on: Mapped[date]
    region: Mapped[str | None] = mapped_column(String(2))
    territories: Mapped[list[str]] = mapped_column(JSON)
    decides: Mapped[str | None] = mapped_column(String(54), comment="the one object; null: it names none")


class DeclaredFigure(Base):
    """Projection of a follow-up figure, as a body declared it."""

    __tablename__ = "declared_figures"

    figure_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    metric: Mapped[str] = mapped_column(String(300), index=True)
    value: Mapped[int] = mapped_column(BigInteger)
    value_decimal: Mapped[str] = mapped_column(String(24))
    unit: Mapped[Unit] = mapped_column(String(10))
    phase: Mapped[str | None] = mapped_column(String(4))
    day: Mapped[date]
    day_precision: Mapped[DayPrecision] = mapped_column(String(10))
    ends_on: Mapped[date | None]
    qualifier: Mapped[Qualifier] = mapped_column(String(10))
    source: Mapped[str] = mapped_column(Text)
    source_id: Mapped[UUID | None] = mapped_column(Uuid)
    corrects: Mapped[UUID | None] = mapped_column(Uuid)
    declared_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class KnownSource(Base):
    """Projection of a source that can be cited."""

    __tablename__ = "known_sources"

    source_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    title: Mapped[str] = mapped_column(String(300))


class KnownRequest(Base):
    """Projection of a service request. It may arrive before its action sheet, or without one."""

    __tablename__ = "known_requests"

    request_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    # No foreign key: the request may arrive before its action sheet.
    action_id: Mapped[UUID | None] = mapped_column(Uuid, index=True)
    reference: Mapped[str] = mapped_column(String(18))
    service: Mapped[str] = mapped_column(String(11))
    operator: Mapped[str] = mapped_column(String(9))
    territory: Mapped[str | None] = mapped_column(String(20), comment="null: not known, as in events of before")
    requester: Mapped[str | None] = mapped_column(String(9), comment="null: not known, as in events of before")
    status: Mapped[RequestStatus] = mapped_column(String(20))
    amount_cents: Mapped[int | None] = mapped_column(BigInteger)
    sent_at: Mapped[datetime] = mapped_column(UTCDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    place: Mapped[KnownTerritory | None] = relationship(
        viewonly=True,
        primaryjoin=lambda: foreign(KnownRequest.territory) == KnownTerritory.key,
        lazy="joined",
    )
    """Its territory, whose Regions read it."""

    @property
    def stakeholders(self) -> Stakeholders:
        """Its territory, the Regions there, the operator and the requester, as in the catalog service."""
        return Stakeholders.of(
            territories=[self.territory] if self.territory else [],
            regions=self.place.regions if self.place else [],
            organisations=[siren for siren in (self.operator, self.requester) if siren],
        )
