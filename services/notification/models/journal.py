"""The journal keeps every published event, for ever."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from sqlalchemy import JSON, BigInteger, Index, String, Table, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from services.notification.models.base import Base
from shared.storage.tables import Counter, UTCDateTime

JOURNAL_GREW: Final = "numbered"
"""PostgreSQL channel: wakes the readers that wait, once new events have positions."""
JOURNAL_PENDING: Final = "journaled"
"""Wakeup after a commit with events that have no position yet."""


@dataclass(frozen=True, slots=True)
class JournalItem:
    """An event with its position in the journal."""

    position: int
    body: str


class Journal(Base):
    """A published event with its exact bytes. The sequencer gives each a position, without gaps."""

    __tablename__ = "journal"

    id: Mapped[int] = mapped_column(Counter, primary_key=True, autoincrement=True)
    position: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    event_id: Mapped[str] = mapped_column(String(36), unique=True)
    type: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(200))
    sequence: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    territories: Mapped[list[str]] = mapped_column(JSON)
    regions: Mapped[list[str]] = mapped_column(JSON)
    organisations: Mapped[list[str]] = mapped_column(JSON)
    journaled_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)

    __table_args__ = (
        Index(
            "ix_journal_unsequenced",
            "id",
            postgresql_where=text("position IS NULL"),
            sqlite_where=text("position IS NULL"),
        ),
    )


class JournalSubject(Base):
    """Current stakeholders of an object: those of its last event. A former stakeholder gets no earlier events."""

    __tablename__ = "journal_subjects"

    subject: Mapped[str] = mapped_column(String(200), primary_key=True)
    sequence: Mapped[int]
    territories: Mapped[list[str]] = mapped_column(JSON)
    regions: Mapped[list[str]] = mapped_column(JSON)
    organisations: Mapped[list[str]] = mapped_column(JSON)


journal: Final = cast("Table", Journal.__table__)
