"""Bodies and answers about ceremonies."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.contract.schemas.texts import Reason
from shared.events.codes import PhaseCode, RegionCode, TerritoryKey
from shared.http.schemas import Answer, Body, Count, Day, Id, Line, Title, Version, unsent
from shared.http.unique import Unique

TITLE = "Semaine de l'industrie 2019 (exemple synthétique)"
REGIONS = "Regions that hold it; empty: the délégation."


class CeremonyOut(Answer):
    """A ceremony: an occasion at which contracts and protocols are signed."""

    id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e80"])
    title: Line = Field(examples=[TITLE])
    place: Line = Field(examples=["Lyon"])
    starts_on: date = Field(examples=["2019-03-18"])
    ends_on: date = Field(examples=["2019-03-24"])
    phase: PhaseCode
    regions: list[RegionCode] = Field(max_length=30, description=REGIONS, examples=[[]])
    is_cancelled: bool = Field(examples=[False])
    version: Version


class CeremonyIn(Body):
    """A ceremony to announce."""

    title: Title = Field(examples=[TITLE])
    place: Title = Field(examples=["Lyon"])
    starts_on: Day = Field(examples=["2019-03-18"])
    ends_on: Day = Field(examples=["2019-03-24"])
    phase: PhaseCode = Field(examples=["2018"])
    regions: Annotated[list[RegionCode], Unique()] = Field(
        default=[], max_length=18, description=REGIONS, examples=[[]]
    )


class CeremonyChange(Body):
    """The fields of a ceremony to change."""

    title: Title = Field(default_factory=unsent, examples=[TITLE])
    place: Title = Field(default_factory=unsent, examples=["Lyon"])
    starts_on: Day = Field(default_factory=unsent, examples=["2019-03-18"])
    ends_on: Day = Field(default_factory=unsent, examples=["2019-03-24"])
    reason: Reason = Field(default_factory=unsent, description="Kept in the history.", examples=["Report."])


class CeremonyNamed(Body):
    """The ceremony at which a contract or protocol is signed."""

    ceremony_id: Id | None = Field(description="null: at none.", examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e80"])


class CeremonyCounts(Answer):
    """Documents that name a ceremony, by the day of their signature."""

    signed_on_its_days: Count = Field(examples=[7])
    signed_before: Count = Field(examples=[0])
    signed_later: Count = Field(examples=[1])
    awaited: Count = Field(description="Not signed yet.", examples=[2])


class CeremonyRegion(Answer):
    """Documents of one Region, signed on the days of a ceremony. A territory of several Regions counts in each."""

    region: RegionCode
    protocol: Count = Field(examples=[2])
    contract: Count = Field(examples=[0])
    amendment: Count = Field(examples=[0])


class CeremonyReportOut(Answer):
    """Report of a ceremony: what was signed, where."""

    ceremony: CeremonyOut
    protocols: CeremonyCounts
    contracts: CeremonyCounts
    amendments: CeremonyCounts
    territories: list[TerritoryKey] = Field(
        max_length=400, description="Those that signed on its days.", examples=[["2018-ti-7505"]]
    )
    regions: list[CeremonyRegion] = Field(max_length=30)
