"""Requests, as they are sent and answered."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field, computed_field

from services.catalog.rules.requests import TRANSITIONS, late
from services.catalog.schemas.texts import Amount, LongText, Why
from shared.clock import today
from shared.events.catalog import Deadline, Reference, RequestStatus, ServiceCode
from shared.events.codes import RegionCode, Siren, TerritoryKey
from shared.schemas import Answer, Body, Id


class RequestIn(Body):
    """A call on a service, for your territory or for one of its submitted actions."""

    service: ServiceCode = Field(examples=["BDT-05"])
    territory: TerritoryKey
    action_id: Id | None = None
    message: LongText | None = Field(
        default=None,
        description="Read by those whom the request concerns; never told in an event.",
        examples=["Nous souhaitons étudier la reconversion d'une friche de quatre hectares."],
    )


class Acceptance(Body):
    """The operator helps."""

    amount_cents: Amount | None = Field(default=None, description="What it brings, where it says, in euro cents.")


class Declination(Body):
    """The operator does not help."""

    reason: Why = Field(examples=["Le site n'est pas dans un périmètre éligible."])


class Redirection(Body):
    """Another operator is asked instead."""

    operator: Siren = Field(description="SIREN of the other operator.", examples=["320252489"])
    service: ServiceCode = Field(description="Which of its services.", examples=["BPI-01"])
    reason: Why | None = Field(default=None, examples=["Le besoin porte sur le recrutement."])


class Conclusion(Body):
    """The help was given."""

    amount_cents: Amount | None = Field(default=None, description="The final amount; the promised one if left out.")


class RequestOut(Answer):
    """A request to an operator."""

    id: UUID
    reference: Reference = Field(examples=["BDT-2026-00012"])
    version: int = Field(description="Grows with each change; its ETag.")
    updated_at: datetime
    status: RequestStatus
    service: ServiceCode
    service_version: int = Field(description="The version that was on offer.")
    operator: Siren
    territory: TerritoryKey
    regions: list[RegionCode]
    action_id: UUID | None
    requester: Siren
    message: str | None
    sent_at: datetime
    acknowledged_at: datetime | None
    answered_at: datetime | None = Field(description="Accepted, declined or redirected.")
    concluded_at: datetime | None
    amount_cents: int | None = Field(description="What the operator brings, where it says, in euro cents.")
    reason: str | None = Field(description="Of a refusal or a redirection.")
    redirected_to: Siren | None = Field(description="The operator that it went on to.")
    redirected_as: UUID | None = Field(description="The request that it went on as.")
    redirected_from: UUID | None = Field(description="The request that went on as this one.")
    due: dict[Deadline, date] = Field(description="Until when each step is due.")

    @computed_field(description="The steps that are late today.")  # type: ignore[prop-decorator]
    @property
    def late(self) -> list[Deadline]:
        """From its state and its deadlines."""
        return late(self.status, self.due, today())

    @computed_field(description="What may happen to it next: `POST …/{transition}`.", examples=[["acknowledge"]])  # type: ignore[prop-decorator]
    @property
    def allowed_transitions(self) -> list[str]:
        """From the declared table."""
        return sorted(TRANSITIONS[self.status])
