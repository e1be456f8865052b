"""Referents: the contact person of an operator for a territory."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, String, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from services.catalog.models.base import Base
from shared.security.access import Stakeholders
from shared.storage.history import Recorded

CONTACT = ("name", "mail", "phone")
"""Personal data: only those whom the referent serves may read it. History and events do not contain it."""


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
    person_id: Mapped[UUID] = mapped_column(Uuid, comment="an opaque person")
    name: Mapped[str] = mapped_column(String(200))
    mail: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(40))
    since: Mapped[date]
    until: Mapped[date | None] = mapped_column(comment="the day on which the next one took over")

    @property
    def stakeholders(self) -> Stakeholders:
        return Stakeholders.of(territories=[self.territory], regions=self.regions, organisations=[self.operator])

    def snapshot(self) -> dict[str, Any]:
        """Return the values for the history, without personal data."""
        # History is kept for ever. It still shows that a contact changed, not to what.
        return {name: value for name, value in super().snapshot().items() if name not in CONTACT}
