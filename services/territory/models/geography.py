"""Official geography (INSEE, DGCL). Everybody may read it; only a new version of the files changes it."""

from datetime import date

from sqlalchemy import JSON, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.territory.models.base import Base, Searchable


class _GeographicUnit(Searchable):
    """Columns of every kind of place."""

    name: Mapped[str] = mapped_column(String(300))
    population: Mapped[int | None]
    lon: Mapped[float | None]
    lat: Mapped[float | None]


class Region(_GeographicUnit, Base):
    """Région."""

    __tablename__ = "regions"

    code: Mapped[str] = mapped_column(String(3), primary_key=True)
    seat: Mapped[str] = mapped_column(String(5), comment="chef-lieu, a commune code")
    zone: Mapped[str] = mapped_column(String(10))
    departement_count: Mapped[int]
    commune_count: Mapped[int]


class Departement(_GeographicUnit, Base):
    """Département."""

    __tablename__ = "departements"

    code: Mapped[str] = mapped_column(String(3), primary_key=True)
    region_code: Mapped[str] = mapped_column(String(3), index=True)
    seat: Mapped[str] = mapped_column(String(5), comment="chef-lieu, a commune code")
    zone: Mapped[str] = mapped_column(String(10))
    commune_count: Mapped[int]


class _Intercommunality(_GeographicUnit):
    """Columns of an EPCI and of an EPT."""

    siren: Mapped[str] = mapped_column(String(9), primary_key=True)
    type: Mapped[str] = mapped_column(String(10))
    commune_count: Mapped[int]
    departement_code: Mapped[str] = mapped_column(String(3), index=True)
    departement_codes: Mapped[list[str]] = mapped_column(JSON)
    region_code: Mapped[str] = mapped_column(String(3), index=True)
    region_codes: Mapped[list[str]] = mapped_column(JSON)


class Epci(_Intercommunality, Base):
    """Intercommunality with its own tax: CC, CA, CU or métropole."""

    __tablename__ = "epcis"

    financing: Mapped[str] = mapped_column(String(10))


class Ept(_Intercommunality, Base):
    """Établissement public territorial of the Grand Paris, without its own tax."""

    __tablename__ = "epts"


class EmploymentZone(_GeographicUnit, Base):
    """Zone d'emploi (INSEE, zoning of 2020): most of its active people live and work in it."""

    __tablename__ = "employment_zones"

    code: Mapped[str] = mapped_column(String(4), primary_key=True)
    zoning_year: Mapped[int]
    commune_count: Mapped[int]
    epci_count: Mapped[int]
    departement_codes: Mapped[list[str]] = mapped_column(JSON)
    region_codes: Mapped[list[str]] = mapped_column(JSON)


class _CommuneCode(_GeographicUnit):
    """Columns of what has the INSEE code of a commune."""

    code: Mapped[str] = mapped_column(String(5), primary_key=True)
    epci_siren: Mapped[str | None] = mapped_column(String(9), index=True)
    ept_siren: Mapped[str | None] = mapped_column(String(9), index=True)
    employment_zone: Mapped[str] = mapped_column(String(4), index=True, server_default="")
    departement_code: Mapped[str] = mapped_column(String(3), index=True)
    region_code: Mapped[str] = mapped_column(String(3), index=True)


class Commune(_CommuneCode, Base):
    """Commune of today. Four island communes belong to no intercommunality."""

    __tablename__ = "communes"

    siren: Mapped[str] = mapped_column(String(9), index=True)
    perimeters: Mapped[list[str]] = mapped_column(
        JSON, deferred=True, server_default="[]", comment="perimeters of other schemes that cover it: scheme/code"
    )
    kind = "commune"
    commune_code = None
    ended_on = None
    change = None


class CommunePart(_CommuneCode, Base):
    """Former, delegated or associated commune, or arrondissement: it lies in a commune of today, as all its codes."""

    __tablename__ = "commune_parts"

    kind: Mapped[str] = mapped_column(String(20), index=True)
    commune_code: Mapped[str] = mapped_column(String(5), index=True)
    ended_on: Mapped[date | None]
    change: Mapped[str | None] = mapped_column(String(100))
    siren = None


class Outline(Base):
    """Simplified outline of a place. Responses copy its text, and parse it only to simplify it further."""

    __tablename__ = "outlines"

    layer: Mapped[str] = mapped_column(String(20), primary_key=True)
    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    polygons: Mapped[str] = mapped_column(Text, comment="the coordinates of a MultiPolygon, without outer brackets")
    levels: Mapped[str] = mapped_column(
        Text, default="", comment="zoom from which each ring and point is drawn; empty: not computed"
    )
    members: Mapped[list[str]] = mapped_column(JSON, default=list, comment="SIRENs of the members of a territory")
