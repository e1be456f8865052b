"""Bodies of the acts on the register of territories: designation, correction, closing, waves."""

from typing import Annotated

from pydantic import Field

from services.territory.schemas.territories import WAVE, TerritoryOut
from shared.events.codes import PhaseCode, RegionCode, SirenInput, TerritoryCode, TerritoryKey
from shared.events.territory import Wave
from shared.http.schemas import Answer, Body, Day, Reason, Title, unsent
from shared.http.unique import Unique

KEYS_AT_MOST = 200
REASON = Field(description="Kept in the history, which is public.", examples=["Liste rectifiée de la délégation"])
CRITERIA = Field(
    default=None, description="Grounds of the selection.", examples=["Part de l'emploi industriel (synthétique)"]
)
SOURCE = Field(description="Where it can be read.", examples=["Relevé de décisions de la délégation (synthétique)"])
REFERENCE = Field(description="Reference of the decision.", examples=["DEC-2020-07-20/1 (synthétique)"])


class DesignationIn(Body):
    """A territory to designate."""

    code: TerritoryCode = Field(description="ANCT code, free in the phase.", examples=["ti-9901"])
    phase: PhaseCode = Field(examples=["2018"])
    name: Title = Field(examples=["Rhône - Lez (synthétique)"])
    lead_region: RegionCode = Field(description="Région that leads it: a member lies there.", examples=["93"])
    members: Annotated[list[SirenInput], Field(min_length=1, max_length=50), Unique()] = Field(
        description="EPCIs, EPTs or communes that are members from the day of designation on.", examples=[["200000628"]]
    )
    reference: Title = REFERENCE
    designated_on: Day = Field(
        description="First day in the programme, not before the announcement of the phase nor in the future.",
        examples=["2020-07-20"],
    )
    source: Reason = SOURCE
    criteria: Reason | None = CRITERIA
    wave: Wave | None = Field(default=None, description=WAVE, examples=["deployment"])


class TerritoryCorrectionIn(Body):
    """Facts of a territory to correct; what is left out stays. Members are corrected in its perimeter."""

    reason: Reason = REASON
    name: Title = Field(default_factory=unsent, examples=["Rhône - Lez (synthétique)"])
    lead_region: RegionCode = Field(default_factory=unsent, description="A member lies there.", examples=["93"])
    designated_on: Day = Field(
        default_factory=unsent,
        description="Members that entered with the designation enter on the corrected day.",
        examples=["2020-07-20"],
    )
    reference: Title = Field(default_factory=unsent, description="Of the decision.", examples=["DEC-2020-07-20/1"])
    source: Reason = Field(default_factory=unsent, description="Where it can be read.")
    criteria: Reason | None = CRITERIA
    closed_on: Day | None = Field(
        default=None, description="Of a closed territory: its first day out; null opens it again.", examples=[None]
    )


class ClosingIn(Body):
    """When and why a territory leaves the programme."""

    on: Day = Field(description="First day out of the programme, not in the future.", examples=["2023-11-09"])
    reason: Reason = REASON


class WaveIn(Body):
    """The wave of some territories: set for all of them, or for none."""

    wave: Wave = Field(description=WAVE, examples=["prefiguration"])
    keys: Annotated[list[TerritoryKey], Field(min_length=1, max_length=KEYS_AT_MOST), Unique()] = Field(
        description="The territories.", examples=[["2018-ti-7505"]]
    )
    on: Day | None = Field(
        default=None,
        description="First day of the wave, not in the future; null: not known. Waves before it stay, those from it "
        "on are replaced: null replaces all.",
        examples=["2019-03-05"],
    )
    source: Reason = SOURCE
    reason: Reason = REASON


class WaveOut(Answer):
    """The territories of which the wave was set."""

    items: list[TerritoryOut] = Field(max_length=KEYS_AT_MOST)
