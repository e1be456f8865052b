"""Ceremonies: occasions at which contracts and protocols of several territories are signed."""

from datetime import date
from uuid import UUID

from sqlalchemy import JSON, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from services.contract.models.base import Base
from shared.security.access import Stakeholders
from shared.storage.history import Recorded


class Ceremony(Recorded, Base):
    """Occasion with a place and days, such as the industry week. Contracts and protocols name it."""

    __tablename__ = "ceremonies"
    collection = "ceremonies"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    title: Mapped[str] = mapped_column(String(300))
    place: Mapped[str] = mapped_column(String(300))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    phase: Mapped[str] = mapped_column(String(4))
    regions: Mapped[list[str]] = mapped_column(JSON, comment="those that hold it; empty: the délégation")
    is_cancelled: Mapped[bool]

    @property
    def stakeholders(self) -> Stakeholders:
        """The Regions that hold it; everybody may read it."""
        return Stakeholders.of(regions=self.regions, public=True)
