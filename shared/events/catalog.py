"""Facts told by the catalog service: what operators offer, to whom it fits, what was asked of them and answered."""

from datetime import date, datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.events import Audience, Event, State, Title
from shared.events.codes import AxisCode, PhaseCode, Siren, TerritoryKey
from shared.patterns import pattern_of

SERVICE: Final = pattern_of(r"^[A-Z]{2,6}-[0-9]{2,4}$", "the code of a service looks like BDT-01")
ServiceCode = Annotated[str, StringConstraints(pattern=SERVICE, max_length=11)]
"""The code of a service: its operator's initials and a number, such as BDT-01."""
MATCHES_AT_MOST: Final = 10
"""Maximum number of matches per action."""
ServiceKind = Literal["engineering", "financing", "investment", "support", "training"]
"""Ingénierie, financement, investissement, accompagnement, formation."""
Openness = Literal["reserved", "prioritised", "open"]
"""Reserved to labelled territories, prioritised for them, or general offer (droit commun)."""
RequestStatus = Literal["sent", "acknowledged", "accepted", "declined", "redirected", "done"]
RequestReference = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2,6}-[0-9]{4}-[0-9]{5}$", max_length=18)]
"""The reference of a request, such as BDT-2019-00012: the operator's initials, the year and a number."""
Deadline = Literal["acknowledge", "answer", "conclude"]
"""A missed deadline: acknowledgement (9 days by default), answer (21), conclusion (45)."""


class _ServiceEvent(Event, publisher="catalog", audience=Audience.PUBLIC):
    service: ServiceCode
    service_version: int = Field(ge=1)
    name: Title
    operator: Siren | None = Field(description="null where nobody of the register answers for it, as for the State")
    axis: Literal["attirer", "recruter", "innover", "simplifier", "transition"]
    kind: ServiceKind
    openness: Openness | None = Field(description="null where no source says")
    starts_on: date
    ends_on: date | None

    @property
    def subject(self) -> str:
        return f"service/{self.service}"


class ServicePublished(_ServiceEvent, name="ServicePublished"):
    """An operator offers a service, or offers it in a new version."""

    published_at: datetime


class ServiceWithdrawn(_ServiceEvent, name="ServiceWithdrawn"):
    """An operator no longer offers a service; requests that were made of it go on."""

    withdrawn_at: datetime


class ReferentNamed(Event, name="ReferentNamed", publisher="catalog", audience=Audience.CONCERNED):
    """An operator has named its single referent (référent unique) for a territory. Contacts are never told."""

    referent_id: UUID
    operator: Siren
    territory: TerritoryKey
    person_id: UUID = Field(description="an opaque person")
    since: date

    @property
    def subject(self) -> str:
        return f"referent/{self.referent_id}"


class MatchState(State):
    """A service that fits an action: the weights of the criteria that are true, out of those that are known."""

    service: ServiceCode
    operator: Siren | None
    score: int = Field(ge=0, description="the sum of the weights of the criteria that are true")
    known: int = Field(ge=0, description="the sum of the weights of the criteria that are true or false")
    possible: int = Field(ge=1, description="the sum of all weights")


class ServicesMatched(
    Event, name="ServicesMatched", publisher="catalog", audience=Audience.CONCERNED, concerns_operators=True
):
    """The services that may help an action, best first. Each criterion is explained at /v1/matchings/{action_id}."""

    action_id: UUID
    title: Title
    phase: PhaseCode
    axes: list[AxisCode] = Field(max_length=10)
    matches: list[MatchState] = Field(max_length=MATCHES_AT_MOST)
    matched_at: datetime
    operators: list[Siren] = Field(default=[], max_length=MATCHES_AT_MOST)
    """Operators of the matches: filters by operator find the event by them. They open it to nobody."""

    @property
    def subject(self) -> str:
        return f"matching/{self.action_id}"


class _RequestEvent(Event, publisher="catalog", audience=Audience.CONCERNED):
    request_id: UUID
    reference: RequestReference
    service: ServiceCode
    operator: Siren
    territory: TerritoryKey
    action_id: UUID | None
    requester: Siren
    status: RequestStatus
    sent_at: datetime
    due: dict[Deadline, date] = Field(description="until when each step is due")

    @property
    def subject(self) -> str:
        return f"request/{self.request_id}"


class ServiceRequested(_RequestEvent, name="ServiceRequested"):
    """A territory calls on a service of an operator, for itself or for one of its actions."""


class ServiceRequestAnswered(_RequestEvent, name="ServiceRequestAnswered"):
    """An operator has taken a step with a request: acknowledged, accepted, declined, redirected or done."""

    answered_at: datetime
    amount_cents: int | None = Field(ge=0, description="what the operator brings, in euro cents, where it says")
    redirected_to: Siren | None


class ServiceRequestOverdue(_RequestEvent, name="ServiceRequestOverdue"):
    """A step of a request is late; told once for each step."""

    deadline: Deadline
    due_on: date
