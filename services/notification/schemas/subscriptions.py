"""Subscriptions and their deliveries, as they are sent and answered."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AliasChoices, Field, StringConstraints, computed_field

from services.notification.models import DeliveryState, DisabledReason, OwnershipProof, SubscriptionStatus
from services.notification.rules import subscriptions as rules
from services.notification.rules.headers import MAX_HEADERS, MAX_NAME, MAX_VALUE
from services.notification.schemas.events import TypeFilter, TypeName
from shared.events import PREFIX
from shared.events.codes import RegionCode, Siren, SirenInput, TerritoryKey
from shared.http.schemas import (
    MANY,
    Answer,
    BigCount,
    Body,
    Count,
    Line,
    Moment,
    Note,
    OptionalLine,
    Prose,
    Transitions,
    Version,
    unsent,
)
from shared.http.texts import ONE_LINE
from shared.http.unique import Unique
from shared.patterns import pattern_of

Position = Annotated[int, Field(ge=0, le=2**63 - 1, description="Of the journal: what comes after it is told.")]
Secret = Annotated[str, StringConstraints(pattern="^whsec_[A-Za-z0-9+/]{43}=$", max_length=50)]
Url = Annotated[
    str,
    StringConstraints(min_length=8, max_length=2000),
    # Refused with the reason by the rules, whatever else it is.
    Field(
        json_schema_extra={"format": "uri", "pattern": "^https?://"},
        description="https, of the public internet.",
        examples=["https://exemple.fr/recevoir/territoires-industrie"],
    ),
]
Description = Annotated[OptionalLine, Field(description="A word for yourself.", examples=["Outil de subventions"])]


TypeFilters = Annotated[list[TypeFilter], Unique(key=lambda name: name.removeprefix(PREFIX))]

HEADER_NAME = pattern_of(
    r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$", "the name of a header has letters, digits and hyphens, such as X-Api-Key"
)
HEADER_VALUE = pattern_of(
    "^[!-~]([ -~]*[!-~])?$", "the value of a header has printable characters of ASCII, and no space at its ends"
)
Headers = Annotated[
    dict[
        Annotated[str, StringConstraints(max_length=MAX_NAME, pattern=HEADER_NAME)],
        Annotated[str, StringConstraints(max_length=MAX_VALUE, pattern=HEADER_VALUE)],
    ],
    Field(
        max_length=MAX_HEADERS,
        description="Headers of your own, such as an API key, sent with every request to this address. Their values "
        "are encrypted and never shown again. Given again, they replace all.",
        examples=[{"X-Api-Key": "0198f3a2-7b1c"}],
    ),
]
Proof = Annotated[
    Literal["handshake", "challenge"],
    Field(
        description="How the receiver proves that its address is yours: `handshake` asks it by `OPTIONS`; `challenge` "
        "sends it a signed `POST`, for receivers that cannot answer `OPTIONS`.",
        examples=["handshake"],
    ),
]


class Filters(Body):
    """Filters of a subscription. Within a filter any value matches; every filter must match."""

    types: TypeFilters = Field(
        default_factory=unsent,
        max_length=100,
        description="Types of events, with or without our prefix; empty: all. /v1/event-types lists them. "
        "`contract.*` takes every type that begins so, those of later releases too.",
        examples=[["contract.ContractSigned.v1"]],
    )
    territories: Annotated[list[TerritoryKey], Unique()] = Field(
        default_factory=unsent, max_length=200, description="Keys; empty: all.", examples=[["2018-ti-7505"]]
    )
    regions: Annotated[list[RegionCode], Unique()] = Field(
        default_factory=unsent, max_length=30, description="INSEE codes; empty: all.", examples=[["75"]]
    )
    operators: Annotated[list[SirenInput], Unique()] = Field(
        default_factory=unsent,
        max_length=100,
        description="SIREN or SIRET of organisations that an event names; empty: all.",
        examples=[["180020026"]],
    )


class SubscriptionDraft(Filters):
    """A new subscription."""

    url: Url
    headers: Headers = Field(default_factory=unsent)
    proof: Proof = Field(default_factory=unsent)
    description: Description = Field(default_factory=unsent)
    start: Literal["now", "beginning"] | Position = Field(
        alias="from",
        default="now",
        description="From where on: what happens from now on, the whole journal, or what comes after a position.",
        examples=["now"],
    )


class SubscriptionChange(Filters):
    """Changes of a subscription: a list replaces the whole list. Another URL needs a proof and its headers again."""

    url: Url = Field(default_factory=unsent)
    headers: Headers = Field(default_factory=unsent)
    proof: Proof = Field(default_factory=unsent)
    description: Description = Field(default_factory=unsent)


class Confirmation(Body):
    """The challenge that the receiver got."""

    challenge: Annotated[str, StringConstraints(min_length=1, max_length=200), ONE_LINE] = Field(
        description="`data.challenge` of the `POST`.", examples=["Zl0pWbYw0yq5o7R2nX1mK8vTj4hLc6sDf9gAeBuQxNI"]
    )


class Rotation(Body):
    """Validity of the former secrets after a rotation."""

    overlap_seconds: int = Field(
        default=int(rules.OVERLAP.total_seconds()),
        ge=0,
        le=int(rules.OVERLAP_AT_MOST.total_seconds()),
        description="24 hours by default, 7 days at most; 0 ends them at once.",
    )


class TestRequest(Body):
    """The type of a test event."""

    type: TypeName = Field(
        default_factory=unsent,
        description="A type that the subscription gets: the event has its published example as data. Without it, the "
        "event has a type of its own.",
        examples=["contract.ContractSigned.v1"],
    )


class ReplayRequest(Body):
    """Request for a replay."""

    since: Position | Moment = Field(
        description="A position of the journal, after which everything is told again; or a moment, from which on.",
        examples=["2026-03-05T08:00:00Z"],
    )
    types: TypeFilters = Field(default_factory=list, max_length=100, description="Of these types alone.", examples=[[]])
    dry_run: bool = Field(default=False, description="Only count.")


WHILE_ACTIVE = rules.allowed_transitions(SubscriptionStatus.ACTIVE)


class SubscriptionOut(Answer):
    """A subscription. Its secret is shown once, when it is made."""

    id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e08"])
    version: Version
    url: Note = Field(
        validation_alias=AliasChoices("visible_url", "url"),
        description="Others than its owners see scheme and host alone: the rest may hold a secret.",
        examples=["https://exemple.fr/recevoir/territoires-industrie"],
    )
    header_names: list[Line] = Field(
        max_length=MAX_HEADERS, description="Names of your own headers.", examples=[["X-Api-Key"]]
    )
    description: Line = Field(examples=["Outil de subventions"])
    types: list[Line] = Field(
        max_length=100,
        description="Empty, as the other filters: all that its owner may be told.",
        examples=[["fr.territoires-industrie.contract.ContractSigned.v1"]],
    )
    territories: list[TerritoryKey] = Field(max_length=200, examples=[["2018-ti-7505"]])
    regions: list[RegionCode] = Field(max_length=30, examples=[["75"]])
    operators: list[Siren] = Field(max_length=100, examples=[["180020026"]])
    client_id: Line = Field(description="Who made it.", examples=["region"])
    org: Siren | None = Field(description="Its organisation.", examples=["200053759"])
    only_territories: Annotated[list[Line], Field(max_length=MANY)] | None = Field(
        description="What the token that made it was narrowed to: so are the deliveries. They are also bounded by the "
        "rights that the newest token of its client has.",
        examples=[None],
    )
    only_regions: Annotated[list[Line], Field(max_length=MANY)] | None = Field(examples=[None])
    proof: OwnershipProof = Field(description="How a new address proves that it is yours.", examples=["handshake"])
    status: SubscriptionStatus = Field(examples=["active"])
    disabled_reason: DisabledReason | None = Field(examples=[None])
    verified_at: datetime | None = Field(
        description="When the receiver consented; null: it has not yet.", examples=["2026-03-05T08:00:03Z"]
    )
    handshake_error: Note | None = Field(description="Why the last handshake or challenge failed.")
    failing_since: datetime | None = Field(description="Since when no delivery has succeeded.")
    planned_to: BigCount = Field(
        examples=[1501], description="The journal's position up to which its deliveries are planned."
    )
    created_at: datetime = Field(examples=["2026-03-05T08:00:00Z"])
    updated_at: datetime = Field(examples=["2026-03-05T08:00:03Z"])

    @computed_field(description="What may be asked of it now.", examples=[WHILE_ACTIVE])  # type: ignore[prop-decorator]
    @property
    def allowed_transitions(self) -> Transitions:
        """By its state."""
        return rules.allowed_transitions(self.status, self.proof)


class SubscriptionMade(SubscriptionOut):
    """A new subscription, with the secret that signs its deliveries: keep it, it is never shown again."""

    secret: Secret = Field(
        description="Standard Webhooks: `whsec_` and 32 bytes in base64.",
        examples=["whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="],
    )


class FormerSecret(Answer):
    """A secret that is still valid beside the new one."""

    created_at: datetime = Field(examples=["2026-03-05T08:00:00Z"])
    expires_at: datetime = Field(examples=["2026-06-02T09:30:00Z"])


class SecretRotated(Answer):
    """The new secret, shown once, and until when the ones before it sign too."""

    secret: Secret = Field(examples=["whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="])
    former: list[FormerSecret] = Field(max_length=rules.SECRETS_AT_MOST)


class DeliveryOut(Answer):
    """One event to one subscription."""

    id: BigCount = Field(examples=[4711])
    position: BigCount | None = Field(description="Of the event in the journal; null of a test.", examples=[1501])
    round: Count = Field(examples=[0], description="0 for the first time; a number for each replay or test.")
    event_id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e47"])
    type: Line = Field(examples=["fr.territoires-industrie.contract.ContractSigned.v1"])
    subject: Line = Field(examples=["contract/0198f3c2-7a51-7c1e-9d0c-5c1f0e0a2b11"])
    state: DeliveryState = Field(
        examples=["delivered"], description="`dropped`: by then you were no longer to be told."
    )
    attempts: Count = Field(examples=[1])
    next_try_at: datetime = Field(description="While it waits.", examples=["2026-03-05T09:30:00Z"])
    created_at: datetime = Field(examples=["2026-03-05T09:30:00Z"])
    closed_at: datetime | None = Field(examples=["2026-03-05T09:30:01Z"])


class AttemptOut(Answer):
    """One try, and what came back."""

    number: Count = Field(examples=[1])
    at: datetime = Field(examples=["2026-03-05T09:30:01Z"])
    status: Annotated[int, Field(ge=100, le=999)] | None = Field(
        description="Of the HTTP answer; null: there was none.", examples=[204]
    )
    error: Note | None
    ms: Count = Field(examples=[84])
    response: Prose | None = Field(description="Its first 4 kB, as received.")


class DeliveryDetail(DeliveryOut):
    """A delivery, with every try."""

    tries: list[AttemptOut] = Field(max_length=MANY)


class ReplayOut(Answer):
    """A replay."""

    id: BigCount = Field(examples=[12])
    round: Count = Field(examples=[1], description="That its deliveries carry.")
    types: list[Line] = Field(max_length=100, examples=[[]])
    planned_to: BigCount = Field(examples=[1501], description="How far it is planned.")
    up_to: BigCount = Field(examples=[1512])
    deliveries: Count = Field(examples=[12], description="Planned so far.")
    created_at: datetime = Field(examples=["2026-03-06T10:00:00Z"])
    planned_at: datetime | None = Field(description="When it was planned to its end.")


class ReplayAnswer(Answer):
    """Size of a replay. Its deliveries are planned in the background, and survive a restart."""

    after: BigCount = Field(examples=[1500])
    up_to: BigCount = Field(examples=[1512])
    events: Count = Field(description="To be told again, as far as they were counted.", examples=[12])
    is_whole: bool = Field(description="Counted to the end; a very long replay is not, and planned all the same.")
    replay: ReplayOut | None = Field(description="null of a dry run")
