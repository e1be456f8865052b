"""Hashes of the journal, and what is published of them each day."""

from datetime import date, datetime

from sqlalchemy import BigInteger, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from services.notification.models.base import Base
from shared.storage.tables import APPEND_ONLY, UTCDateTime


class JournalHash(Base):
    """Hashes of an event of the journal."""

    __tablename__ = "journal_hashes"
    __table_args__ = ({"info": {APPEND_ONLY: ()}},)

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    leaf: Mapped[str] = mapped_column(String(64), comment="of the bytes of the event, as a leaf of the Merkle tree")
    chain: Mapped[str] = mapped_column(String(64), comment="SHA-256 of the chain before it and of the row")


class JournalNode(Base):
    """Root of a complete subtree of 256, 65,536… events, so that a proof reads few rows."""

    __tablename__ = "journal_nodes"
    __table_args__ = ({"info": {APPEND_ONLY: ()}},)

    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="of 256 to this power events")
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False, comment="from 0 on")
    hash: Mapped[str] = mapped_column(String(64))


class JournalHead(Base):
    """Root of the Merkle tree over the journal at the end of a day."""

    __tablename__ = "journal_heads"
    __table_args__ = ({"info": {APPEND_ONLY: ("time_stamp", "stamped_at")}},)

    day: Mapped[date] = mapped_column(primary_key=True, comment="in Paris")
    size: Mapped[int] = mapped_column(BigInteger, comment="events in the tree: the last position of the day")
    root: Mapped[str] = mapped_column(String(64))
    closed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    time_stamp: Mapped[bytes | None] = mapped_column(LargeBinary, comment="token of RFC 3161; null: none yet")
    stamped_at: Mapped[datetime | None] = mapped_column(UTCDateTime, comment="moment that the token states")
