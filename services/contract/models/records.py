"""Records of dated facts of protocols and contracts, as sources published them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, BigInteger, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from services.contract.models.base import Base
from shared.events.contract import RecordKind, RecordPrecision
from shared.security.access import Stakeholders
from shared.storage.history import Recorded
from shared.storage.personal_data import FREE_TEXT
from shared.storage.tables import UTCDateTime


class ContractRecord(Recorded, Base):
    """Published statement of a dated fact of a protocol or a contract. Several records may be of one fact."""

    __tablename__ = "contract_records"
    collection = "contract-records"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    territory: Mapped[str] = mapped_column(String(20), index=True)
    phase: Mapped[str] = mapped_column(String(4), index=True)
    regions: Mapped[list[str]] = mapped_column(JSON, comment="of the territory, when the fact was recorded")
    kind: Mapped[RecordKind] = mapped_column(String(30))
    day: Mapped[date | None] = mapped_column(comment="last possible day; null: unknown")
    precision: Mapped[RecordPrecision] = mapped_column(String(10))
    first_day: Mapped[date] = mapped_column(index=True, comment="first possible day: order of the list")
    fact: Mapped[str] = mapped_column(String(100), comment="key of the fact: records with one key count once")
    action_count: Mapped[int | None]
    amount_cents: Mapped[int | None] = mapped_column(BigInteger)
    note: Mapped[str | None] = mapped_column(Text, info=FREE_TEXT)
    sources: Mapped[list[str]] = mapped_column(JSON)
    search: Mapped[str] = mapped_column(Text, comment="its texts, without accents or case", info=FREE_TEXT)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    @property
    def stakeholders(self) -> Stakeholders:
        return Stakeholders.of(territories=[self.territory], regions=self.regions, public=True)
