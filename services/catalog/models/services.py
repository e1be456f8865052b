"""Services and their versions."""

from datetime import date, datetime
from typing import TypedDict

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.catalog.models.base import Base
from shared.events.catalog import Openness, ServiceKind
from shared.security.access import Stakeholders
from shared.storage.history import Recorded
from shared.storage.personal_data import FREE_TEXT
from shared.storage.tables import UTCDateTime


class Beneficiary(TypedDict):
    """A kind of beneficiary, in the source's words; `condition` is a further requirement."""

    kind: str
    condition: str | None
    words: str | None


class NamedPhase(TypedDict):
    """A phase of the programme that a service names, in the source's words."""

    phase: str
    words: str | None


class Threshold(TypedDict):
    """The minimum cost of a project, in cents: missed below `least_cents`, reached from `surely_cents` on."""

    least_cents: int
    surely_cents: int
    region: str | None
    words: str | None


class Offer:
    """Content of an offer: service, beneficiaries, validity."""

    operator: Mapped[str | None] = mapped_column(String(9), index=True, comment="null: no organisation answers for it")
    named: Mapped[str] = mapped_column(String(100), comment="the operator, as the catalogue names it")
    name: Mapped[str] = mapped_column(String(300))
    axis: Mapped[str] = mapped_column(String(20))
    kind: Mapped[ServiceKind] = mapped_column(String(20))
    beneficiaries: Mapped[str] = mapped_column(Text)
    beneficiary_kinds: Mapped[list[Beneficiary]] = mapped_column(JSON)
    description: Mapped[str] = mapped_column(Text)
    key_figures: Mapped[str | None] = mapped_column(Text)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    precision: Mapped[str] = mapped_column(String(4), comment="day or year: what the source says")
    openness: Mapped[Openness | None] = mapped_column(String(20), comment="null: no source says")
    openness_words: Mapped[str | None] = mapped_column(Text)
    phases: Mapped[list[NamedPhase]] = mapped_column(JSON)
    threshold: Mapped[Threshold | None] = mapped_column(JSON(none_as_null=True))
    basket: Mapped[str] = mapped_column(String(20))
    confidence: Mapped[str] = mapped_column(String(10))
    source: Mapped[str | None] = mapped_column(Text)
    search: Mapped[str] = mapped_column(Text, comment="its texts, without accents or case")

    # Not stored, and empty until a query knows the day that it is about.
    named_on_day = ""

    @property
    def operator_named(self) -> str:
        """Name of the operator on the day that a query is about; a brand, as the catalogue has it."""
        return self.named_on_day or self.named


CONTENT = (
    "operator", "named", "name", "axis", "kind", "beneficiaries", "beneficiary_kinds", "description", "key_figures",
    "starts_on", "ends_on", "precision", "openness", "openness_words", "phases", "threshold", "basket", "confidence",
    "source", "search",
)  # fmt: skip
"""Columns of a version."""


class OfferedService(Offer, Recorded, Base):
    """A service of the catalogue, in its present version."""

    __tablename__ = "services"
    collection = "services"
    # Responses show if the service is on offer, which changes with the date.
    supports_conditional_get = False

    code: Mapped[str] = mapped_column(String(11), primary_key=True)
    service_version: Mapped[int] = mapped_column(comment="of what is offered; a withdrawal is none")
    valid_from: Mapped[date] = mapped_column(comment="the day from which this version speaks")
    withdrawn_on: Mapped[date | None]
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawal_reason: Mapped[str | None] = mapped_column(Text, info=FREE_TEXT)
    published_at: Mapped[datetime] = mapped_column(UTCDateTime)

    @property
    def valid_until(self) -> None:
        """Return None: the present version has no end."""
        return

    @property
    def stakeholders(self) -> Stakeholders:
        return Stakeholders.of(organisations=[self.operator] if self.operator else [], public=True)


class ServiceVersion(Offer, Base):
    """A version: the offer from a day until the day before the next version."""

    __tablename__ = "service_versions"

    code: Mapped[str] = mapped_column(ForeignKey("services.code"), primary_key=True)
    service_version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    valid_from: Mapped[date]
    valid_until: Mapped[date | None] = mapped_column(comment="the last day; null for the present version")
    published_at: Mapped[datetime] = mapped_column(UTCDateTime)
    service: Mapped[OfferedService] = relationship(lazy="joined", innerjoin=True)

    @property
    def version(self) -> int:
        """Version of the service that a change is based on."""
        return self.service.version

    @property
    def updated_at(self) -> datetime:
        """Return the time of the service's last change."""
        return self.service.updated_at

    @property
    def withdrawn_on(self) -> date | None:
        """Return the day of the service's withdrawal."""
        return self.service.withdrawn_on

    @property
    def withdrawal_reason(self) -> str | None:
        """Return the reason of the service's withdrawal."""
        return self.service.withdrawal_reason
