"""Answers about the governance of a territory."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from services.territory.rules.checklist import ItemState
from services.territory.schemas.mandates import KNOWN_AT
from shared.events.codes import RegionCode, TerritoryKey
from shared.http.schemas import Answer, Count, Line, Note, Word


class GovernanceItemOut(Answer):
    """Item of the checklist."""

    code: Word = Field(examples=["elu"])
    label: Line = Field(description="In French.", examples=["Élu pilote"])
    state: ItemState = Field(
        description="`unknown`: what is recorded does not say, for example because the day on which a member entered "
        "the territory is not known.",
        examples=["stands"],
    )
    since: date | None = Field(description="Since when it stands, as far as known.", examples=["2019-03-25"])
    to_do: Note | None = Field(description="What to do, in French; null: nothing.", examples=[None])
    region: RegionCode | None = Field(description="Of a regional committee.", examples=[None])


class GovernanceOut(Answer):
    """Checklist of the governance of a territory on a day."""

    territory: TerritoryKey
    as_of: date = Field(examples=["2019-06-30"])
    known_at: datetime | None = Field(description=KNOWN_AT, examples=[None])
    status: Literal["open", "closed"] = Field(
        description="State of the territory in the programme on this day.", examples=["open"]
    )
    percentage: Count = Field(
        description="Share of the items that stand, rounded down; 0 if the territory is closed.", le=100, examples=[50]
    )
    items: list[GovernanceItemOut] = Field(max_length=50, description="None if the territory is closed.")
