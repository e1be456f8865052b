"""Answers about official geography. Codes and populations: INSEE, DGCL, geography of 1 January 2026."""

from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints

from shared.events.codes import CommuneCode, DepartementCode, EmploymentZoneCode, RegionCode, Siren
from shared.http.schemas import Answer, Count, Line, shown

FormOfPlace = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{2,10}$", max_length=10)]
Population = Count | None
POPULATION_YEAR: Final = 2022
"""Year of all populations that ship: the sums of communes are those of every level above."""
POPULATION = Field(
    description="Municipal population (population municipale), inhabitants: legal population of 2022 at every level; "
    "Mayotte: 2017, its last one.",
)
LON = Field(ge=-180, le=180, description="Longitude of a centre point, degrees, WGS 84.")
LAT = Field(ge=-90, le=90, description="Latitude of a centre point, degrees, WGS 84.")
COMMUNES = Field(description="How many communes it has.")

CommuneKind = Literal["commune", "delegated", "associated", "arrondissement", "former"]
COMMUNE_KIND: Final = (
    "commune (of today), delegated (commune déléguée), associated (commune associée), arrondissement (of Paris, Lyon "
    "or Marseille) or former (merged, or renumbered)."
)
REGION: Final[dict[str, Any]] = {
    "code": "75",
    "name": "Nouvelle-Aquitaine",
    "zone": "metro",
    "seat": "33063",
    "departement_count": 12,
    "commune_count": 4293,
    "population": 6113384,
    "lon": -0.1583,
    "lat": 45.0878,
}
DEPARTEMENT: Final[dict[str, Any]] = {
    "code": "64",
    "name": "Pyrénées-Atlantiques",
    "region_code": "75",
    "zone": "metro",
    "seat": "64445",
    "commune_count": 545,
    "population": 699473,
    "lon": -0.9098,
    "lat": 43.3606,
}
EPT: Final[dict[str, Any]] = {
    "siren": "200057867",
    "name": "Plaine Commune",
    "type": "EPT",
    "departement_code": "93",
    "departement_codes": ["93"],
    "region_code": "11",
    "region_codes": ["11"],
    "commune_count": 8,
    "population": 453801,
    "lon": 2.3616,
    "lat": 48.9327,
}
EPCI: Final[dict[str, Any]] = {
    "siren": "200067254",
    "name": "CA Pau Béarn Pyrénées",
    "type": "CA",
    "departement_code": "64",
    "departement_codes": ["64"],
    "region_code": "75",
    "region_codes": ["75"],
    "commune_count": 31,
    "population": 166794,
    "lon": -0.3724,
    "lat": 43.3095,
    "financing": "FPU",
}
COMMUNE: Final[dict[str, Any]] = {
    "code": "64445",
    "name": "Pau",
    "kind": "commune",
    "commune_code": None,
    "ended_on": None,
    "change": None,
    "siren": "216404459",
    "epci_siren": "200067254",
    "ept_siren": None,
    "employment_zone": "7522",
    "departement_code": "64",
    "region_code": "75",
    "population": 78620,
    "lon": -0.35,
    "lat": 43.32,
}


OFFICIAL_NAME: Final = (
    "That of the official geography. A later one stands at GET /v1/organisations/{siren}; `q` finds both."
)


class RegionOut(Answer):
    """A région."""

    model_config = shown(REGION)

    code: RegionCode
    name: Line
    zone: Literal["metro", "drom"] = Field(description="Metropolitan, or overseas (département et région d'outre-mer).")
    seat: CommuneCode = Field(description="INSEE code of its chef-lieu.")
    departement_count: Count
    commune_count: Count = COMMUNES
    population: Population = POPULATION
    lon: float | None = LON
    lat: float | None = LAT


class DepartementOut(Answer):
    """A département."""

    model_config = shown(DEPARTEMENT)

    code: DepartementCode
    name: Line
    region_code: RegionCode
    zone: Literal["metro", "drom"] = Field(description="Metropolitan, or overseas (département et région d'outre-mer).")
    seat: CommuneCode = Field(description="INSEE code of its chef-lieu.")
    commune_count: Count = COMMUNES
    population: Population = POPULATION
    lon: float | None = LON
    lat: float | None = LAT


class EptOut(Answer):
    """An établissement public territorial (EPT) of the Grand Paris."""

    model_config = shown(EPT)

    siren: Siren
    name: Line = Field(description=OFFICIAL_NAME)
    type: FormOfPlace = Field(description="EPT.")
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

    model_config = shown(EPCI)

    type: FormOfPlace = Field(
        description="CC (communauté de communes), CA (communauté d'agglomération), CU (communauté urbaine), METRO "
        "(métropole) or MET69 (métropole de Lyon).",
    )
    financing: FormOfPlace = Field(description="FPU (single business tax) or FA (additional tax).")


class CommuneOut(Answer):
    """A commune of today, or what had or has the code of one and lies in it."""

    model_config = shown(COMMUNE)

    code: CommuneCode
    name: Line = Field(description=OFFICIAL_NAME)
    kind: CommuneKind = Field(description=COMMUNE_KIND)
    commune_code: CommuneCode | None = Field(
        description="The commune of today in which it lies or which it became; null: it is a commune itself. "
        "The EPCI, the zone, the département and the région are those of this commune."
    )
    ended_on: date | None = Field(
        description="First day on which it was no commune of its own; null: not known, or it never was or still is one."
    )
    change: Line | None = Field(description="Kind of that change, in the words of the source; null: not known.")
    siren: Siren | None = Field(description="Null for what is no commune of today.")
    epci_siren: Siren | None = Field(description="Its EPCI; null for four island communes.")
    ept_siren: Siren | None = Field(description="Its EPT, in the Grand Paris.")
    employment_zone: EmploymentZoneCode = Field(description="Its zone d'emploi of 2020.")
    departement_code: DepartementCode
    region_code: RegionCode
    population: Population = POPULATION
    lon: float | None = LON
    lat: float | None = LAT
