"""The audit log: who changed which object, over all services."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from services.notification.models.base import Base
from shared.storage.personal_data import account
from shared.storage.tables import UTCDateTime


class AuditEntry(Base):
    """A change of an object. What changed stands in the history of the object."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_order", "at", "service", "position"),
        Index("ix_audit_entries_object", "collection", "object_id"),
        Index("ix_audit_entries_sub", "sub", "at"),
        Index("ix_audit_entries_org", "org", "at"),
    )

    service: Mapped[str] = mapped_column(String(20), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False, comment="in its history")
    collection: Mapped[str] = mapped_column(String(50))
    object_id: Mapped[str] = mapped_column(String(100))
    version: Mapped[int]
    operation: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    client_id: Mapped[str] = mapped_column(String(100))
    sub: Mapped[str] = mapped_column(
        String(200), comment="an opaque id of the issuer", info=account("readers of the audit log")
    )
    org: Mapped[str | None] = mapped_column(String(9))
