"""Requests, as they are sent and answered."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, computed_field

from services.catalog.rules.requests import TRANSITIONS, late
from services.catalog.schemas.texts import Amount, LongText, Why
from shared.clock import today
from shared.events.catalog import Deadline, RequestReference, RequestStatus, ServiceCode
from shared.events.codes import RegionCode, Siren, SirenInput, TerritoryKey
from shared.http.schemas import Answer, BigCount, Body, Id, Note, Prose, Transitions, Version


class RequestIn(Body):
    """A call on a service, for your territory or for one of its submitted actions."""

    service: ServiceCode = Field(examples=["BDT-05"])
    territory: TerritoryKey
    action_id: Id | None = Field(default=None, examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e01"])
    message: LongText | None = Field(
        default=None,
        description="Read by those whom the request concerns; never told in an event.",
        examples=["Nous souhaitons étudier la reconversion d'une friche de quatre hectares (texte synthétique)."],
    )


class Acceptance(Body):
    """The operator helps."""

    amount_cents: Amount | None = Field(default=None, description="What it brings, where it says, in euro cents.")


class Declination(Body):
    """The operator does not help."""

    reason: Why = Field(examples=["Le site n'est pas dans un périmètre éligible."])


class Redirection(Body):
    """Another operator is asked instead."""

    operator: SirenInput = Field(description="SIREN or SIRET of the other operator.", examples=["320252489"])
    service: ServiceCode = Field(description="Which of its services.", examples=["BPI-01"])
    reason: Why | None = Field(
        default=None,
        description="For the requester. The other operator gets the message of the request, and not this.",
        examples=["Le besoin porte sur le recrutement."],
    )


class Conclusion(Body):
    """The help was given."""

    amount_cents: Amount | None = Field(default=None, description="The final amount; the promised one if left out.")


class RequestOut(Answer):
    """A request to an operator."""

    id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e06"])
    reference: RequestReference = Field(examples=["BDT-2019-00012"])
    version: Version
    updated_at: datetime = Field(examples=["2019-10-04T14:10:00Z"])
    status: RequestStatus = Field(examples=["accepted"])
    service: ServiceCode = Field(examples=["BDT-05"])
    service_version: Version = Field(description="The version that was on offer.", examples=[1])
    operator: Siren = Field(examples=["180020026"])
    territory: TerritoryKey
    regions: list[RegionCode] = Field(max_length=100, examples=[["75", "76"]])
    action_id: UUID | None = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e01"])
    requester: Siren = Field(examples=["200067254"])
    message: Prose | None = Field(
        examples=["Nous souhaitons étudier la reconversion d'une friche de quatre hectares (texte synthétique)."]
    )
    sent_at: datetime = Field(examples=["2019-09-20T07:45:00Z"])
    acknowledged_at: datetime | None = Field(examples=["2019-09-24T08:00:00Z"])
    answered_at: datetime | None = Field(
        description="Accepted, declined or redirected.", examples=["2019-10-04T14:10:00Z"]
    )
    concluded_at: datetime | None
    amount_cents: BigCount | None = Field(
        description="What the operator brings, where it says, in euro cents.", examples=[2_500_000]
    )
    reason: Note | None = Field(description="Of a refusal or a redirection.")
    redirected_to: Siren | None = Field(description="The operator that it went on to.", examples=[None])
    redirected_as: UUID | None = Field(description="The request that it went on as.")
    redirected_from: UUID | None = Field(description="The request that went on as this one.")
    due: dict[Deadline, date] = Field(
        description="Until when each step is due.",
        examples=[{"acknowledge": "2019-09-29", "answer": "2019-10-11", "conclude": "2019-11-04"}],
    )

    @computed_field(description="The steps that are late today.", examples=[[]])  # type: ignore[prop-decorator]
    @property
    def late(self) -> Annotated[list[Deadline], Field(max_length=3)]:
        """From its state and its deadlines."""
        return late(self.status, self.due, today())

    @computed_field(description="What may happen to it next: `POST …/{transition}`.", examples=[["done"]])  # type: ignore[prop-decorator]
    @property
    def allowed_transitions(self) -> Transitions:
        """From the declared table."""
        return sorted(TRANSITIONS[self.status])
