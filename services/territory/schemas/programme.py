"""Bodies and answers about the programme: phases, axes, declared figures."""

from datetime import date
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.events.codes import PhaseCode, RegionCode
from shared.http.schemas import Answer, BigCount, Body, Count, Day, Line, Note, Title, Word
from shared.patterns import pattern_of

NAME_OF_METRIC: Final = pattern_of(
    r"^[a-z][a-z0-9_]{1,99}$", "a metric is named in small letters, digits and underscores, such as grants_eur"
)
Metric = Annotated[str, StringConstraints(pattern=NAME_OF_METRIC), Field(json_schema_extra={"maxLength": 100})]
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
    value: BigCount = Field(examples=[136])
    day: date = Field(description="The day it was declared for.", examples=["2019-03-05"])
    note: Note | None = Field(examples=[None])
    source: Note = Field(description="Who declared it, and where.", examples=["banquedesterritoires.fr"])


class FigureIn(Body):
    """A figure to note as declared."""

    metric: Metric = Field(description=METRIC, examples=["contracts_signed"])
    value: Annotated[int, Field(ge=0, le=10**15)] = Field(description="A whole number.", examples=[149])
    day: Day = Field(description="The day it was declared for, not in the future.", examples=["2022-12-31"])
    note: Title | None = Field(default=None, description="What a reader must know.", examples=["plus de 140"])
    source: Title = Field(description="Who declared it, and where.", examples=["data.gouv.fr"])
