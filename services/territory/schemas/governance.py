"""Bodies and answers about committees and decisions."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.territory.models import Committee
from services.territory.rules.committees import seats_on, stage_on
from services.territory.rules.meetings import quorum_on
from services.territory.schemas.meetings import QUORUM, Minimum
from shared.events.codes import DecidedObject, RegionCode, Siren, SirenInput, TerritoryKey
from shared.events.territory import CommitteeLevel, CommitteeStage, DecisionKind, DecisionOutcome, SeatCapacity
from shared.http.schemas import MANY, Answer, Body, Day, Id, Line, Title
from shared.http.unique import Unique

LEVEL = (
    "project: comité de projet of a territory; regional: comité de pilotage régional; national: comité de pilotage "
    "national."
)
STAGE = (
    "project: comité de projet; follow_up: comité de suivi, from the first signature of a contract of its territory; "
    "null: another level."
)
DECIDES = (
    "The one object that it decides: contract/<id> for a contract_approval, perimeter-request/<id> for a "
    "perimeter_change, action/<id> if an action_plan decides one sheet; nothing for `other`. It serves no other act."
)
A_CONTRACT = "contract/0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e72"
DECISION_KIND = "What it is about; all but `other` name the territories concerned."


class SeatOut(Answer):
    """Seat of an organisation in a committee."""

    id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e73"])
    organisation: Siren = Field(validation_alias="organisation_siren", examples=["200053759"])
    capacity: SeatCapacity = Field(examples=["chair"])
    since: date = Field(description="First day of the seat.", examples=["2019-01-21"])
    until: date | None = Field(description="First day without it; null: it sits.", examples=[None])


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
    dissolved_on: date | None = Field(description="First day without it; null: in being.", examples=[None])
    quorum: Minimum | None = Field(description=QUORUM, examples=[None])
    stage: CommitteeStage | None = Field(description=STAGE, examples=[None])
    became_follow_up_on: date | None = Field(
        description="First day as follow-up committee; null: no contract was signed.", examples=[None]
    )
    seats: list[SeatOut] = Field(
        validation_alias="members", max_length=MANY, description="Organisations that sit, the chair too."
    )

    @classmethod
    def on(cls, committee: Committee, day: date) -> "CommitteeOut":
        """The committee with the seats and the quorum of a day."""
        seats = [SeatOut.model_validate(seat) for seat in seats_on(committee, day)]
        chair = next((seat.organisation for seat in seats if seat.capacity == "chair"), committee.chair_siren)
        stage = stage_on(committee, day)
        of_the_day = {
            "seats": seats,
            "chair": chair,
            "quorum": quorum_on(committee, day),
            "stage": stage,
            "became_follow_up_on": committee.became_follow_up_on if stage == "follow_up" else None,
        }
        return cls.model_validate(committee).model_copy(update=of_the_day)


class ChairIn(Body):
    """Another chair of a committee."""

    chair: SirenInput = Field(
        description="SIREN or SIRET. It fits the level, as at the establishment.", examples=["200053759"]
    )
    on: Day = Field(description="First day of the new chair, not in the future.", examples=["2020-07-15"])


class SeatIn(Body):
    """A seat to give to an organisation."""

    organisation: SirenInput = Field(examples=["180020026"])
    capacity: Literal["member", "observer"] = Field(description="The chair is named by `…/chair`.", examples=["member"])
    since: Day = Field(description="First day of the seat, not in the future.", examples=["2019-03-25"])


class EndIn(Body):
    """Day of an end."""

    on: Day = Field(
        description="First day without it, not in the future. If it is its own first day, it counts on no day.",
        examples=["2020-07-15"],
    )


class CommitteeIn(Body):
    """A committee to establish."""

    level: CommitteeLevel = Field(description=LEVEL, examples=["regional"])
    name: Title = Field(examples=["Comité de pilotage régional Territoires d'industrie, Nouvelle-Aquitaine"])
    region: RegionCode | None = Field(default=None, description="Of a regional committee, and of no other.")
    territory: TerritoryKey | None = Field(
        default=None, description="Of a project committee, and of no other.", examples=[None]
    )
    chair: SirenInput = Field(
        description="SIREN or SIRET: the Region of a regional committee; the organisation of a pilot in office of a "
        "project committee; a State body of the national one."
    )
    established_on: Day = Field(description="Not in the future.", examples=["2019-01-21"])
    quorum: Minimum | None = Field(default=None, description=QUORUM, examples=[None])


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
    meeting_id: UUID | None = Field(description="Meeting in which it was taken, if it is known.", examples=[None])
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
    territories: Annotated[list[TerritoryKey], Field(max_length=200), Unique()] = Field(
        default=[], description="Those it is about.", examples=[["2018-ti-7505"]]
    )
    decides: DecidedObject | None = Field(default=None, description=DECIDES, examples=[A_CONTRACT])
    meeting_id: Id | None = Field(
        default=None,
        description="Meeting in which it was taken, held on `decided_on` and quorate. Needed if the committee has a "
        "quorum.",
        examples=[None],
    )
