"""First signature and states of the contracts of each territory, as the contract service says."""

from datetime import date
from uuid import UUID

from sqlalchemy import String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from services.territory.models.base import Base


class FirstSignature(Base):
    """First signature of a contract of a territory."""

    __tablename__ = "first_signatures"

    # No foreign key: an event is never refused because of what is not known here.
    territory_key: Mapped[str] = mapped_column(String(12), primary_key=True)
    signed_on: Mapped[date]


class ContractState(Base):
    """State of a contract from a day on, until a later published one of the contract."""

    __tablename__ = "contract_states"

    contract_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, comment="order of publication")
    # No foreign key: an event is never refused because of what is not known here.
    territory_key: Mapped[str] = mapped_column(String(20), index=True)
    day: Mapped[date]
    status: Mapped[str] = mapped_column(String(20))
