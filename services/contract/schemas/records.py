"""Bodies and answers about records of published facts."""

from datetime import date, datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from services.contract.schemas.texts import Reason
from shared.events.codes import PhaseCode, RegionCode, TerritoryKey
from shared.events.contract import RecordKind, RecordPrecision
from shared.http.schemas import Answer, BigCount, Body, Cents, Count, Day, Line, Note, Title, Version, unsent
from shared.http.unique import Unique

KIND: Final = "As the sources call it. `protocol_or_contract`: they do not separate the two."
DAY: Final = "With `month` or `year` as precision, its last day; with `before`, the latest possible one; null: unknown."
NOTE: Final = "« Convention » selon la presse"
SOURCE: Final = "https://agglo-tlp.fr/actualite/fiche/137"
ACTIONS: Final = "Number of action sheets that the sources give; null: none is given."
AMOUNT: Final = "Amount that the sources give, in euro cents; null: none is given."
Actions = Annotated[int, Field(ge=0, le=10**6)]
Sources = Annotated[list[Title], Unique(), Field(min_length=1, max_length=10)]


class RecordOut(Answer):
    """Published statement of a dated fact of a protocol or a contract. The platform did not compute it."""

    id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e60"])
    territory: TerritoryKey = Field(examples=["2018-ti-7505"])
    phase: PhaseCode
    regions: list[RegionCode] = Field(
        max_length=30, description="Of the territory, when the fact was recorded.", examples=[["75", "76"]]
    )
    kind: RecordKind = Field(description=KIND, examples=["contract"])
    day: date | None = Field(description=DAY, examples=["2019-07-15"])
    precision: RecordPrecision = Field(examples=["day"])
    fact: Line = Field(
        description="Key of the fact. Records with one key are of one fact: it counts once.",
        examples=["2018-ti-7505/signature/2019-07-15"],
    )
    action_count: Count | None = Field(description=ACTIONS, examples=[29])
    amount_cents: BigCount | None = Field(description=AMOUNT, examples=[15_000_000_000])
    note: Note | None = Field(examples=[NOTE])
    sources: list[Line] = Field(max_length=10, description="Addresses of the sources.", examples=[[SOURCE]])
    withdrawn_at: datetime | None = Field(description="null: in force.", examples=[None])
    version: Version


class RecordIn(Body):
    """A published fact to record. Give its sources."""

    territory: TerritoryKey = Field(examples=["2018-ti-7505"])
    kind: RecordKind = Field(description=KIND, examples=["contract"])
    day: Day | None = Field(default=None, description=DAY, examples=["2019-07-15"])
    precision: RecordPrecision = Field(default="day", examples=["day"])
    action_count: Actions | None = Field(default=None, description=ACTIONS, examples=[29])
    amount_cents: Cents | None = Field(default=None, description=AMOUNT, examples=[15_000_000_000])
    note: Reason | None = Field(default=None, examples=[NOTE])
    sources: Sources = Field(description="Addresses of the sources.", examples=[[SOURCE]])


class RecordChange(Body):
    """The fields of a record to correct. With another `precision`, give the `day` too."""

    kind: RecordKind = Field(default_factory=unsent, description=KIND, examples=["protocol"])
    day: Day | None = Field(default=None, description=DAY, examples=["2019-07-15"])
    precision: RecordPrecision = Field(default_factory=unsent, examples=["day"])
    action_count: Actions | None = Field(default=None, description=ACTIONS, examples=[29])
    amount_cents: Cents | None = Field(default=None, description=AMOUNT, examples=[18_000_000_000])
    note: Reason | None = Field(default=None, examples=[NOTE])
    sources: Sources = Field(default_factory=unsent, description="Addresses of the sources.", examples=[[SOURCE]])
    reason: Reason = Field(description="Kept in the history.", examples=["La source donne un autre montant."])
