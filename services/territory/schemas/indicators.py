"""Indicators and their values, as they are sent and answered."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field, StringConstraints

from services.territory.rules.indicators import value_of
from services.territory.schemas.texts import Correction, Partial, SourceId
from shared.events.indicators import (
    YEARS_AT_MOST,
    IndicatorBasis,
    IndicatorCode,
    IndicatorKind,
    IndicatorLevel,
    IndicatorUnit,
    IndicatorWeighting,
)
from shared.http.schemas import Answer, Count, Exact, Line, Note, Reason, Title, Version, unsent
from shared.patterns import pattern_of

CODE_OF_PLACE: Final = pattern_of(
    r"^[0-9A-Z]{2,9}$", "a place is named by its INSEE code or its SIREN, such as 75, 64445 or 200067254"
)
PlaceOfValue = Annotated[str, StringConstraints(pattern=CODE_OF_PLACE), Field(json_schema_extra={"maxLength": 9})]
Year = Annotated[int, Field(ge=1900, le=2200)]
UNIT = "`persons`, `thousand_persons`, `count`, `eur`, or `pct` for a ratio."
KIND_OF_INDICATOR = (
    "`count`: its values can be added up; `ratio`: they cannot. A ratio without its two counts is a published share, "
    "from 0 to 100."
)
PARTS = "Of a ratio: the count above, and the count below. Null: the ratio is published without its parts."
WEIGHTING = (
    "How the value of a territory is made where its members have none: `population` takes the values of the areas in "
    "which it lies by the share of their population; `none` makes none."
)
POPULATION = "The persons that are counted; null: not stated."
BASIS = "Place at which they are counted, `workplace` or `residence`; null: not stated, or no persons are counted."
ZONING = "Geography of the values; null: not stated."
SECTOR = "Sector of activity; null: of none, or not stated."
CONSTRUCTION = "True if construction is counted in the sector; null: not stated, or of no sector."
LICENCE = "Licence of the values; null: not known."
RESERVE = "What a reader must know, and what the values must not be used for."
LEVEL_OF_VALUE = "Level of the place: a code may exist at two of them."


class _IndicatorContent(Partial):
    numerator: IndicatorCode | None = Field(default=None, description=PARTS, examples=[None])
    denominator: IndicatorCode | None = Field(default=None, description=PARTS, examples=[None])
    population: Reason | None = Field(default=None, description=POPULATION, examples=["Personnes de 25 à 54 ans"])
    basis: IndicatorBasis | None = Field(default=None, description=BASIS, examples=["workplace"])
    zoning: Title | None = Field(default=None, description=ZONING, examples=["Zones d'emploi"])
    zoning_year: Year | None = Field(default=None, examples=[2020])
    sector: Title | None = Field(default=None, description=SECTOR, examples=["Industrie, NACE B à E"])
    includes_construction: bool | None = Field(default=None, description=CONSTRUCTION, examples=[False])
    source_id: SourceId | None = None
    licence: Title | None = Field(default=None, description=LICENCE, examples=["Licence Ouverte 2.0"])
    reserve: Reason | None = Field(default=None, description=RESERVE, examples=["Exemple synthétique"])


class IndicatorIn(_IndicatorContent):
    """The definition of an indicator."""

    code: IndicatorCode = Field(examples=["emploi_industriel_ze"])
    label: Title = Field(description="In French.", examples=["Emploi industriel par zone d'emploi"])
    definition: Reason = Field(examples=["Emplois de l'industrie au lieu de travail"])
    unit: IndicatorUnit = Field(description=UNIT, examples=["persons"])
    kind: IndicatorKind = Field(description=KIND_OF_INDICATOR, examples=["count"])
    weighting: IndicatorWeighting = Field(default="population", description=WEIGHTING)
    source: Reason = Field(description="Who publishes the values, and where.", examples=["Source synthétique"])


class IndicatorChange(Correction, _IndicatorContent):
    """A correction of the definition of an indicator."""

    label: Title = Field(default_factory=unsent)
    definition: Reason = Field(default_factory=unsent)
    unit: IndicatorUnit = Field(default_factory=unsent, description=UNIT)
    kind: IndicatorKind = Field(default_factory=unsent, description=KIND_OF_INDICATOR)
    weighting: IndicatorWeighting = Field(default_factory=unsent, description=WEIGHTING)
    source: Reason = Field(default_factory=unsent)


class IndicatorOut(Answer):
    """An indicator: what is counted, where it comes from, and for which places and years it has values."""

    code: IndicatorCode = Field(examples=["jobs_industry"])
    version: Version = Field(description="Grows with each change of the definition or the values.", examples=[1])
    updated_at: datetime
    label: Line = Field(description="In French.", examples=["Emploi industriel"])
    definition: Note = Field(
        examples=["Personnes occupées dans l'industrie hors construction (NACE B à E), par lieu de travail."]
    )
    unit: IndicatorUnit = Field(description=UNIT, examples=["thousand_persons"])
    kind: IndicatorKind = Field(description=KIND_OF_INDICATOR, examples=["count"])
    numerator: IndicatorCode | None = Field(description=PARTS, examples=[None])
    denominator: IndicatorCode | None = Field(description=PARTS, examples=[None])
    weighting: IndicatorWeighting = Field(description=WEIGHTING)
    population: Note | None = Field(description=POPULATION, examples=["Personnes occupées"])
    basis: IndicatorBasis | None = Field(description=BASIS, examples=["workplace"])
    zoning: Line | None = Field(description=ZONING, examples=["Départements, régions, France (NUTS)"])
    zoning_year: Year | None = Field(examples=[None])
    sector: Line | None = Field(description=SECTOR, examples=["Industrie, NACE B à E"])
    includes_construction: bool | None = Field(description=CONSTRUCTION, examples=[False])
    source: Note = Field(examples=["Eurostat, nama_10r_3empers"])
    source_id: UUID | None = Field(description="Registered source, at `/v1/sources`, if there is one.")
    licence: Line | None = Field(description=LICENCE, examples=["CC BY 4.0 (Eurostat)"])
    reserve: Note | None = Field(
        description=RESERVE, examples=["Comptes régionaux : ne se compare pas aux recensements."]
    )
    levels: list[IndicatorLevel] = Field(
        max_length=6, description="Levels that have a value.", examples=[["nation", "region", "departement"]]
    )
    years: list[Year] = Field(max_length=YEARS_AT_MOST, description="Years that have a value.", examples=[[2008, 2018]])
    value_count: Count = Field(description="Number of values.", examples=[238])


class IndicatorValueOut(Answer):
    """The value of an indicator for a place and a year."""

    indicator: IndicatorCode = Field(examples=["jobs_industry"])
    level: IndicatorLevel = Field(description=LEVEL_OF_VALUE, examples=["departement"])
    geography: PlaceOfValue = Field(description="Code of the place; FR: the nation.", examples=["64"])
    year: Year = Field(examples=[2018])
    value_decimal: Exact = Field(
        description="The exact value in decimal digits; of a ratio of two counts, computed to six places.",
        examples=["34.7"],
    )

    @classmethod
    def of(cls, value: Any, indicator: Any) -> "IndicatorValueOut":
        """Return a stored value of an indicator; of a ratio of two counts, computed."""
        return cls(
            indicator=indicator.code,
            level=value.level,
            geography=value.geography,
            year=value.year,
            value_decimal=value_of(value, indicator),
        )
