"""The journal keeps every published event, for ever. Each has a position, without gaps."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import JSON, BigInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.notification.models.base import Base
from shared.storage.personal_data import EVENT
from shared.storage.tables import APPEND_ONLY, UTCDateTime

JOURNAL_GREW: Final = "journaled"
"""Channel of the readers that wait for new events."""
JOURNAL_PENDING: Final = "unplanned"
"""Wakeup after a commit with events that are not planned for every subscription."""


@dataclass(frozen=True, slots=True)
class JournalItem:
    """An event with its position in the journal."""

    position: int
    body: str


class Journal(Base):
    """A published event with its exact bytes."""

    __tablename__ = "journal"
    __table_args__ = ({"info": {APPEND_ONLY: ()}},)

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[str] = mapped_column(String(36), unique=True)
    type: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(200))
    sequence: Mapped[int]
    body: Mapped[str] = mapped_column(Text, info=EVENT)
    territories: Mapped[list[str]] = mapped_column(JSON)
    regions: Mapped[list[str]] = mapped_column(JSON)
    organisations: Mapped[list[str]] = mapped_column(JSON)
    operators: Mapped[list[str] | None] = mapped_column(
        JSON(none_as_null=True), comment="operators that filters find it by, beside the organisations; null: none"
    )
    journaled_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)


class JournalEnd(Base):
    """The last position, in one row. Whoever writes events updates it first, and so writes alone until the commit."""

    __tablename__ = "journal_end"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="1: there is one row")
    position: Mapped[int] = mapped_column(BigInteger)


class JournalSubject(Base):
    """Current stakeholders of an object: those of its last event. A former stakeholder gets no earlier events."""

    __tablename__ = "journal_subjects"

    subject: Mapped[str] = mapped_column(String(200), primary_key=True)
    sequence: Mapped[int]
    territories: Mapped[list[str]] = mapped_column(JSON)
    regions: Mapped[list[str]] = mapped_column(JSON)
    organisations: Mapped[list[str]] = mapped_column(JSON)
