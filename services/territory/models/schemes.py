"""Other schemes of the State: contracts, programmes, zonings. Only a new version of the files changes them."""

from datetime import date

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.territory.models.base import Base


class Scheme(Base):
    """Contract, programme or zoning of the State beside Territoires d'industrie: CRTE, ACV, PVD…"""

    __tablename__ = "schemes"

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    acronym: Mapped[str] = mapped_column(String(50))
    name: Mapped[str] = mapped_column(String(300))
    kind: Mapped[str] = mapped_column(String(50), comment="contract, programme, zone or site")
    level: Mapped[str] = mapped_column(String(50), comment="of its perimeters, as the source says")
    first_year: Mapped[int | None]
    ends: Mapped[str | None] = mapped_column(String(10), comment="year or day, as the source says; null: not said")
    state_of: Mapped[str] = mapped_column(String(10), comment="year or day of the list of perimeters")
    perimeter_count: Mapped[int]
    licence: Mapped[str] = mapped_column(String(300))
    source: Mapped[str] = mapped_column(String(500))
    note: Mapped[str | None] = mapped_column(Text)


class SchemePerimeter(Base):
    """Perimeter of a scheme. `Commune.perimeters` says which communes it covers."""

    __tablename__ = "scheme_perimeters"

    scheme_code: Mapped[str] = mapped_column(ForeignKey("schemes.code"), primary_key=True)
    code: Mapped[str] = mapped_column(String(1000), primary_key=True)
    name: Mapped[str | None] = mapped_column(String(1000), comment="null: the source names none")
    level: Mapped[str] = mapped_column(String(20))
    phase: Mapped[str | None] = mapped_column(String(100), comment="as the source says")
    signed_on: Mapped[date | None] = mapped_column(comment="null: not known")
    commune_count: Mapped[int]
