"""Bodies and answers about committees and decisions."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from shared.events.codes import DecidedObject, RegionCode, Siren, TerritoryKey
from shared.events.territory import CommitteeLevel, DecisionKind, DecisionOutcome
from shared.http.schemas import Answer, Body, Day, Id, Line, Title

LEVEL = (
    "project: comité de projet of a territory; regional: comité de pilotage régional; national: comité de pilotage "
    "national."
)
DECIDES = (
    "The one object that it decides: contract/<id> for a contract_approval, perimeter-request/<id> for a "
    "perimeter_change, action/<id> if an action_plan decides one sheet; nothing for `other`. It serves no other act."
)
A_CONTRACT = "contract/0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e72"
DECISION_KIND = "What it is about; all but `other` name the territories concerned."


class CommitteeOut(Answer):
    """A steering body."""

    id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e70"])
    level: CommitteeLevel = Field(description=LEVEL, examples=["regional"])
    name: Line = Field(examples=["Comité de pilotage régional Territoires d'industrie, Nouvelle-Aquitaine"])
    region: RegionCode | None = Field(validation_alias="region_code", description="Of a regional committee.")
    territory: TerritoryKey | None = Field(
        validation_alias="territory_key", description="Of a project committee.", examples=[None]
    )
    chair: Siren = Field(validation_alias="chair_siren", description="Who presides it.")
    established_on: date = Field(examples=["2019-01-21"])


class CommitteeIn(Body):
    """A committee to establish."""

    level: CommitteeLevel = Field(description=LEVEL, examples=["regional"])
    name: Title = Field(examples=["Comité de pilotage régional Territoires d'industrie, Nouvelle-Aquitaine"])
    region: RegionCode | None = Field(default=None, description="Of a regional committee, and of no other.")
    territory: TerritoryKey | None = Field(
        default=None, description="Of a project committee, and of no other.", examples=[None]
    )
    chair: Siren = Field(
        description="The Region of a regional committee; the organisation of a pilot in office of a project committee; "
        "a State body of the national one."
    )
    established_on: Day = Field(description="Not in the future.", examples=["2019-01-21"])


class DecisionOut(Answer):
    """Decision of a committee. It changes nothing by itself: an act that needs it names it."""

    id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e71"])
    committee_id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e70"])
    kind: DecisionKind = Field(description=DECISION_KIND)
    outcome: DecisionOutcome
    title: Line = Field(examples=["Approbation du contrat Lacq-Pau-Tarbes (synthétique)"])
    reference: Line = Field(
        description="Of the minutes or of the deliberation.", examples=["CPR-2019-07-02/3 (synthétique)"]
    )
    decided_on: date = Field(examples=["2019-07-02"])
    territories: list[TerritoryKey] = Field(
        validation_alias="territory_keys", max_length=200, description="Those it is about."
    )
    decides: DecidedObject | None = Field(description=DECIDES, examples=[A_CONTRACT])
    regions: list[RegionCode] = Field(
        max_length=100, description="The régions of the committee and of the territories.", examples=[["75", "76"]]
    )


class DecisionIn(Body):
    """A decision to record."""

    committee_id: Id = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e70"])
    kind: DecisionKind = Field(description=DECISION_KIND, examples=["contract_approval"])
    outcome: DecisionOutcome = Field(examples=["favourable"])
    title: Title = Field(examples=["Approbation du contrat Lacq-Pau-Tarbes (synthétique)"])
    reference: Title = Field(
        description="Of the minutes or of the deliberation.", examples=["CPR-2019-07-02/3 (synthétique)"]
    )
    decided_on: Day = Field(description="Not in the future, nor before the committee existed.", examples=["2019-07-02"])
    territories: Annotated[list[TerritoryKey], Field(max_length=200)] = Field(
        default=[], description="Those it is about.", examples=[["2018-ti-7505"]]
    )
    decides: DecidedObject | None = Field(default=None, description=DECIDES, examples=[A_CONTRACT])
