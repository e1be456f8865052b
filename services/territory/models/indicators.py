"""Indicators, their values by place and year, the imports of values, and the baselines of contracts."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column, query_expression

from services.territory.models.base import Base
from shared.events.indicators import IndicatorBasis, IndicatorKind, IndicatorLevel, IndicatorUnit, IndicatorWeighting
from shared.security.access import PUBLIC, Stakeholders
from shared.storage.history import Recorded
from shared.storage.personal_data import FREE_TEXT
from shared.storage.tables import UTCDateTime


class Indicator(Recorded, Base):
    """Definition of an indicator: a count, or a ratio of two counts or a share as it is published."""

    __tablename__ = "indicators"
    collection = "indicators"

    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    label: Mapped[str] = mapped_column(String(300), comment="in French")
    definition: Mapped[str] = mapped_column(Text)
    unit: Mapped[IndicatorUnit] = mapped_column(String(20))
    kind: Mapped[IndicatorKind] = mapped_column(String(10))
    numerator: Mapped[str | None] = mapped_column(ForeignKey("indicators.code"), comment="null: no ratio of two counts")
    denominator: Mapped[str | None] = mapped_column(
        ForeignKey("indicators.code"), comment="null: no ratio of two counts"
    )
    weighting: Mapped[IndicatorWeighting] = mapped_column(
        String(20), comment="how a territory's value is made of the values of larger areas"
    )
    population: Mapped[str | None] = mapped_column(Text, comment="persons that are counted; null: not stated")
    basis: Mapped[IndicatorBasis | None] = mapped_column(String(10), comment="null: not stated, or of no persons")
    zoning: Mapped[str | None] = mapped_column(String(300), comment="geography of the values")
    zoning_year: Mapped[int | None]
    sector: Mapped[str | None] = mapped_column(String(300), comment="null: of no sector, or not stated")
    includes_construction: Mapped[bool | None] = mapped_column(comment="null: of no sector, or not stated")
    source: Mapped[str] = mapped_column(Text)
    source_id: Mapped[UUID | None] = mapped_column(ForeignKey("sources.id"))
    licence: Mapped[str | None] = mapped_column(String(300), comment="null: not known")
    reserve: Mapped[str | None] = mapped_column(Text, comment="what it must not be used for")
    levels: Mapped[list[IndicatorLevel]] = mapped_column(JSON, default=list, comment="levels that have a value")
    years: Mapped[list[int]] = mapped_column(JSON, default=list, comment="years that have a value, ascending")
    value_count: Mapped[int] = mapped_column(default=0)

    @property
    def has_parts(self) -> bool:
        """True for a ratio of two counts: its values are computed from theirs."""
        return self.numerator is not None

    @property
    def stakeholders(self) -> Stakeholders:
        return PUBLIC


class IndicatorValue(Base):
    """Value of an indicator for a place and a year, exact."""

    __tablename__ = "indicator_values"

    indicator_code: Mapped[str] = mapped_column(ForeignKey("indicators.code"), primary_key=True)
    level: Mapped[IndicatorLevel] = mapped_column(String(20), primary_key=True)
    geography: Mapped[str] = mapped_column(String(9), primary_key=True, comment="code of the place")
    year: Mapped[int] = mapped_column(primary_key=True)
    value_decimal: Mapped[str] = mapped_column(String(24), comment="in decimal digits")
    import_id: Mapped[UUID | None] = mapped_column(Uuid, index=True, comment="null: of the reference data")

    denominator_decimal: Mapped[str | None] = query_expression()
    """Value of the denominator of a ratio; `value_decimal` is that of its numerator."""


class IndicatorImport(Recorded, Base):
    """File of values that was imported, and perhaps taken back."""

    __tablename__ = "indicator_imports"
    collection = "indicator_imports"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    indicator_code: Mapped[str] = mapped_column(ForeignKey("indicators.code"), index=True)
    sha256: Mapped[str] = mapped_column(String(64), comment="of the file")
    identity: Mapped[str | None] = mapped_column(
        String(130), unique=True, comment="indicator and SHA-256; null once it is reverted"
    )
    row_count: Mapped[int]
    new_count: Mapped[int] = mapped_column(comment="rows for places and years without a value before")
    replaced_count: Mapped[int] = mapped_column(comment="rows that changed a value")
    levels: Mapped[list[IndicatorLevel]] = mapped_column(JSON)
    years: Mapped[list[int]] = mapped_column(JSON)
    imported_at: Mapped[datetime] = mapped_column(UTCDateTime)
    reverted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reverted_because: Mapped[str | None] = mapped_column(Text, info=FREE_TEXT)

    @property
    def status(self) -> str:
        """State of the import: applied, or reverted."""
        return "reverted" if self.reverted_at else "applied"

    @property
    def unchanged_count(self) -> int:
        """Number of rows that repeated a value."""
        return self.row_count - self.new_count - self.replaced_count

    @property
    def stakeholders(self) -> Stakeholders:
        return PUBLIC


class IndicatorImportRow(Base):
    """Row of an import, with the value that stood before."""

    __tablename__ = "indicator_import_rows"

    import_id: Mapped[UUID] = mapped_column(ForeignKey("indicator_imports.id"), primary_key=True)
    level: Mapped[IndicatorLevel] = mapped_column(String(20), primary_key=True)
    geography: Mapped[str] = mapped_column(String(9), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    value_decimal: Mapped[str] = mapped_column(String(24))
    former_decimal: Mapped[str | None] = mapped_column(String(24), comment="null: there was none")
    former_import_id: Mapped[UUID | None] = mapped_column(Uuid, comment="null: of the reference data, or none")


class Baseline(Base):
    """Values of the indicators of a territory, as they were known when a contract was signed. It never changes."""

    __tablename__ = "baselines"

    # No foreign key: an event is never refused because of what is not known here.
    contract_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    contract_number: Mapped[str] = mapped_column(String(100))
    territory_key: Mapped[str] = mapped_column(String(12), index=True)
    signed_on: Mapped[date]
    frozen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    frozen_values: Mapped[list[dict[str, Any]]] = mapped_column(JSON, comment="each with its indicator and its parts")
