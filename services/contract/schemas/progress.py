"""Progress, as it is answered."""

from datetime import date
from typing import Literal

from pydantic import Field

from services.contract.rules.progress import CONTRACT_STATES, STAGES
from shared.events.codes import PhaseCode, RegionCode, Siren
from shared.http.schemas import MANY, Answer, BigCount, Count, Line, Note, Word


class TerritoryCounts(Answer):
    """Territories by the stage that they have reached."""

    designated: Count = Field(description="All that were designated by that day.", examples=[149])
    undated: Count = Field(
        description="Of these, whose day of designation is unknown: counted from their phase's announcement on.",
        examples=[146],
    )
    by_stage: dict[Word, Count] = Field(
        description="Each territory once, at its furthest stage.",
        examples=[dict.fromkeys(STAGES, 0) | {"designated": 145, "drafting": 3, "signed": 1}],
    )


class SheetCounts(Answer):
    """Action sheets by state."""

    sent_up: Count = Field(description="Submitted at least once, whatever came of them.", examples=[29])
    submitted: Count = Field(description="With their Region, undecided.", examples=[6])
    returned: Count = Field(examples=[2])
    validated: Count = Field(examples=[19])
    rejected: Count = Field(examples=[2])


class AxisCounts(SheetCounts):
    """Action sheets of one main axis."""

    axis: Word = Field(examples=["recruter"])


class ActionCounts(SheetCounts):
    """Action sheets, all and by main axis. A sheet shared by several Regions counts in each, once in the nation."""

    by_axis: list[AxisCounts] = Field(max_length=MANY)


class HelpCounts(Answer):
    """Accepted requests to operators."""

    requests: Count = Field(description="Accepted or done.", examples=[3])
    amount_cents: BigCount = Field(description="What the operator brings by them, where it said.", examples=[2_500_000])


class AxisHelp(HelpCounts):
    """Accepted requests to an operator, for actions of one main axis."""

    axis: Word | None = Field(description="null for requests without an action.", examples=["recruter"])


class OperatorHelp(HelpCounts):
    """Accepted requests to one operator. A territory of several Regions counts in each, once in the nation."""

    operator: Siren = Field(examples=["180020026"])
    by_axis: list[AxisHelp] = Field(max_length=MANY)


class Figures(Answer):
    """Counts of a Region or of the nation."""

    territories: TerritoryCounts
    contracts: dict[Word, Count] = Field(
        description="By state.", examples=[dict.fromkeys(CONTRACT_STATES, 0) | {"draft": 3, "signed": 1}]
    )
    signatures: dict[Literal["given", "declined"], Count] = Field(
        description="Of parties, in all circuits.", examples=[{"given": 6, "declined": 1}]
    )
    actions: ActionCounts
    operators: list[OperatorHelp] = Field(
        max_length=MANY, description="Who brought what, by their last answers of that day."
    )


class RegionFigures(Figures):
    """Counts of one Region. A territory of several Regions counts in each."""

    region: RegionCode


class DeclaredOut(Answer):
    """A figure as a body declared it, beside the computed one; neither overwrites the other."""

    metric: Line = Field(examples=["territories"])
    value: BigCount = Field(examples=[136])
    day: date = Field(description="The day it was declared for.", examples=["2019-03-05"])
    source: Note = Field(examples=["banquedesterritoires.fr"])
    computed: BigCount | None = Field(
        description="What is counted here, where the same thing is counted.", examples=[146]
    )


class ProgressOut(Answer):
    """Progress of the programme at the end of a day in Paris."""

    as_of: date = Field(examples=["2019-09-24"])
    phase: PhaseCode | None
    region: RegionCode | None
    total: Figures = Field(description="Of the nation, or of the Region asked for.")
    regions: list[RegionFigures] = Field(max_length=100, description="Region by Region.")
    declared: list[DeclaredOut] = Field(
        max_length=MANY, description="The last one of each metric by that day; of the nation only."
    )
