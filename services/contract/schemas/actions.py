"""Action sheets, as they are sent and answered."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field, computed_field

from services.contract.rules import transitions
from services.contract.schemas.texts import Document, Number, Paragraph, Reason, Text
from shared.events.catalog import RequestReference, RequestStatus, ServiceCode
from shared.events.codes import AxisCode, PhaseCode, RegionCode, Siren, TerritoryKey
from shared.events.contract import ActionStatus, Commitment
from shared.http.schemas import (
    MANY,
    Answer,
    BigCount,
    Body,
    Cents,
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


class IssueIn(Body):
    """A numbered issue (enjeu) of the sheet."""

    title: Title = Field(examples=["Des métiers en tension"])
    axis: AxisCode | None = None
    diagnosis: Paragraph | None = Field(
        default=None, examples=["Un tiers des offres de soudeurs restent sans réponse."]
    )


class PartnerIn(Body):
    """An organisation that helps without carrying."""

    siren: Siren = Field(examples=["180020026"])
    role: Title = Field(description="What it does.", examples=["Finance l'étude de faisabilité"])


class MilestoneIn(Body):
    """A step of the calendar."""

    title: Title = Field(examples=["Ouverture de la première session"])
    due_on: Day = Field(examples=["2020-09-01"])


class ActionContent(Document):
    """Content of a sheet. All of it may follow later, while the sheet is a draft or was returned."""

    axes: list[AxisCode] = Field(
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
    issues: list[IssueIn] = Field(default_factory=unsent, max_length=50)
    objective: Text | None = Field(default=None, examples=["Former 60 soudeurs par an d'ici 2022 (texte synthétique)."])
    description: Text | None = Field(
        default=None, examples=["Une école de production, portée avec les entreprises (texte synthétique)."]
    )
    carriers: list[Siren] = Field(
        default_factory=unsent, max_length=50, description="SIREN of each maître d'ouvrage.", examples=[["200067254"]]
    )
    partners: list[PartnerIn] = Field(default_factory=unsent, max_length=50)
    commitment: Commitment | None = Field(default=None, description="firm, or conditional on something else.")
    cost_cents: Cents | None = Field(default=None, description="Total cost, in euro cents.", examples=[125_000_000])
    planned_start: Day | None = Field(default=None, examples=["2019-09-01"])
    planned_end: Day | None = Field(default=None, examples=["2022-12-31"])
    milestones: list[MilestoneIn] = Field(default_factory=unsent, max_length=50)


class ActionDraft(ActionContent):
    """A new sheet."""

    title: Title = Field(examples=["École de production (exemple synthétique)"])
    territories: list[TerritoryKey] = Field(
        min_length=1,
        max_length=20,
        description="The lead territory first: the sheet is numbered in its plan. The others share the action.",
        examples=[["2018-ti-7505"]],
    )


class ActionChange(ActionContent):
    """Changes of a sheet: a list replaces the whole list."""

    title: Title = Field(default_factory=unsent, examples=["École de production (exemple synthétique)"])
    territories: list[TerritoryKey] = Field(
        default_factory=unsent, min_length=1, max_length=20, examples=[["2018-ti-7505"]]
    )
    reason: Reason | None = Field(
        default=None, description="Why, for its history.", examples=["Erreur de saisie sur le coût"]
    )


class StateOpinion(Body):
    """Opinion of the State on an action."""

    verdict: Literal["favourable", "unfavourable", "reserved"]
    text: Text = Field(examples=["Favorable : le projet répond au diagnostic de l'emploi du bassin."])


class IssueOut(Answer):
    """A numbered issue (enjeu)."""

    title: Line = Field(examples=["Des métiers en tension"])
    axis: Word | None = Field(examples=["recruter"])
    diagnosis: Prose | None = Field(examples=["Un tiers des offres de soudeurs restent sans réponse."])


class CarrierOut(Answer):
    """An organisation that carries the action, named as it was when it was entered."""

    siren: Siren = Field(examples=["200067254"])
    name: Line = Field(examples=["CA Pau Béarn Pyrénées"])


class PartnerOut(Answer):
    """An organisation that helps without carrying."""

    siren: Siren = Field(examples=["180020026"])
    name: Line = Field(examples=["Caisse des dépôts et consignations"])
    role: Line = Field(examples=["Finance l'étude de faisabilité"])


class MilestoneOut(Answer):
    """A step of the calendar."""

    title: Line = Field(examples=["Ouverture de la première session"])
    due_on: date = Field(examples=["2020-09-01"])


class OpinionOut(Answer):
    """The opinion of a State service."""

    organisation: Siren = Field(description="SIREN of the State service.", examples=["000000018"])
    verdict: Literal["favourable", "unfavourable", "reserved"]
    text: Prose = Field(examples=["Favorable : le projet répond au diagnostic de l'emploi du bassin."])
    given_at: datetime = Field(examples=["2019-09-12T08:30:00Z"])


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


class ActionOut(Answer):
    """An action sheet (fiche action).

    `version` and the ETag count the changes of the sheet itself. An operator's answer to a request is told beside it
    and changes neither: it makes no `If-Match` stale, and leaves no line in `changes` or `history`. A sheet for which
    something was requested is therefore always answered in full, never by 304.
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
        max_length=100, description="Those of the lead territory first: they decide.", examples=[["75", "76"]]
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
    opinions: list[OpinionOut] = Field(max_length=MANY, description="Of the State; they decide nothing.")
    decision_reason: Note | None = Field(description="Why it was last returned or rejected.")
    submitted_at: datetime | None = Field(examples=["2019-09-10T10:00:00Z"])
    decided_at: datetime | None = Field(examples=["2019-09-17T16:20:00Z"])
    service_requests: list[RequestedServiceOut] = Field(
        max_length=MANY, description="What was asked of operators for it, oldest first; follow it at /v1/requests."
    )

    @computed_field(description="What may happen to it next: `POST …/{transition}`.", examples=[[]])  # type: ignore[prop-decorator]
    @property
    def allowed_transitions(self) -> Transitions:
        """From the declared table."""
        return sorted(transitions.ACTION[self.status])
