"""Base classes of the tables."""

from enum import StrEnum

from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.storage.reference_data import ShippedRow
from shared.storage.tables import service_metadata


class Base(DeclarativeBase):
    """Base of every table of this service."""

    metadata = service_metadata()


class Shipped(ShippedRow, Base):
    """Row of the reference data as it was last loaded."""


class Plan(Base):
    """Last numbers of a territory's plan. A number is never used twice, even after a deletion."""

    __tablename__ = "plans"

    territory: Mapped[str] = mapped_column(String(20), primary_key=True)
    last_action: Mapped[int]
    last_contract: Mapped[int]
    last_protocol: Mapped[int]


class TagKind(StrEnum):
    """Kinds of tags."""

    TERRITORY = "territory"
    REGION = "region"
    ORGANISATION = "organisation"
    CARRIER = "carrier"
    AXIS = "axis"


class SearchTag:
    """Tag of an object. Lists filter by tags alone, also for the visibility of objects."""

    kind: Mapped[TagKind] = mapped_column(String(20), primary_key=True, sort_order=-2)
    code: Mapped[str] = mapped_column(String(50), primary_key=True, sort_order=-1)
