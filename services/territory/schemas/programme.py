"""Bodies and answers about the programme: phases, axes, declared figures."""

from datetime import date, datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.events.codes import PhaseCode, RegionCode
from shared.events.territory import DayPrecision, Qualifier, Unit
from shared.http.schemas import Answer, BigCount, Body, Count, Day, Exact, Id, Line, Note, Title, Word
from shared.patterns import pattern_of

NAME_OF_METRIC: Final = pattern_of(
    r"^[a-z][a-z0-9_]{1,99}$", "a metric is named in small letters, digits and underscores, such as grants_eur"
)
Metric = Annotated[str, StringConstraints(pattern=NAME_OF_METRIC), Field(json_schema_extra={"maxLength": 100})]
EXACT = "The exact value in decimal digits, as a text: a number of JSON would be rounded by many readers."
UNIT = "`count` of things, `eur`, `pct` or `ha`; all figures of a metric have the same."
PHASE = "Phase of the programme that it counts; null for a figure that is not of one phase."
PRECISION = "Precision of the source. With `month` or `year` the figure counts from the last day of it on."
ENDS_ON = "Last day for which it holds; null: until a later figure."
QUALIFIER = "Meaning of the value: « plus de 300 » is `at_least`, « près de 330 » is `about`."
SOURCE_ID = "Id of the citable source, at `/v1/sources`."
METRIC = "What is counted; the name ends with the unit where it is not a count: `_eur`, `_pct`."


class PhaseOut(Answer):
    """A phase of the programme."""

    code: PhaseCode
    number: Count = Field(examples=[1])
    name: Line = Field(examples=["Phase 1 (2018-2023)"])
    announced_on: date = Field(description="Day its territories were announced.", examples=["2018-11-22"])
    first_year: int = Field(ge=1900, le=2200, examples=[2018])
    last_year: int = Field(ge=1900, le=2200, examples=[2023])
    source: Note = Field(examples=["Conseil national de l'industrie du 22/11/2018 (cget.gouv.fr)"])


class AxisOut(Answer):
    """An axis (axe, enjeu, priorité) of a phase."""

    phase: PhaseCode
    code: Word = Field(examples=["attirer"])
    rank: Count = Field(description="Its place in the phase, from 1.", examples=[1])
    label: Line = Field(description="French label.", examples=["Attirer"])
    region: RegionCode | None = Field(
        validation_alias="region_code",
        description="The Region that added it; null: national.",
        examples=[None],
    )
    source: Note = Field(examples=["cget.gouv.fr, dossier Territoires d'industrie"])


class FigureOut(Answer):
    """A figure that a body declared on a day. It stays beside computed ones; neither overwrites the other."""

    id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e07"])
    metric: Word = Field(max_length=100, description=METRIC, examples=["territories"])
    value: BigCount = Field(description="The value, rounded to a whole number.", examples=[136])
    value_decimal: Exact = Field(description=EXACT, examples=["136"])
    unit: Unit = Field(description=UNIT, examples=["count"])
    phase: PhaseCode | None = Field(description=PHASE, examples=["2018"])
    day: date = Field(description="The day it was declared for.", examples=["2019-03-05"])
    day_precision: DayPrecision = Field(description=PRECISION, examples=["day"])
    ends_on: date | None = Field(description=ENDS_ON, examples=[None])
    qualifier: Qualifier = Field(description=QUALIFIER, examples=["exact"])
    note: Note | None = Field(examples=[None])
    source: Note = Field(description="Who declared it, and where.", examples=["banquedesterritoires.fr"])
    source_id: UUID | None = Field(description=SOURCE_ID, examples=[None])
    declared_at: datetime = Field(description="Time of its declaration here.", examples=["2026-03-05T09:30:00Z"])
    corrects: UUID | None = Field(description="The figure that it corrects.", examples=[None])
    corrected_by: UUID | None = Field(
        description="The figure that corrects it; it then no longer counts as the latest.", examples=[None]
    )


class FigureIn(Body):
    """A figure to note as declared."""

    metric: Metric = Field(description=METRIC, examples=["contracts_signed"])
    value: Annotated[int, Field(ge=0, le=10**15)] | None = Field(
        default=None, description="A whole number; decimals go into `value_decimal`.", examples=[149]
    )
    value_decimal: Exact | None = Field(default=None, description=f"{EXACT} In the place of `value`.", examples=[None])
    unit: Unit | None = Field(
        default=None, description=f"{UNIT} If absent, that of the metric, by its figures or its name.", examples=[None]
    )
    phase: PhaseCode | None = Field(default=None, description=PHASE, examples=["2018"])
    day: Day = Field(description="The day it was declared for, not in the future.", examples=["2022-12-31"])
    day_precision: DayPrecision = Field(default="day", description=PRECISION, examples=["day"])
    ends_on: Day | None = Field(default=None, description=ENDS_ON, examples=[None])
    qualifier: Qualifier = Field(default="exact", description=QUALIFIER, examples=["at_least"])
    note: Title | None = Field(default=None, description="What a reader must know.", examples=["plus de 140"])
    source: Title = Field(description="Who declared it, and where.", examples=["data.gouv.fr"])
    source_id: Id | None = Field(default=None, description=SOURCE_ID, examples=[None])
    corrects: Id | None = Field(
        default=None, description="Id of a figure of the same metric that this one replaces.", examples=[None]
    )
