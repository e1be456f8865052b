"""Progress, as it is answered."""

from datetime import date
from typing import Final, Literal
from uuid import UUID

from pydantic import Field

from services.contract.rules.progress import CONTRACT_STATES
from shared.events.codes import PhaseCode, RegionCode, Siren
from shared.events.stages import STAGES
from shared.events.territory import DayPrecision, Qualifier, Unit, Wave
from shared.http.schemas import MANY, Answer, BigCount, Count, Exact, Line, Note, Word

STAGE_COUNTS: Final = dict.fromkeys(STAGES, 0)


class WaveCounts(Answer):
    """Territories of one wave by stage."""

    wave: Wave | None = Field(description="null: no source gives it.", examples=["pilot"])
    by_stage: dict[Word, Count] = Field(examples=[STAGE_COUNTS | {"signed": 4}])


class PilotCounts(Answer):
    """Territories that a source names as pilots, and those of which no source says it."""

    named: Count = Field(examples=[10])
    unknown: Count = Field(examples=[139])


class TerritoryCounts(Answer):
    """Territories by the stage that they have reached."""

    designated: Count = Field(
        description="Surely designated by that day: by the day that a source gives, by a pair or a contract, or by the "
        "day of the published list.",
        examples=[149],
    )
    undated: Count = Field(
        description="On the published list, with an unknown day of designation: perhaps later than that day. In no "
        "other count.",
        examples=[0],
    )
    at_least: Count = Field(description="As `designated`.", examples=[149])
    at_most: Count = Field(description="`designated` and `undated` together.", examples=[149])
    with_governance: Count = Field(description="With an élu and an industriel in office that day.", examples=[128])
    by_stage: dict[Word, Count] = Field(
        description="Each designated territory once, at its furthest stage.",
        examples=[STAGE_COUNTS | {"designated": 145, "drafting": 3, "signed": 1}],
    )
    by_wave: list[WaveCounts] = Field(max_length=10, description="Designated territories by wave and stage.")
    pilots: PilotCounts


class SheetCounts(Answer):
    """Action sheets by state."""

    sent_up: Count = Field(description="Submitted at least once, whatever came of them.", examples=[29])
    submitted: Count = Field(description="With their Region, undecided.", examples=[6])
    returned: Count = Field(examples=[2])
    validated: Count = Field(examples=[19])
    rejected: Count = Field(examples=[2])
    abandoned: Count = Field(description="With the contract that retained them.", examples=[0])


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
    protocols: dict[Word, Count] = Field(
        description="Protocols by state; they give no stage.",
        examples=[dict.fromkeys(CONTRACT_STATES, 0) | {"signed": 2}],
    )
    amendments: dict[Word, Count] = Field(
        description="Amendments by state.", examples=[dict.fromkeys(CONTRACT_STATES, 0) | {"signed": 1}]
    )
    signatures: dict[Literal["given", "declined"], Count] = Field(
        description="Of parties, in all circuits.", examples=[{"given": 6, "declined": 1}]
    )
    reports: dict[Literal["due", "overdue", "submitted", "checked"], Count] = Field(
        description="Yearly reports by state. `due`: begun, reopened or owed; `overdue`: past the due day.",
        examples=[{"due": 2, "overdue": 1, "submitted": 1, "checked": 4}],
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

    figure_id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e08"])
    metric: Line = Field(examples=["territories"])
    value: BigCount = Field(description="Rounded to a whole number.", examples=[136])
    value_decimal: Exact = Field(description="The exact value in decimal digits.", examples=["136"])
    unit: Unit = Field(examples=["count"])
    phase: PhaseCode | None = Field(examples=["2018"])
    qualifier: Qualifier = Field(description="`at_least`: « plus de ».", examples=["exact"])
    day: date = Field(description="The day it was declared for.", examples=["2019-03-05"])
    day_precision: DayPrecision = Field(examples=["day"])
    ends_on: date | None = Field(description="Last day for which it holds.", examples=[None])
    source: Note = Field(examples=["banquedesterritoires.fr"])
    source_id: UUID | None = Field(description="Id of the citable source, at `/v1/sources`.", examples=[None])
    computed: BigCount | None = Field(
        description="Count here of the same thing, for the same phase and day; null if there is no exact one.",
        examples=[None],
    )
    reason: Note | None = Field(
        description="Reason why `computed` is null.",
        examples=["Between 3 and 149 on 2019-03-05: the day of designation is not known of all."],
    )


class RecordedBounds(Answer):
    """Bounds of a number of recorded facts: `certain` ≤ their number by that day ≤ `possible`."""

    certain: Count = Field(description="Facts whose latest possible day has come.", examples=[2])
    possible: Count = Field(
        description="Facts whose earliest possible day has come, unknown days included.", examples=[5]
    )


class RecordedOut(Answer):
    """Signatures that sources have published with a date, and somebody has recorded.

    They are fewer than the declared ones: most signatures were published without a date, or in no source that was read.
    They are in no other count: the platform computes `total` from its own contracts.
    """

    protocols: RecordedBounds = Field(description="Under the kind that the sources give, each fact once.")
    contracts: RecordedBounds
    protocols_or_contracts: RecordedBounds = Field(description="The sources do not separate the two, or differ.")
    records: Note = Field(
        description="Path of the records that are counted, with their sources.",
        examples=["/v1/contract-records?phase=2018&until=2019-03-31&in_force=true&kind=protocol&kind=contract"],
    )


class PhaseProgress(Answer):
    """Progress of one phase at the end of a day in Paris."""

    phase: PhaseCode | None
    total: Figures = Field(description="Of the nation, or of the Region asked for.")
    regions: list[RegionFigures] = Field(max_length=100, description="Region by Region.")
    declared: list[DeclaredOut] = Field(
        max_length=MANY, description="The last one of each metric by that day, for the phase; of the nation only."
    )
    recorded: RecordedOut = Field(
        description="Published signatures by that day, of the nation or of the Region asked for. Beside `total` and "
        "`declared`, never in them: only dated facts that sources published and somebody recorded."
    )


class ProgressOut(PhaseProgress):
    """Progress of the programme at the end of a day in Paris. Phases are never added up."""

    as_of: date = Field(examples=["2019-09-24"])
    phase: PhaseCode | None = Field(
        description="The phase of all but `phases`: the one asked for, else the latest by that day."
    )
    region: RegionCode | None
    phases: list[PhaseProgress] = Field(
        max_length=10, description="Without `phase`: a section for each phase announced by that day. Else empty."
    )
