"""Answers about other schemes of the State, and what they cover of a territory."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, Self

from pydantic import Field

from services.territory.rules.overlaps import SchemeOverlap
from services.territory.schemas.geography import POPULATION_YEAR
from shared.events.codes import TerritoryKey
from shared.http.schemas import MANY, Answer, Count, Line, Note, Word, shown

SCHEME: Final[dict[str, Any]] = {
    "code": "acv",
    "acronym": "ACV",
    "name": "Action cœur de ville",
    "kind": "programme",
    "level": "commune",
    "first_year": 2017,
    "ends": None,
    "state_of": "2024-09-09",
    "perimeter_count": 233,
    "licence": "MIT (dépôt) ; ANCT, Licence Ouverte 2.0",
    "source": "MTES-MCT/zero-logement-vacant@e2cca54 (ngeo-anct-cog2023, 2024-10-07)",
    "note": "date = signature de la convention cadre ; 6 villes sans date",
}
WHOLE: Final = "A commune counts whole, also if the perimeter covers a part of it, such as a quarter."


class SchemeOut(Answer):
    """A contract, a programme or a zoning of the State beside Territoires d'industrie."""

    model_config = Answer.model_config | shown(SCHEME)

    code: Word
    acronym: Line
    name: Line
    kind: Word = Field(description="contract, programme, zone or site.")
    level: Line = Field(description="Places of which its perimeters are made, as the source says.")
    first_year: Count | None
    ends: Line | None = Field(description="Year or day, as the source says; null: it says none.")
    state_of: Line = Field(description="Year or day of the list of perimeters.")
    perimeter_count: Count
    licence: Line = Field(description="As the source says; some say none.")
    source: Note
    note: Note | None


class SchemesOut(Answer):
    """All schemes."""

    items: list[SchemeOut] = Field(max_length=MANY)


class SchemePerimeterOut(Answer):
    """A perimeter of a scheme."""

    model_config = Answer.model_config | shown(
        {
            "code": "acv-154", "name": "Pau", "level": "commune", "phase": None, "signed_on": "2018-09-25",
            "commune_count": 1,
        }
    )  # fmt: skip

    code: Note
    name: Note | None = Field(description="null: the source names none.")
    level: Line
    phase: Line | None = Field(description="As the source says.")
    signed_on: date | None = Field(description="null: not known.")
    commune_count: Count


class PerimeterOverlapOut(Answer):
    """The part of a territory that one perimeter covers."""

    code: Note = Field(examples=["acv-154"])
    name: Note | None = Field(examples=["Pau"])
    phase: Line | None = Field(examples=[None])
    signed_on: date | None = Field(examples=["2018-09-25"])
    commune_count: Count = Field(description=WHOLE, examples=[1])
    population: Count = Field(description="Municipal population of these communes, inhabitants.", examples=[78_620])


class SchemeOverlapOut(Answer):
    """The part of a territory that a scheme covers: each commune once, by however many perimeters."""

    code: Word = Field(examples=["acv"])
    acronym: Line = Field(examples=["ACV"])
    name: Line = Field(examples=["Action cœur de ville"])
    kind: Word = Field(examples=["programme"])
    commune_count: Count = Field(description=WHOLE, examples=[3])
    population: Count = Field(description="Municipal population of these communes, inhabitants.", examples=[136_415])
    commune_share: float | None = Field(ge=0, le=1, description="Of the territory's communes.", examples=[0.006135])
    population_share: float | None = Field(ge=0, le=1, description="Of its inhabitants.", examples=[0.264268])
    perimeters: list[PerimeterOverlapOut] = Field(max_length=MANY, description="Most populated part first.")


class TerritoryOverlapsOut(Answer):
    """The parts of a territory that other schemes of the State cover."""

    territory: TerritoryKey
    as_of: date = Field(description="The day asked for, or today: its members count.", examples=["2026-01-01"])
    commune_count: Count = Field(description="Communes of the territory.", examples=[489])
    population: Count = Field(description="Its municipal population, inhabitants.", examples=[516_200])
    population_year: Count = Field(description="Year of the legal populations.", examples=[POPULATION_YEAR])
    items: list[SchemeOverlapOut] = Field(max_length=MANY, description="Most populated part first.")

    @classmethod
    def of(
        cls, territory: str, as_of: date, commune_count: int, population: int, items: Sequence[SchemeOverlap]
    ) -> Self:
        """Return the answer for a territory on a day."""
        return cls.model_validate(
            {
                "territory": territory,
                "as_of": as_of,
                "commune_count": commune_count,
                "population": population,
                "population_year": POPULATION_YEAR,
                "items": items,
            }
        )
