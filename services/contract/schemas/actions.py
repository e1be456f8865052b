"""Action sheets, as they are sent and answered."""

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal, get_args
from uuid import UUID

from pydantic import Field, computed_field, model_validator

from services.contract.rules import transitions
from services.contract.schemas.opinions import OpinionOut
from services.contract.schemas.texts import Document, Number, Paragraph, Reason, Text
from shared.events.catalog import RequestReference, RequestStatus, ServiceCode
from shared.events.codes import AxisCode, PhaseCode, RegionCode, Siren, SirenInput, TerritoryKey
from shared.events.contract import ActionStatus, Commitment, RegionalOutcome
from shared.http.schemas import (
    MANY,
    Answer,
    BigCount,
    Body,
    Cents,
    Count,
    Day,
    Line,
    Note,
    Prose,
    Title,
    Transitions,
    Version,
    Word,
    unsent,
)
from shared.http.unique import Unique

ConfidentialField = Literal["context", "issues", "objective", "description", "cost_cents", "milestones"]
"""Field of a sheet that its editors may mark as confidential: a descriptive one, or the cost."""
CONFIDENTIAL: Final = get_args(ConfidentialField)
LISTS: Final = frozenset({"issues", "milestones"})
"""Confidential fields that are empty lists, not null, where they are withheld."""


class IssueIn(Body):
    """A numbered issue (enjeu) of the sheet."""

    title: Title = Field(examples=["Des métiers en tension"])
    axis: AxisCode | None = None
    diagnosis: Paragraph | None = Field(
        default=None, examples=["Un tiers des offres de soudeurs restent sans réponse."]
    )


class PartnerIn(Body):
    """An organisation that helps without carrying."""

    siren: SirenInput = Field(examples=["180020026"])
    role: Title = Field(description="What it does.", examples=["Finance l'étude de faisabilité"])


class MilestoneIn(Body):
    """A step of the calendar."""

    title: Title = Field(examples=["Ouverture de la première session"])
    due_on: Day = Field(examples=["2020-09-01"])


class ActionContent(Document):
    """Content of a sheet. All of it may follow later, while the sheet is a draft or was returned."""

    axes: Annotated[list[AxisCode], Unique()] = Field(
        default_factory=unsent,
        max_length=10,
        description="Each once; the main one among them.",
        examples=[["recruter", "attirer"]],
    )
    main_axis: AxisCode | None = Field(default=None, description="One of `axes`: the sheet is counted under it.")
    context: Text | None = Field(
        default=None,
        description="Diagnosis: the situation of the territory.",
        examples=["Le bassin compte 12 000 emplois industriels, dans la chimie et l'aéronautique (texte synthétique)."],
    )
    issues: Annotated[list[IssueIn], Unique(by=("title",))] = Field(default_factory=unsent, max_length=50)
    objective: Text | None = Field(default=None, examples=["Former 60 soudeurs par an d'ici 2022 (texte synthétique)."])
    description: Text | None = Field(
        default=None, examples=["Une école de production, portée avec les entreprises (texte synthétique)."]
    )
    carriers: Annotated[list[SirenInput], Unique()] = Field(
        default_factory=unsent,
        max_length=50,
        description="SIREN or SIRET of each maître d'ouvrage.",
        examples=[["200067254"]],
    )
    partners: Annotated[list[PartnerIn], Unique(by=("siren",))] = Field(default_factory=unsent, max_length=50)
    commitment: Commitment | None = Field(default=None, description="firm, or conditional on something else.")
    cost_cents: Cents | None = Field(default=None, description="Total cost, in euro cents.", examples=[125_000_000])
    planned_start: Day | None = Field(default=None, examples=["2019-09-01"])
    planned_end: Day | None = Field(default=None, examples=["2022-12-31"])
    milestones: Annotated[list[MilestoneIn], Unique(by=("title", "due_on"))] = Field(
        default_factory=unsent, max_length=50
    )
    confidential: Annotated[list[ConfidentialField], Unique()] = Field(
        default_factory=unsent,
        max_length=len(CONFIDENTIAL),
        description="Names of fields that an operator reads only if the sheet names it or it was asked for help. What "
        "identifies the sheet cannot be among them.",
        examples=[["cost_cents"]],
    )


