"""Seals of signed documents, and the files that were sealed."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from services.contract.models.base import Base
from shared.storage.tables import UTCDateTime

SEALS_PENDING: Final = "seals"
"""Wakeup after a commit with a document that is to be sealed."""
SealState = Literal["pending", "sealed"]
SealLevel = Literal["B-B", "B-T", "B-LT"]
"""Levels of PAdES: signed; with a time stamp; with the data that validates it later."""


class DocumentSeal(Base):
    """Seal of the document of a signed contract, protocol or amendment."""

    __tablename__ = "seals"
    __table_args__ = (Index("ix_seals_next_try_at", "next_try_at"),)

    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contracts.id"), primary_key=True)
    state: Mapped[SealState] = mapped_column(String(10))
    level: Mapped[SealLevel | None] = mapped_column(String(4))
    unsealed_sha256: Mapped[str | None] = mapped_column(
        String(64), index=True, comment="of the PDF as it is made from the content"
    )
    printed_sha256: Mapped[str | None] = mapped_column(
        String(64), comment="of the stored data from which the PDF is made again"
    )
    sealed_sha256: Mapped[str | None] = mapped_column(String(64), comment="of the PDF with its seal, at its level")
    subject: Mapped[str | None] = mapped_column(String(500), comment="of the certificate of the seal")
    fingerprint: Mapped[str | None] = mapped_column(String(64), comment="SHA-256 of the certificate")
    is_local: Mapped[bool | None] = mapped_column(comment="sealed by a key of this platform alone, for tests")
    sealed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    stamped_at: Mapped[datetime | None] = mapped_column(UTCDateTime, comment="when the time stamp was received")
    tries: Mapped[int] = mapped_column(comment="failed tries of what is to be done next")
    next_try_at: Mapped[datetime | None] = mapped_column(UTCDateTime, comment="null: nothing is to be done")
    error: Mapped[str | None] = mapped_column(String(500), comment="of the last try")


class SealedFile(Base):
    """A sealed PDF, by its hash. A later level does not delete the earlier file: it was given to people."""

    __tablename__ = "sealed_files"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    contract_id: Mapped[UUID] = mapped_column(Uuid, index=True)
    level: Mapped[SealLevel] = mapped_column(String(4))
    size_bytes: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
