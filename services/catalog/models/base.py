"""Base class of the tables."""

from sqlalchemy.orm import DeclarativeBase

from shared.storage.tables import service_metadata


class Base(DeclarativeBase):
    """Base of this service's tables; the shared kit adds its own to the same metadata."""

    metadata = service_metadata()
