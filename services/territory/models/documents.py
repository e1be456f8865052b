"""Sources that can be cited, and guides of the programme."""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from services.territory.models.base import Base
from shared.security.access import PUBLIC, Stakeholders
from shared.storage.history import Recorded
from shared.storage.personal_data import FREE_TEXT


class Source(Recorded, Base):
    """Source that figures, events and envelopes can cite: a speech, a press release, a report…"""

    __tablename__ = "sources"
    collection = "sources"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), index=True)
    title: Mapped[str] = mapped_column(String(300))
    author: Mapped[str | None] = mapped_column(
        String(300), comment="a body or a public office, never a private person", info=FREE_TEXT
    )
    published: Mapped[str | None] = mapped_column(String(10), comment="YYYY, YYYY-MM or YYYY-MM-DD")
    place: Mapped[str | None] = mapped_column(String(300))
    reference: Mapped[str | None] = mapped_column(String(300), comment="site and number of the article, as cited")
    url: Mapped[str | None] = mapped_column(String(2000))
    note: Mapped[str | None] = mapped_column(Text, info=FREE_TEXT)

    @property
    def stakeholders(self) -> Stakeholders:
        return PUBLIC


class Guide(Recorded, Base):
    """Version of a guide. It applies until the next known version of the same title."""

    __tablename__ = "guides"
    __table_args__ = (UniqueConstraint("title", "guide_version"),)
    collection = "guides"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    title: Mapped[str] = mapped_column(String(300))
    guide_version: Mapped[str] = mapped_column(String(20))
    phase: Mapped[str | None] = mapped_column(ForeignKey("phases.code"))
    applicable_from: Mapped[date] = mapped_column(index=True)
    applicable_until: Mapped[date | None] = mapped_column(comment="first day of the next known version; null: none")
    url: Mapped[str | None] = mapped_column(String(2000))
    note: Mapped[str | None] = mapped_column(Text, info=FREE_TEXT)
    source: Mapped[str] = mapped_column(String(300))
    source_id: Mapped[UUID | None] = mapped_column(ForeignKey("sources.id"))

    @property
    def stakeholders(self) -> Stakeholders:
        return PUBLIC
