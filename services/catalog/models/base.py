"""The tables' common ground."""

from sqlalchemy.orm import DeclarativeBase

from shared.storage.tables import service_metadata


class Base(DeclarativeBase):
    """Every table of this service, beside the kit's."""

    metadata = service_metadata()
