"""Bodies and answers about perimeters: requests, changes, corrections."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from services.territory.rules.perimeters import Interval
from shared.events.codes import RegionCode, Siren, SirenInput, TerritoryKey
from shared.events.territory import MEMBERS_AT_MOST, REQUESTED_AT_MOST, DecisionOutcome
from shared.http.schemas import Answer, Body, Day, Id, Note, Reason
from shared.http.unique import Unique

Sirens = Annotated[list[Siren], Field(max_length=REQUESTED_AT_MOST)]


def _so_many(sirens: list[str]) -> list[str]:
    if len(sirens) > REQUESTED_AT_MOST:
        raise ValueError(
            f"give at most {REQUESTED_AT_MOST} of them. The communes of an intercommunality that has merged need not "
            "be named: once it is closed with its `successor`, they count under that one"
        )
    return sirens


SirensInput = Annotated[
    list[SirenInput],
    Unique(),
    # Not as a constraint: the validator says what to do instead.
    AfterValidator(_so_many),
    Field(json_schema_extra={"maxItems": REQUESTED_AT_MOST}),
]
REQUEST_STATE = (
    "open: a Region has still to decide; decided: see `outcome`; effective: the members have changed; withdrawn."
)
RequestState = Literal["open", "decided", "effective", "withdrawn"]


class RegionDecisionOut(Answer):
    """Decision of a regional committee on a perimeter request: the last one of its Region."""

    region: RegionCode
    decision_id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e79"])
    outcome: DecisionOutcome
    decided_on: date = Field(examples=["2019-09-02"])


class PerimeterRequestOut(Answer):
    """A request to change the members of a territory."""

    id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e5b"])
    territory: TerritoryKey = Field(validation_alias="territory_key")
    enters: Sirens = Field(examples=[["200000628"]])
    leaves: Sirens = Field(examples=[[]])
    wished_on: date = Field(description="Day on which the members shall change.", examples=["2019-09-24"])
    reason: Note = Field(examples=["Même bassin d'emploi (synthétique)"])
    state: RequestState = Field(description=REQUEST_STATE, examples=["open"])
    outcome: Literal["accepted", "refused"] | None = Field(description="null: not decided yet.", examples=[None])
    regions: list[RegionCode] = Field(
        max_length=18,
        description="Régions whose committees decide: those of the territory and of each body that enters or leaves.",
        examples=[["75", "76", "93"]],
    )
    decisions: list[RegionDecisionOut] = Field(max_length=18)
    requested_by: Siren | None = Field(examples=["200067254"])
    effective_on: date | None = Field(description="First day of the new perimeter.", examples=[None])


class PerimeterRequestIn(Body):
    """Members that shall enter and leave a territory."""

    territory: TerritoryKey
    enters: SirensInput = Field(default=[], description="EPCIs, EPTs or communes that enter.", examples=[["200000628"]])
    leaves: SirensInput = Field(default=[], description="Members that leave.", examples=[[]])
    wished_on: Day = Field(
        description="Day on which the members shall change, up to five years ahead.", examples=["2019-09-24"]
    )
    reason: Reason = Field(
        description="Read by those whom the request concerns.", examples=["Même bassin d'emploi (synthétique)"]
    )


class WithdrawalIn(Body):
    """Why a perimeter request is withdrawn."""

    reason: Reason = Field(examples=["La communauté de communes a changé d'avis (synthétique)"])


class PerimeterChangeIn(Body):
    """An accepted perimeter request to apply, named by a decision on it."""

    decision_id: Id = Field(
        description="A favourable decision on a perimeter request that each Region concerned has accepted.",
        examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e79"],
    )
    on: Day = Field(
        description="First day of the new perimeter, neither before the last decision nor in the future.",
        examples=["2019-09-24"],
    )
    enters: SirensInput = Field(default=[], description="As requested; may be left out.", examples=[["200000628"]])
    leaves: SirensInput = Field(default=[], description="As requested; may be left out.", examples=[[]])


class MemberDays(Body):
    """All days of a body as a member: its memberships, past ones included."""

    siren: SirenInput = Field(examples=["200067262"])
    memberships: Annotated[list["MembershipDays"], Field(max_length=10), Unique()] = Field(
        description="Empty: the body was never a member."
    )


class MembershipDays(Body):
    """One membership."""

    entered_on: Day | None = Field(default=None, description="First day; null: not known.", examples=["2019-09-24"])
    left_on: Day | None = Field(default=None, description="First day out; null: a member.", examples=[None])


class PerimeterCorrectionIn(Body):
    """Bodies whose days as members were recorded wrongly, and the right days."""

    members: Annotated[list[MemberDays], Field(min_length=1, max_length=MEMBERS_AT_MOST), Unique(by=("siren",))]
    reason: Reason = Field(
        description="Kept in the history, which is public.", examples=["Erreur de saisie (synthétique)"]
    )

    @property
    def days(self) -> list[tuple[str, list[Interval]]]:
        """The memberships of each body."""
        return [
            (member.siren, [(each.entered_on, each.left_on) for each in member.memberships]) for member in self.members
        ]
