"""Base class of the tables."""

from sqlalchemy.orm import DeclarativeBase

from shared.storage.reference_data import LoadedVersion, ShippedRow
from shared.storage.tables import service_metadata


class Base(DeclarativeBase):
    """Base of this service's tables; the shared kit adds its own to the same metadata."""

    metadata = service_metadata()


class ReferenceVersion(LoadedVersion, Base):
    """Version of the reference data that was loaded."""


class Shipped(ShippedRow, Base):
    """Row of the reference data as it was last loaded."""
