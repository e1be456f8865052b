"""Answers about zones d'emploi. Codes and perimeters: INSEE, zoning of 2020 on the communes of 1 January 2026."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, Literal, Self

from pydantic import Field

from services.territory.rules.employment_zones import ZoneShare
from services.territory.schemas.geography import COMMUNES, LAT, LON, POPULATION, POPULATION_YEAR, Population
from shared.events.codes import DepartementCode, EmploymentZoneCode, RegionCode, Siren, TerritoryKey
from shared.http.schemas import MANY, Answer, Count, Line, shown

ZONING_YEAR: Final = 2020
"""Year of the zoning that ships."""
EMPLOYMENT_ZONE: Final[dict[str, Any]] = {
    "code": "7522",
    "name": "Pau",
    "zoning_year": 2020,
    "departement_codes": ["64", "40"],
    "region_codes": ["75"],
    "commune_count": 286,
    "epci_count": 11,
    "population": 323533,
    "lon": -0.4044,
    "lat": 43.337,
}


class EmploymentZoneOut(Answer):
    """A zone d'emploi: an area in which most of its active people live and work (INSEE)."""

    model_config = shown(EMPLOYMENT_ZONE)

    code: EmploymentZoneCode
    name: Line
    zoning_year: Count = Field(description="Year of the zoning.")
    departement_codes: list[DepartementCode] = Field(
        max_length=101, description="Every département it lies in, most populated first."
    )
    region_codes: list[RegionCode] = Field(max_length=18, description="Every région it lies in, most populated first.")
    commune_count: Count = COMMUNES
    epci_count: Count = Field(description="How many EPCIs have a commune in it.")
    population: Population = POPULATION
    lon: float | None = LON
    lat: float | None = LAT


class ZoneShareOut(Answer):
    """A part of a place that lies in one zone d'emploi."""

    model_config = shown(
        {
            "code": "7522",
            "name": "Pau",
            "commune_count": 31,
            "population": 166794,
            "share": 1.0,
            "share_of_zone": 0.515539,
        }
    )

    code: EmploymentZoneCode
    name: Line
    commune_count: Count = Field(description="Communes of the place that lie in the zone.")
    population: Count = Field(description="Municipal population of these communes, inhabitants.")
    share: float | None = Field(
        ge=0, le=1, description="`population` divided by that of the whole place: the weight of the zone in it."
    )
    share_of_zone: float | None = Field(ge=0, le=1, description="`population` divided by that of the whole zone.")


class _Shares(Answer):
    """The zones d'emploi of a place."""

    population: Count = Field(
        description="Municipal population of the place, inhabitants: the sum of its parts.", examples=[166794]
    )
    population_year: Count = Field(description="Year of the legal populations.", examples=[POPULATION_YEAR])
    zoning_year: Count = Field(description="Year of the zoning.", examples=[ZONING_YEAR])
    weighting: Literal["population"] = Field(
        description="Shares are shares of inhabitants: whole communes are summed up.", examples=["population"]
    )
    items: list[ZoneShareOut] = Field(max_length=MANY, description="Most populated part first.")

    @classmethod
    def _stated(cls, parts: Sequence[ZoneShare], **place: Any) -> Self:
        return cls.model_validate(
            {
                **place,
                "population": sum(part.population for part in parts),
                "population_year": POPULATION_YEAR,
                "zoning_year": ZONING_YEAR,
                "weighting": "population",
                "items": parts,
            }
        )


class TerritoryZonesOut(_Shares):
    """The zones d'emploi in which a territory lies, each with its weight."""

    territory: TerritoryKey
    as_of: date = Field(description="The day asked for, or today.", examples=["2026-01-01"])

    @classmethod
    def of(cls, territory: str, as_of: date, parts: Sequence[ZoneShare]) -> Self:
        """Return the answer for a territory on a day."""
        return cls._stated(parts, territory=territory, as_of=as_of)


class EpciZonesOut(_Shares):
    """The zones d'emploi in which an EPCI lies, each with its weight."""

    siren: Siren = Field(examples=["200067254"])

    @classmethod
    def of(cls, siren: str, parts: Sequence[ZoneShare]) -> Self:
        """Return the answer for an EPCI."""
        return cls._stated(parts, siren=siren)
