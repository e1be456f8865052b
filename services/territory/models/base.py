"""Base classes of the tables."""

from sqlalchemy import Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.storage.reference_data import LoadedVersion, ShippedRow
from shared.storage.tables import service_metadata


class Base(DeclarativeBase):
    """Base of every table of this service."""

    metadata = service_metadata()


class ReferenceVersion(LoadedVersion, Base):
    """Version of the reference data that was loaded."""


class Shipped(ShippedRow, Base):
    """Row of the reference data as it was last loaded."""


class Searchable:
    """Row that is searched by its words, without accents, case and punctuation."""

    search: Mapped[str] = mapped_column(Text)
