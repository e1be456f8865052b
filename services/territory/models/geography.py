"""Official geography (INSEE, DGCL): read by everybody, changed only by loading another edition."""

from sqlalchemy import JSON, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.territory.models.base import Base, Searchable


class _Place(Searchable):
    """Columns of every kind of place."""

    name: Mapped[str] = mapped_column(String(300))
    population: Mapped[int | None]
    lon: Mapped[float | None]
    lat: Mapped[float | None]


class Region(_Place, Base):
    """A région."""

    __tablename__ = "regions"

    code: Mapped[str] = mapped_column(String(3), primary_key=True)
    seat: Mapped[str] = mapped_column(String(5), comment="chef-lieu, a commune code")
    zone: Mapped[str] = mapped_column(String(10))
    departement_count: Mapped[int]
    commune_count: Mapped[int]


class Departement(_Place, Base):
    """A département."""

    __tablename__ = "departements"

    code: Mapped[str] = mapped_column(String(3), primary_key=True)
    region_code: Mapped[str] = mapped_column(String(3), index=True)
    seat: Mapped[str] = mapped_column(String(5), comment="chef-lieu, a commune code")
    zone: Mapped[str] = mapped_column(String(10))
    commune_count: Mapped[int]


class _Intercommunality(_Place):
    """Columns of an EPCI and of an EPT."""

    siren: Mapped[str] = mapped_column(String(9), primary_key=True)
    type: Mapped[str] = mapped_column(String(10))
    commune_count: Mapped[int]
    departement_code: Mapped[str] = mapped_column(String(3), index=True)
    departement_codes: Mapped[list[str]] = mapped_column(JSON)
    region_code: Mapped[str] = mapped_column(String(3), index=True)
    region_codes: Mapped[list[str]] = mapped_column(JSON)


class Epci(_Intercommunality, Base):
    """An intercommunality with its own tax: CC, CA, CU or métropole."""

    __tablename__ = "epcis"

    financing: Mapped[str] = mapped_column(String(10))


class Ept(_Intercommunality, Base):
    """An établissement public territorial of the Grand Paris: no tax of its own."""

    __tablename__ = "epts"


class Commune(_Place, Base):
    """A commune. Four island communes belong to no intercommunality."""

    __tablename__ = "communes"

    code: Mapped[str] = mapped_column(String(5), primary_key=True)
    siren: Mapped[str] = mapped_column(String(9), index=True)
    epci_siren: Mapped[str | None] = mapped_column(String(9), index=True)
    ept_siren: Mapped[str | None] = mapped_column(String(9), index=True)
    departement_code: Mapped[str] = mapped_column(String(3), index=True)
    region_code: Mapped[str] = mapped_column(String(3), index=True)


class Outline(Base):
    """The simplified outline of a place, as text that answers join and never parse."""

    __tablename__ = "outlines"

    layer: Mapped[str] = mapped_column(String(20), primary_key=True)
    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    polygons: Mapped[str] = mapped_column(Text, comment="the coordinates of a MultiPolygon, without outer brackets")
