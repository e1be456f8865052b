"""First signature of a contract of each territory, as the contract service says."""

from datetime import date

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from services.territory.models.base import Base


class FirstSignature(Base):
    """First signature of a contract of a territory."""

    __tablename__ = "first_signatures"

    # No foreign key: an event is never refused because of what is not known here.
    territory_key: Mapped[str] = mapped_column(String(12), primary_key=True)
    signed_on: Mapped[date]
