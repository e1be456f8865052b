"""Progress, as it is answered."""

from datetime import date
from typing import Literal

from pydantic import Field

from services.contract.queries.progress import CONTRACT_STATES
from services.contract.rules.progress import STAGES
from shared.events.codes import RegionCode, Siren
from shared.schemas import Answer


class TerritoryCounts(Answer):
    """Territories by the stage that they have reached."""

    designated: int = Field(description="All that were designated by that day.", examples=[149])
    undated: int = Field(
        description="Of these, whose day of designation is unknown: counted from their phase's announcement on."
    )
    by_stage: dict[str, int] = Field(
        description="Each territory once, at its furthest stage.", examples=[dict.fromkeys(STAGES, 0)]
    )


class SheetCounts(Answer):
    """Action sheets by state."""

    sent_up: int = Field(description="Submitted at least once, whatever came of them.", examples=[29])
    submitted: int = Field(description="With their Region, undecided.")
    returned: int
    validated: int
    rejected: int


class AxisCounts(SheetCounts):
    """Action sheets of one main axis."""

    axis: str = Field(examples=["recruter"])


class ActionCounts(SheetCounts):
    """Action sheets, all and by main axis. A sheet shared by several Regions counts in each, once in the nation."""

    by_axis: list[AxisCounts]


class HelpCounts(Answer):
    """What operators agreed to when they were asked."""

    requests: int = Field(description="Accepted or done.", examples=[3])
    amount_cents: int = Field(description="What the operator brings by them, where it said.", examples=[2_500_000])


class AxisHelp(HelpCounts):
    """What an operator agreed to, for actions of one main axis."""

    axis: str | None = Field(description="null for requests without an action.", examples=["recruter"])


class OperatorHelp(HelpCounts):
    """What one operator agreed to. A territory of several Regions counts in each, once in the nation."""

    operator: Siren = Field(examples=["180020026"])
    by_axis: list[AxisHelp]


class Figures(Answer):
    """What is counted, in a Region or in the nation."""

    territories: TerritoryCounts
    contracts: dict[str, int] = Field(description="By state.", examples=[dict.fromkeys(CONTRACT_STATES, 0)])
    signatures: dict[Literal["given", "declined"], int] = Field(description="Of parties, in all circuits.")
    actions: ActionCounts
    operators: list[OperatorHelp] = Field(description="Who brought what, by their last answers of that day.")


class RegionFigures(Figures):
    """What is counted in one Region. A territory of several Regions counts in each."""

    region: RegionCode


class DeclaredOut(Answer):
    """A figure as a body declared it, beside the computed one; neither overwrites the other."""

    metric: str = Field(examples=["territories"])
    value: int = Field(examples=[136])
    day: date = Field(description="The day it was declared for.", examples=["2019-03-05"])
    source: str
    computed: int | None = Field(description="What is counted here, where the same thing is counted.", examples=[146])


class ProgressOut(Answer):
    """How the programme stands at the end of a day in Paris."""

    as_of: date = Field(examples=["2019-09-24"])
    phase: Literal["2018", "2023"] | None
    region: RegionCode | None
    total: Figures = Field(description="Of the nation, or of the Region asked for.")
    regions: list[RegionFigures] = Field(description="Region by Region.")
    declared: list[DeclaredOut] = Field(description="The last one of each metric by that day; of the nation only.")