class ActionDraft(ActionContent):
    """A new sheet."""

    title: Title = Field(examples=["École de production (exemple synthétique)"])
    territories: Annotated[list[TerritoryKey], Unique()] = Field(
        min_length=1,
        max_length=20,
        description="The lead territory first: the sheet is numbered in its plan. The others share the action.",
        examples=[["2018-ti-7505"]],
    )


class ActionChange(ActionContent):
    """Changes of a sheet: a list replaces the whole list."""

    title: Title = Field(default_factory=unsent, examples=["École de production (exemple synthétique)"])
    territories: Annotated[list[TerritoryKey], Unique()] = Field(
        default_factory=unsent, min_length=1, max_length=20, examples=[["2018-ti-7505"]]
    )
    reason: Reason | None = Field(
        default=None, description="Why, for its history.", examples=["Erreur de saisie sur le coût"]
    )


class IssueOut(Answer):
    """A numbered issue (enjeu)."""

    title: Line = Field(examples=["Des métiers en tension"])
    axis: Word | None = Field(examples=["recruter"])
    diagnosis: Prose | None = Field(examples=["Un tiers des offres de soudeurs restent sans réponse."])


NAME: Final = "Today's name in a draft or returned sheet; from the submission on, that of the submission."


class CarrierOut(Answer):
    """An organisation that carries the action."""

    siren: Siren = Field(examples=["200067254"])
    name: Line = Field(description=NAME, examples=["CA Pau Béarn Pyrénées"])


class PartnerOut(Answer):
    """An organisation that helps without carrying."""

    siren: Siren = Field(examples=["180020026"])
    name: Line = Field(description=NAME, examples=["Caisse des dépôts et consignations"])
    role: Line = Field(examples=["Finance l'étude de faisabilité"])


class MilestoneOut(Answer):
    """A step of the calendar."""

    title: Line = Field(examples=["Ouverture de la première session"])
    due_on: date = Field(examples=["2020-09-01"])


class RequestedServiceOut(Answer):
    """Request to an operator for the action, with its last answer."""

    request_id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e06"])
    reference: RequestReference = Field(examples=["BDT-2019-00012"])
    service: ServiceCode = Field(examples=["BDT-05"])
    operator: Siren = Field(examples=["180020026"])
    status: RequestStatus = Field(examples=["accepted"])
    amount_cents: BigCount | None = Field(description="What the operator brings, where it says.", examples=[2_500_000])
    sent_at: datetime = Field(examples=["2019-09-20T07:45:00Z"])
    answered_at: datetime | None = Field(
        description="The last answer; null while there is none.", examples=["2019-10-04T14:10:00Z"]
    )


class RegionalDecisionOut(Answer):
    """The decision of a Region on the submitted sheet."""

    outcome: RegionalOutcome = Field(examples=["validated"])
    organisation: Siren = Field(description="SIREN of the Region.", examples=["200053759"])
    decided_at: datetime = Field(examples=["2019-09-16T09:30:00Z"])


DECISIONS: Final = {
    region: {"outcome": "validated", "organisation": organisation, "decided_at": decided_at}
    for region, organisation, decided_at in (
        ("75", "200053759", "2019-09-16T09:30:00Z"),
        ("76", "200053791", "2019-09-17T16:20:00Z"),
    )
}


class WithoutConfidential:
    """A sheet as a reader sees it that may not read what is confidential."""

    def __init__(self, action: Any) -> None:
        self._action = action

    def __getattr__(self, name: str) -> Any:
        if name in self._action.withheld:
            return [] if name in LISTS else None
        return getattr(self._action, name)


