"""The ground of every table."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.tables import UTCDateTime, service_metadata


class Base(DeclarativeBase):
    """A table of the territory service."""

    metadata = service_metadata()


class Edition(Base):
    """A state of the shipped reference data that was loaded, by the SHA-256 of its files."""

    __tablename__ = "editions"

    loaded_at: Mapped[datetime] = mapped_column(UTCDateTime, primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))


class Shipped(Base):
    """A row of the reference data as it was last loaded.

    An upgrade compares with this, not with the live object: what was changed through the API stays.
    """

    __tablename__ = "shipped"

    collection: Mapped[str] = mapped_column(String(50), primary_key=True)
    code: Mapped[str] = mapped_column(String(100), primary_key=True)
    row: Mapped[dict[str, Any]] = mapped_column(JSON)


class Searchable:
    """A row found by its words, whatever their accents, case and punctuation."""

    search: Mapped[str] = mapped_column(Text)
