"""Referents: the contact person of an operator for a territory."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from services.catalog.models.base import Base
from shared.security.access import Stakeholders
from shared.storage.history import Recorded
from shared.storage.personal_data import PersonalData, personal


def _contact(data: PersonalData) -> dict[str, Any]:
    """Return the declaration of a contact detail. History and events do not contain it."""
    return personal(
        data,
        about="referents of operators",
        purpose="reach the operator's referent for a territory",
        kept="`TERRITORIES_CONTACT_RETENTION` days after the end of the mandate, or until an erasure",
        readers="the territory, its Regions and the State there, the operator, the délégation",
    )


class Referent(Recorded, Base):
    """An operator's single referent (référent unique) for a territory; one at a time."""

    __tablename__ = "referents"
    __table_args__ = (
        Index(
            "ix_referents_in_office",
            "operator",
            "territory",
            unique=True,
            postgresql_where=text("until IS NULL"),
            sqlite_where=text("until IS NULL"),
        ),
    )
    collection = "referents"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    operator: Mapped[str] = mapped_column(String(9))
    territory: Mapped[str] = mapped_column(String(20), index=True)
    regions: Mapped[list[str]] = mapped_column(JSON)
    person_id: Mapped[UUID] = mapped_column(
        Uuid,
        comment="an opaque person",
        info=personal(
            PersonalData.PERSON_ID,
            about="referents of operators",
            purpose="one person over several mandates, without a name",
        ),
    )
    name: Mapped[str | None] = mapped_column(String(200), comment="null: erased", info=_contact(PersonalData.NAME))
    mail: Mapped[str | None] = mapped_column(String(254), info=_contact(PersonalData.EMAIL))
    phone: Mapped[str | None] = mapped_column(String(40), info=_contact(PersonalData.PHONE))
    since: Mapped[date]
    until: Mapped[date | None] = mapped_column(comment="the day on which the next one took over")

    @property
    def stakeholders(self) -> Stakeholders:
        return Stakeholders.of(territories=[self.territory], regions=self.regions, organisations=[self.operator])