class ActionOut(Answer):
    """An action sheet (fiche action).

    Its territories, Regions, State services, carriers, partners and the operators that were asked for help read all of
    it. From its first submission on the other operators of the programme read it too, without the fields that are
    `confidential`: these are null or empty for them, and named in `withheld`.

    `version` and the ETag count the changes of the sheet itself. The first request to an operator is one: from then on
    the sheet concerns that operator. Later requests and the answers are told beside the sheet and change neither: they
    make no `If-Match` stale, and leave no line in `changes` or `history`. A sheet for which something was requested is
    therefore always answered in full, never by 304.
    """

    id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e01"])
    number: Number = Field(description="In the plan of the lead territory.", examples=["A-0001"])
    version: Version
    updated_at: datetime = Field(examples=["2019-09-17T16:20:00Z"])
    created_at: datetime = Field(examples=["2019-09-02T09:00:00Z"])
    status: ActionStatus = Field(examples=["validated"])
    title: Line = Field(examples=["École de production (exemple synthétique)"])
    phase: PhaseCode
    lead_territory: TerritoryKey
    territories: list[TerritoryKey] = Field(max_length=20, description="The lead first.")
    regions: list[RegionCode] = Field(
        max_length=100, description="Those of the lead territory first: each of them decides.", examples=[["75", "76"]]
    )
    axes: list[Word] = Field(max_length=10, examples=[["recruter", "attirer"]])
    main_axis: Word | None = Field(examples=["recruter"])
    context: Prose | None = Field(
        examples=["Le bassin compte 12 000 emplois industriels, dans la chimie et l'aéronautique (texte synthétique)."]
    )
    issues: list[IssueOut] = Field(max_length=50)
    objective: Prose | None = Field(examples=["Former 60 soudeurs par an d'ici 2022 (texte synthétique)."])
    description: Prose | None = Field(
        examples=["Une école de production, portée avec les entreprises (texte synthétique)."]
    )
    carriers: list[CarrierOut] = Field(max_length=50)
    partners: list[PartnerOut] = Field(max_length=50)
    commitment: Commitment | None
    cost_cents: BigCount | None = Field(description="Total cost, in euro cents.", examples=[125_000_000])
    planned_start: date | None = Field(examples=["2019-09-01"])
    planned_end: date | None = Field(examples=["2022-12-31"])
    milestones: list[MilestoneOut] = Field(max_length=50)
    confidential: list[ConfidentialField] = Field(
        max_length=len(CONFIDENTIAL), description="Fields that its editors have marked.", examples=[[]]
    )
    withheld: list[ConfidentialField] = Field(
        max_length=len(CONFIDENTIAL),
        description="Confidential fields that you may not read: here they are null or empty.",
        examples=[[]],
    )
    decisions: dict[RegionCode, RegionalDecisionOut] = Field(
        description="By Region of the lead territory, since the last submission.", examples=[DECISIONS]
    )
    awaited_regions: list[RegionCode] = Field(
        max_length=30,
        description="Regions that have yet to decide: the last one's favourable decision validates the sheet.",
        examples=[[]],
    )
    text_version: Count = Field(
        description="Number of its text: it grows at the first change after a submission.", examples=[1]
    )
    opinions: list[OpinionOut] = Field(
        validation_alias="dated_opinions",
        max_length=MANY,
        description="Of the State, each on one version of the text; they decide nothing.",
    )
    decision_reason: Note | None = Field(description="Why it was last returned or rejected.")
    submitted_at: datetime | None = Field(examples=["2019-09-10T10:00:00Z"])
    decided_at: datetime | None = Field(examples=["2019-09-17T16:20:00Z"])
    service_requests: list[RequestedServiceOut] = Field(
        max_length=MANY,
        description="Requests to operators for it that you may read at /v1/requests, oldest first: those of your "
        "territory or Region, those that your organisation made, and those that were made to it.",
    )

    @model_validator(mode="before")
    @classmethod
    def _withhold(cls, value: Any) -> Any:
        return WithoutConfidential(value) if getattr(value, "withheld", None) else value

    @computed_field(description="What may happen to it next: `POST …/{transition}`.", examples=[[]])  # type: ignore[prop-decorator]
    @property
    def allowed_transitions(self) -> Transitions:
        """From the declared table."""
        return sorted(transitions.ACTION[self.status])
