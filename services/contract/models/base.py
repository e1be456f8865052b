"""The tables' common ground."""

from enum import StrEnum

from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.storage.tables import service_metadata


class Base(DeclarativeBase):
    """Every table of this service, beside the kit's."""

    metadata = service_metadata()


class Plan(Base):
    """A territory's plan: the last numbers given in it. A number is never given twice, even after a deletion."""

    __tablename__ = "plans"

    territory: Mapped[str] = mapped_column(String(20), primary_key=True)
    last_action: Mapped[int]
    last_contract: Mapped[int]


class TagKind(StrEnum):
    """Kinds of tags."""

    TERRITORY = "territory"
    REGION = "region"
    ORGANISATION = "organisation"
    CARRIER = "carrier"
    AXIS = "axis"


class Tag:
    """One thing that an object is found by: lists filter, and show what a caller may see, by tags alone."""

    kind: Mapped[TagKind] = mapped_column(String(20), primary_key=True, sort_order=-2)
    code: Mapped[str] = mapped_column(String(50), primary_key=True, sort_order=-1)
