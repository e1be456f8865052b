"""Mandates of the people who lead a territory."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.territory.models.base import Base
from shared.storage.history import Part
from shared.storage.personal_data import PersonalData, personal


class _Mandate(Part):
    """Columns of a mandate of a person for an organisation. The person is an opaque id."""

    whole = "territory"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    territory_key: Mapped[str] = mapped_column(ForeignKey("territories.key"), index=True)
    person_id: Mapped[UUID] = mapped_column(
        Uuid,
        info=personal(
            PersonalData.PERSON_ID,
            about="pilots, project managers and State referents",
            purpose="one person over several mandates, without a name",
            readers="everybody",
        ),
    )
    organisation_siren: Mapped[str] = mapped_column(ForeignKey("organisations.siren"), index=True)
    since: Mapped[date]
    until: Mapped[date | None] = mapped_column(comment="first day out of office; null: in office")


class Pilot(_Mandate, Base):
    """Mandate of a pilot or of a project manager."""

    __tablename__ = "pilots"

    capacity: Mapped[str] = mapped_column(String(20))

    # Typed `Any`: the module of territories imports this one.
    territory: Mapped[Any] = relationship("Territory", back_populates="pilots")


class StateReferent(_Mandate, Base):
    """Mandate of a State referent (référent de l'État)."""

    __tablename__ = "state_referents"

    territory: Mapped[Any] = relationship("Territory", back_populates="state_referents")
