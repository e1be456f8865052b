"""The ground of every table."""

from sqlalchemy import Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.storage.reference_data import LoadedVersion, ShippedRow
from shared.storage.tables import service_metadata


class Base(DeclarativeBase):
    """A table of the territory service."""

    metadata = service_metadata()


class ReferenceVersion(LoadedVersion, Base):
    """An edition of the reference data that was loaded."""


class Shipped(ShippedRow, Base):
    """A row of the reference data as it was last loaded."""


class Searchable:
    """A row found by its words, whatever their accents, case and punctuation."""

    search: Mapped[str] = mapped_column(Text)
