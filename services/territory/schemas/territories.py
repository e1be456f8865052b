"""Bodies and answers about territories and their members."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from services.territory.models import Membership, Territory
from services.territory.rules.days import members_on
from services.territory.rules.mandates import pilots_on
from services.territory.schemas.mandates import PilotOut
from shared.events.codes import DepartementCode, PhaseCode, RegionCode, Siren, TerritoryCode, TerritoryKey
from shared.events.territory import MemberKind
from shared.http.schemas import MANY, Answer, Body, Count, Day, Id, Line, Note

Sirens = Annotated[list[Siren], Field(max_length=50)]


class MemberOut(Answer):
    """An intercommunality or a commune that is in a territory."""

    siren: Siren = Field(examples=["200067254"])
    name: Line = Field(description="Its official name.", examples=["CA Pau Béarn Pyrénées"])
    kind: MemberKind
    entered_on: date | None = Field(description="First day as a member; null: not known.", examples=[None])
    left_on: date | None = Field(description="First day out; null: still a member.", examples=[None])
    membership: Literal["known", "unknown"] = Field(
        description="`unknown`: no source says when it entered, so nobody can say that it was in on an earlier day.",
        examples=["unknown"],
    )


class TerritoryOut(Answer):
    """A Territoire d'industrie of one phase of the programme."""

    key: TerritoryKey
    code: TerritoryCode = Field(description="ANCT code; it restarts in each phase.")
    phase: PhaseCode = Field(examples=["2018"])
    name: Line = Field(examples=["Lacq-Pau - Tarbes"])
    designated_on: date | None = Field(description="Day of the label; null: not known.", examples=[None])
    is_pilot: bool | None = Field(
        description="True for the pilot territories (territoires pilotes) that a source names; null: not known. "
        "Never false: no complete list exists.",
        examples=[True],
    )
    regions: list[RegionCode] = Field(
        max_length=18, description="Régions it lies in, the lead one first.", examples=[["75", "76"]]
    )
    departements: list[DepartementCode] = Field(
        max_length=101, description="Départements it lies in, most populated first.", examples=[["64", "65"]]
    )
    member_count: Count = Field(examples=[10])
    commune_count: Count = Field(examples=[489])
    population: Count = Field(description="Municipal population of the members, inhabitants.", examples=[516200])
    lon: float | None = Field(
        ge=-180, le=180, description="Longitude of the population's centre, degrees.", examples=[-0.2979]
    )
    lat: float | None = Field(
        ge=-90, le=90, description="Latitude of the population's centre, degrees.", examples=[43.2789]
    )
    source: Note = Field(examples=["ANCT, Programme Territoires d'industrie, liste 2018-2023 (data.gouv.fr)"])


class TerritoryDetail(TerritoryOut):
    """A territory with its members and its pilots in office; with `as_of`, those of that day."""

    as_of: date | None = Field(default=None, description="The day asked for; null: today.", examples=[None])
    pilot_source: Note | None = Field(description="Who names it a pilot territory.", examples=["pau.fr, 25/03/2019"])
    members: list[MemberOut] = Field(max_length=MANY)
    pilots: list[PilotOut] = Field(max_length=MANY, validation_alias="in_office")

    @classmethod
    def on(cls, territory: Territory, day: date) -> "TerritoryDetail":
        """The territory with the members and the pilots of a day; its place is that of today."""
        members, pilots = members_on(territory, day), pilots_on(territory, day)
        return cls.model_validate(territory).model_copy(
            update={
                "as_of": day,
                "member_count": len(members),
                "members": [MemberOut.model_validate(member) for member in members],
                "pilots": [PilotOut.model_validate(pilot) for pilot in pilots],
            }
        )


class MembersOut(Answer):
    """The members of a territory."""

    territory: TerritoryKey
    as_of: date | None = Field(description="The day asked for; null: past and present members.", examples=[None])
    items: list[MemberOut] = Field(max_length=MANY)

    @classmethod
    def of(cls, territory: Territory, day: date | None) -> "MembersOut":
        """Members of a day, or all."""
        members: list[Membership] = members_on(territory, day) if day else territory.memberships
        return cls(territory=territory.key, as_of=day, items=[MemberOut.model_validate(one) for one in members])


class PerimeterChangeIn(Body):
    """Members that enter and leave, and the decision of the committee."""

    decision_id: Id = Field(
        description="A favourable decision of kind perimeter_change that names the territory.",
        examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e79"],
    )
    on: Day = Field(description="First day of the new perimeter, not in the future.", examples=["2019-09-24"])
    enters: Sirens = Field(default=[], description="EPCIs, EPTs or communes that enter.", examples=[["200067262"]])
    leaves: Sirens = Field(default=[], description="Members that leave.", examples=[[]])
