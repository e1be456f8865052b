"""The map, as facts: the same that is drawn."""

from datetime import date
from typing import Final, Literal

from pydantic import Field

from services.territory.rules.territory_indicators import Method
from services.territory.schemas.indicators import UNIT, Year
from services.territory.schemas.territory_indicators import METHOD
from shared.events.codes import PhaseCode, RegionCode, TerritoryKey
from shared.events.indicators import IndicatorCode, IndicatorUnit
from shared.events.stages import Stage
from shared.http.schemas import MANY, Answer, Count, Exact, Line, Note, Word

BOUND: Final = "Of a map by an indicator; null: no bound, or the category is no range of values."


class MapCategory(Answer):
    """Category of the legend: a stage, or a range of values with about as many territories as the others."""

    category: Word = Field(examples=["signed"])
    label: Line = Field(description="As the legend says it, in French.", examples=["Contrat signé"])
    count: Count = Field(description="Number of territories.", examples=[2])
    from_decimal: Exact | None = Field(default=None, description=f"Lowest value. {BOUND}", examples=["13.1"])
    until_decimal: Exact | None = Field(default=None, description=f"First value above. {BOUND}", examples=["15.2"])


class MapItem(Answer):
    """Territory on the map."""

    key: TerritoryKey
    name: Line = Field(examples=["Lacq-Pau - Tarbes"])
    regions: list[RegionCode] = Field(max_length=18, description="On that day, the lead one first.", examples=[["75"]])
    stage: Stage | None = Field(
        description="Furthest stage on that day; null: perhaps not designated yet, for no source gives the day.",
        examples=["signed"],
    )
    value_decimal: Exact | None = Field(
        default=None,
        description="Value of the indicator; null: not known, which is not zero, or a map by stage.",
        examples=[None],
    )
    method: Method | None = Field(default=None, description=f"How the value was made. {METHOD}", examples=[None])
    category: Word = Field(description="Category of the legend.", examples=["signed"])
    label: Line = Field(description="Label of the category, in French.", examples=["Contrat signé"])
    is_drawn: bool = Field(description="False: no outline is known.", examples=[True])


class MapOut(Answer):
    """Territories of a phase in the programme on a day, as the map shows them."""

    phase: PhaseCode = Field(examples=["2018"])
    phase_name: Line = Field(examples=["Phase 1 (2018-2023)"])
    as_of: date = Field(description="Day in Paris, at its end.", examples=["2019-03-05"])
    by: Literal["stage", "indicator"]
    indicator: IndicatorCode | None = Field(default=None, description="Null: a map by stage.", examples=[None])
    year: Year | None = Field(
        default=None, description="Year of the values; null: a map by stage, or there is no value.", examples=[None]
    )
    unit: IndicatorUnit | None = Field(default=None, description=f"{UNIT} Null: a map by stage.", examples=[None])
    region: RegionCode | None = Field(description="Région asked for; null: all.")
    title: Line = Field(examples=["Territoires d’industrie par étape"])
    source: Note = Field(
        description="Sources of the facts and of the outlines, in French.",
        examples=["Sources : ANCT, liste des territoires de la phase ; contours : IGN ADMIN EXPRESS."],
    )
    reserve: Note | None = Field(
        default=None, description="What the indicator must not be used for, in French.", examples=[None]
    )
    total: Count = Field(
        description="Number of territories on the map, also those that were perhaps not designated yet.",
        examples=[149],
    )
    at_least: Count = Field(description="Territories that were surely in the programme on that day.", examples=[149])
    at_most: Count = Field(
        description="And those whose day of designation no source gives. `GET /v1/progress` has the same bounds.",
        examples=[149],
    )
    not_drawn: Count = Field(description="Territories without a known outline: the table has them.", examples=[0])
    without_value: Count = Field(
        default=0, description="Territories whose value is not known; 0 of a map by stage.", examples=[0]
    )
    categories: list[MapCategory] = Field(max_length=20)
    items: list[MapItem] = Field(max_length=MANY, description="In the order of their keys.")
