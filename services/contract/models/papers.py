"""Deposited copies of signed paper, and the bytes of documents."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.contract.models.base import Base
from services.contract.models.contracts import Contract
from shared.security.access import Stakeholders
from shared.storage.history import Recorded
from shared.storage.personal_data import FREE_TEXT, PersonalData, personal
from shared.storage.tables import UTCDateTime


class PaperCopy(Recorded, Base):
    """Scan of the signed paper of a contract. It is never changed, only withdrawn."""

    __tablename__ = "paper_copies"
    collection = "paper-copies"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contracts.id"), index=True)
    # No foreign key: the line of a withdrawn copy keeps the hash of bytes that are deleted.
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size_bytes: Mapped[int]
    pages: Mapped[int]
    declared_on: Mapped[date] = mapped_column(comment="day of the signature of the paper, as the depositor says")
    description: Mapped[str | None] = mapped_column(String(300), info=FREE_TEXT)
    party: Mapped[str] = mapped_column(String(9), comment="party for which it was deposited")
    deposited_by: Mapped[str] = mapped_column(String(9), comment="the party, or the body that took it over")
    deposited_at: Mapped[datetime] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    signatures: Mapped[list[dict[str, Any]]] = mapped_column(
        JSON,
        server_default="[]",
        comment="signatures in the file, as they were validated at its deposit",
        info=personal(
            PersonalData.CERTIFICATE,
            about="signatories, by the fingerprint of their certificate",
            purpose="proof that the signatures in the file were valid at its deposit",
        ),
    )

    contract: Mapped[Contract] = relationship(lazy="selectin")

    @property
    def stakeholders(self) -> Stakeholders:
        """The stakeholders of its contract; never public, as it bears signatures by hand."""
        of = self.contract.stakeholders
        return Stakeholders(of.territories, of.regions, of.organisations)


class StoredDocument(Base):
    """Bytes of a document, by their hash. Two contracts may have the same."""

    __tablename__ = "documents"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size_bytes: Mapped[int]


class DocumentPart(Base):
    """One part of the bytes of a document: it is stored and sent part by part."""

    __tablename__ = "document_parts"

    sha256: Mapped[str] = mapped_column(ForeignKey("documents.sha256", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body: Mapped[bytes] = mapped_column(
        LargeBinary,
        info=personal(
            PersonalData.DOCUMENT,
            about="signatories, by name and by their signatures by hand, and persons whom the text names",
            purpose="sealed documents, and paper copies that prove the signatures",
            kept="for ever: a legal document; a paper copy until it is withdrawn",
            readers="whom the contract concerns; everybody, for the document of a public contract",
        ),
    )
