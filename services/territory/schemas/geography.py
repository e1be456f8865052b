"""Answers about official geography. Codes and populations: INSEE, DGCL, geography of 1 January 2026."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.events.codes import CommuneCode, DepartementCode, RegionCode, Siren
from shared.schemas import Answer, Count, Line

FormOfPlace = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{2,10}$", max_length=10)]
Population = Count | None
POPULATION = Field(description="Municipal population (population municipale), inhabitants.", examples=[6113384])
LON = Field(ge=-180, le=180, description="Longitude of a centre point, degrees, WGS 84.", examples=[-0.1583])
LAT = Field(ge=-90, le=90, description="Latitude of a centre point, degrees, WGS 84.", examples=[45.0878])
COMMUNES = Field(description="How many communes it has.", examples=[4293])


class RegionOut(Answer):
    """A région."""

    code: RegionCode
    name: Line = Field(examples=["Nouvelle-Aquitaine"])
    zone: Literal["metro", "drom"] = Field(description="Metropolitan, or overseas (département et région d'outre-mer).")
    seat: CommuneCode = Field(description="INSEE code of its chef-lieu.", examples=["33063"])
    departement_count: Count = Field(examples=[12])
    commune_count: Count = COMMUNES
    population: Population = POPULATION
    lon: float | None = LON
    lat: float | None = LAT


class DepartementOut(Answer):
    """A département."""

    code: DepartementCode
    name: Line = Field(examples=["Pyrénées-Atlantiques"])
    region_code: RegionCode
    zone: Literal["metro", "drom"] = Field(description="Metropolitan, or overseas (département et région d'outre-mer).")
    seat: CommuneCode = Field(description="INSEE code of its chef-lieu.", examples=["64445"])
    commune_count: Count = COMMUNES
    population: Population = POPULATION
    lon: float | None = LON
    lat: float | None = LAT


class EptOut(Answer):
    """An établissement public territorial (EPT) of the Grand Paris."""

    siren: Siren
    name: Line = Field(examples=["Boucle Nord de Seine"])
    type: FormOfPlace = Field(description="EPT.", examples=["EPT"])
    departement_code: DepartementCode = Field(description="Where most of its inhabitants live.")
    departement_codes: list[DepartementCode] = Field(
        max_length=101, description="Every département it lies in, most populated first.", examples=[["75"]]
    )
    region_code: RegionCode = Field(description="Where most of its inhabitants live.")
    region_codes: list[RegionCode] = Field(
        max_length=18, description="Every région it lies in, most populated first.", examples=[["11"]]
    )
    commune_count: Count = COMMUNES
    population: Population = POPULATION
    lon: float | None = LON
    lat: float | None = LAT


class EpciOut(EptOut):
    """An intercommunality with its own tax (EPCI à fiscalité propre)."""

    name: Line = Field(examples=["CA Pau Béarn Pyrénées"])
    type: FormOfPlace = Field(
        description="CC (communauté de communes), CA (communauté d'agglomération), CU (communauté urbaine), METRO "
        "(métropole) or MET69 (métropole de Lyon).",
        examples=["CA"],
    )
    financing: FormOfPlace = Field(description="FPU (single business tax) or FA (additional tax).", examples=["FPU"])


class CommuneOut(Answer):
    """A commune."""

    code: CommuneCode
    name: Line = Field(examples=["Pau"])
    siren: Siren = Field(examples=["216404459"])
    epci_siren: Siren | None = Field(description="Its EPCI; null for four island communes.", examples=["200067254"])
    ept_siren: Siren | None = Field(description="Its EPT, in the Grand Paris.", examples=[None])
    departement_code: DepartementCode
    region_code: RegionCode
    population: Population = POPULATION
    lon: float | None = LON
    lat: float | None = LAT
