"""The tables of the service."""

from uuid import UUID

from sqlalchemy import String, Uuid
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from shared.ids import uuid7
from shared.storage.tables import service_metadata


class Base(DeclarativeBase):
    """Every table of this service, beside the kit's."""

    metadata = service_metadata()


class Idea(Base):
    """A suggestion."""

    __tablename__ = "ideas"
    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True, default=uuid7)
    title: Mapped[str] = mapped_column(String(300))
