"""The map, as facts: the same that is drawn."""

from datetime import date
from typing import Final, Literal, Self

from pydantic import Field

from services.territory.rules.maps import STAGE_CLASSES, UNDATED
from shared.events.codes import PhaseCode, RegionCode, TerritoryKey
from shared.events.stages import Stage
from shared.http.schemas import MANY, Answer, Count, Line, Note, Word

LABELS: Final = {each.code: each.label for each in STAGE_CLASSES}


class MapCategory(Answer):
    """Category of the legend."""

    category: Word = Field(examples=["signed"])
    label: Line = Field(description="As the legend says it, in French.", examples=["Contrat signé"])
    count: Count = Field(description="Number of territories.", examples=[2])


class MapItem(Answer):
    """Territory on the map."""

    key: TerritoryKey
    name: Line = Field(examples=["Lacq-Pau - Tarbes"])
    regions: list[RegionCode] = Field(max_length=18, description="On that day, the lead one first.", examples=[["75"]])
    stage: Stage | None = Field(
        description="Furthest stage on that day; null: perhaps not designated yet, for no source gives the day.",
        examples=["signed"],
    )
    category: Word = Field(description="Category of the legend.", examples=["signed"])
    label: Line = Field(description="Label of the category, in French.", examples=["Contrat signé"])
    is_drawn: bool = Field(description="False: no outline is known.", examples=[True])

    @classmethod
    def of(cls, key: str, name: str, regions: list[str], *, stage: Stage | None, is_drawn: bool) -> Self:
        """A territory by its stage."""
        category = stage or UNDATED
        return cls(
            key=key,
            name=name,
            regions=regions,
            stage=stage,
            category=category,
            label=LABELS[category],
            is_drawn=is_drawn,
        )


class MapOut(Answer):
    """Territories of a phase in the programme on a day, as the map shows them."""

    phase: PhaseCode = Field(examples=["2018"])
    phase_name: Line = Field(examples=["Phase 1 (2018-2023)"])
    as_of: date = Field(description="Day in Paris, at its end.", examples=["2019-03-05"])
    by: Literal["stage"]
    region: RegionCode | None = Field(description="Région asked for; null: all.")
    title: Line = Field(examples=["Territoires d’industrie par étape"])
    source: Note = Field(description="Sources of the facts and of the outlines, in French.")
    total: Count = Field(description="Number of territories.", examples=[149])
    not_drawn: Count = Field(description="Territories without a known outline: the table has them.", examples=[0])
    categories: list[MapCategory] = Field(max_length=20)
    items: list[MapItem] = Field(max_length=MANY, description="In the order of their keys.")
