"""Bodies and answers about targets."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.contract.schemas.texts import Reason
from shared.events.codes import PhaseCode, RegionCode, TerritoryKey
from shared.events.contract import TargetMeasure
from shared.http.schemas import Answer, Body, Count, Day, Id, Line, Title, Version, Word, unsent

Goal = Annotated[int, Field(ge=1, le=10**6)]
MEASURE = (
    "`territories_signed`: territories with a signed contract. `governance_installed`: territories with their pair in "
    "office. `contracts_signed`: contracts. `actions_submitted`, `actions_validated`: action sheets."
)
GOAL = "Number to reach; null: every territory of the phase, or of the Region."
SOURCE_ID = "Id of the citable source, at `/v1/sources`."
TITLE = "Tous les contrats signés au premier semestre 2019"


class TargetOut(Answer):
    """A target of the programme."""

    id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e50"])
    title: Line = Field(examples=[TITLE])
    measure: TargetMeasure = Field(description=MEASURE, examples=["territories_signed"])
    goal: Count | None = Field(description=GOAL, examples=[None])
    phase: PhaseCode
    region: RegionCode | None = Field(description="null: of the nation.", examples=[None])
    due_on: date = Field(description="Last day to reach it.", examples=["2019-06-30"])
    source: Line = Field(examples=["support de présentation, mars 2019"])
    source_id: UUID | None = Field(description=SOURCE_ID, examples=[None])
    withdrawn_at: datetime | None = Field(description="null: in force.", examples=[None])
    version: Version


class TargetIn(Body):
    """A target to set."""

    title: Title = Field(examples=[TITLE])
    measure: TargetMeasure = Field(description=MEASURE, examples=["territories_signed"])
    goal: Goal | None = Field(default=None, description=GOAL, examples=[None])
    phase: PhaseCode = Field(examples=["2018"])
    region: RegionCode | None = Field(default=None, description="null: of the nation.", examples=[None])
    due_on: Day = Field(description="Last day to reach it.", examples=["2019-06-30"])
    source: Title = Field(description="Text that sets it.", examples=["support de présentation, mars 2019"])
    source_id: Id | None = Field(default=None, description=SOURCE_ID, examples=[None])


class TargetChange(Body):
    """The fields of a target to change."""

    title: Title = Field(default_factory=unsent, examples=[TITLE])
    goal: Goal | None = Field(default=None, description=GOAL, examples=[140])
    due_on: Day = Field(default_factory=unsent, description="Last day to reach it.", examples=["2019-12-31"])
    source: Title = Field(default_factory=unsent, examples=["support de présentation, mars 2019"])
    source_id: Id | None = Field(default=None, description=SOURCE_ID, examples=[None])
    reason: Reason = Field(default_factory=unsent, description="Kept in the history.", examples=["Report."])


class BurnUpPoint(Answer):
    """The value of a target at the end of a day."""

    day: date = Field(examples=["2019-06-30"])
    value: Count = Field(examples=[5])


class TargetProgressOut(Answer):
    """A target at the end of a day in Paris."""

    target_id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e50"])
    title: Line = Field(examples=[TITLE])
    measure: TargetMeasure = Field(examples=["territories_signed"])
    goal: Count | None = Field(description=GOAL, examples=[None])
    phase: PhaseCode
    region: RegionCode | None = Field(examples=[None])
    due_on: date = Field(examples=["2019-06-30"])
    as_of: date = Field(examples=["2023-01-31"])
    value: Count = Field(description="Count on that day.", examples=[5])
    goal_at_least: Count = Field(
        description="The goal on that day. Without a number: the territories that were surely designated.",
        examples=[149],
    )
    goal_at_most: Count = Field(
        description="As before, with the territories whose day of designation is unknown.", examples=[149]
    )
    share_pct: float | None = Field(
        description="Share of the goal in percent; null if the goal is not exact.", examples=[3.4]
    )
    status: Literal["open", "reached", "missed", "unknown"] = Field(
        description="Judged on its day, and before on `as_of`. `unknown`: the goal of that day is not exact.",
        examples=["missed"],
    )
    burn_up: list[BurnUpPoint] = Field(
        max_length=2000, description="Value by day: the end of each month if none is asked for."
    )


class LateTerritoryOut(Answer):
    """A territory of the day of a target that has not reached it on a day."""

    territory: TerritoryKey = Field(examples=["2018-ti-7505"])
    name: Line = Field(examples=["Lacq-Pau - Tarbes"])
    stage: Word = Field(description="Its furthest stage on that day.", examples=["drafting"])
    designation: Literal["known", "unknown"] = Field(
        description="`unknown`: perhaps not yet designated on the day of the target, or on `as_of` before it.",
        examples=["known"],
    )
    status: Literal["late", "open", "unknown"] = Field(
        description="`late`: the day of the target has passed. `unknown`: it has, and the territory was perhaps "
        "designated after it.",
        examples=["late"],
    )
