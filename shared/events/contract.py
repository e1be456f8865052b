"""Facts told by the contract service: action sheets and contracts, from draft to end."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.events import Audience, Event, State, Title
from shared.events.codes import AxisCode, PhaseCode, RegionCode, Siren, TerritoryKey

ActionStatus = Literal[
    "draft", "submitted", "returned", "validated", "rejected", "in_progress", "completed", "abandoned"
]
ContractKind = Literal["protocol", "contract", "amendment"]
"""protocole d'accord, contrat, avenant."""
AmendmentSubject = Literal[
    "period", "title", "parties", "project", "themes", "priorities", "commitments", "plan", "links"
]
"""Part of a contract that an amendment changes."""
ContractOrigin = Literal["platform", "paper"]
"""Place of the signature: a circuit of the platform, or paper outside, entered afterwards."""
ContractStatus = Literal[
    "draft", "under_review", "approved", "signing", "signatures_expired", "signed", "ended", "cancelled"
]
CommentState = Literal["open", "answered", "resolved"]
TargetMeasure = Literal[
    "territories_signed", "governance_installed", "contracts_signed", "actions_submitted", "actions_validated"
]
RecordKind = Literal[
    "launch",
    "project_committee",
    "protocol",
    "protocol_or_contract",
    "approval",
    "contract",
    "follow_up",
    "contract_text",
]
"""Kind of a published fact, as its sources call it. `protocol_or_contract`: they do not separate the two."""
RecordPrecision = Literal["day", "month", "year", "before", "unknown"]
"""Meaning of a day: itself, the last one of a month or a year, or the latest possible one."""
EndOutcome = Literal["expired", "terminated", "denounced", "replaced"]
"""échu, résilié, dénoncé, remplacé."""
Commitment = Literal["firm", "conditional"]
RegionalOutcome = Literal["validated", "returned", "rejected"]
"""Decision of one Region on an action sheet."""
Block = Literal["territory", "public", "economic"]
PartyKind = Literal["intercommunality", "region", "state", "departement", "commune", "operator", "company", "other"]

Number = Annotated[str, StringConstraints(min_length=1, max_length=40)]
"""The number that the service gives, such as 2018-ti-7505/A-3."""


class ActionEvent(Event, publisher="contract", audience=Audience.CONCERNED, concerns_operators=True):
    """The full state of an action sheet: every event of a sheet carries it. A draft has none before its submission."""

    action_id: UUID
    number: Number
    title: Title
    phase: PhaseCode
    status: ActionStatus
    axes: list[AxisCode] = Field(max_length=10)
    main_axis: AxisCode | None
    commitment: Commitment | None
    carriers: list[Siren] = Field(max_length=50)
    partners: list[Siren] = Field(max_length=50)
    cost_cents: int | None = Field(ge=0, description="null while it is unknown, or if it is confidential")

    @property
    def subject(self) -> str:
        return f"action/{self.action_id}"


class CompleteActionEvent(ActionEvent):
    """The full state of an action sheet that lacks nothing."""

    main_axis: AxisCode
    commitment: Commitment


class ActionSubmitted(CompleteActionEvent, name="ActionSubmitted"):
    """A territory has sent an action sheet to its Region."""

    submitted_at: datetime


class ActionReturned(CompleteActionEvent, name="ActionReturned"):
    """A Region has sent an action sheet back for completion."""

    returned_at: datetime


class ActionValidated(CompleteActionEvent, name="ActionValidated"):
    """Every Region of the lead territory retains an action sheet."""

    validated_at: datetime


class ActionRejected(CompleteActionEvent, name="ActionRejected"):
    """A Region does not retain an action sheet."""

    rejected_at: datetime


class ActionAbandoned(CompleteActionEvent, name="ActionAbandoned"):
    """A validated action sheet is given up, because the contract that retained it has ended."""

    abandoned_on: date


class ActionChanged(ActionEvent, name="ActionChanged"):
    """An action sheet has changed in something that its events say: it was edited, or an operator was asked for help.

    Those whom it left receive no event.
    """

    changed_at: datetime


class PartyState(State):
    """A party of a contract and its signature."""

    party_id: UUID
    organisation: Siren
    block: Block
    kind: PartyKind
    required: bool
    signed_on: date | None


class ContractEvent(Event, publisher="contract", audience=Audience.CONCERNED):
    """The full state of a protocol, contract or amendment: every event of it carries this state."""

    contract_id: UUID
    kind: ContractKind = "contract"
    origin: ContractOrigin = "platform"
    number: Number
    title: Title
    phase: PhaseCode
    territory: TerritoryKey
    status: ContractStatus
    starts_on: date
    ends_on: date
    parties: list[PartyState] = Field(max_length=100)
    actions: list[UUID] = Field(max_length=200)

    @property
    def subject(self) -> str:
        return f"contract/{self.contract_id}"


class ContractOpened(ContractEvent, name="ContractOpened"):
    """The drafting of a contract has begun."""

    opened_at: datetime


class ContractChanged(ContractEvent, name="ContractChanged"):
    """The draft of a contract was changed, in something that its events say. Those whom it left receive no event."""

    changed_at: datetime


class ContractSubmitted(ContractEvent, name="ContractSubmitted"):
    """A contract that lacks nothing is sent to its Region or Regions for review."""

    submitted_at: datetime


class ContractReturned(ContractEvent, name="ContractReturned"):
    """A Region sends a contract back for drafting."""

    returned_at: datetime


class ContractApproved(ContractEvent, name="ContractApproved"):
    """Every Region of the territory has approved the contract, each naming its committee's decision."""

    approved_at: datetime
    decisions: dict[RegionCode, UUID] = Field(max_length=30)


class OpinionGiven(ContractEvent, name="OpinionGiven"):
    """A State service has given its opinion on a contract under review. Its text is read with the contract."""

    advising: Siren
    verdict: Literal["favourable", "unfavourable", "reserved"]
    text_version: int = Field(ge=1)
    given_at: datetime


class SignatureRequested(ContractEvent, name="SignatureRequested"):
    """A party of a contract or protocol is asked to sign: its turn has come, or it is asked again."""

    party_id: UUID
    signatory: Siren
    due_on: date = Field(description="last day to sign")
    is_first: bool = Field(description="true for the first party that is asked when the signatures are requested")
    requested_at: datetime


class PartySigned(ContractEvent, name="PartySigned"):
    """One party has signed."""

    party_id: UUID
    signatory: Siren
    signed_on: date


class PartyDeclined(ContractEvent, name="PartyDeclined"):
    """One party declines to sign. It may be asked again, replaced or taken out."""

    party_id: UUID
    signatory: Siren
    declined_at: datetime


class ContractSigned(ContractEvent, name="ContractSigned", audience=Audience.PUBLIC):
    """Every required party has signed. The content is frozen: this is its SHA-256 (canonical JSON, RFC 8785)."""

    signed_on: date
    content_sha256: str = Field(pattern="^[0-9a-f]{64}$", max_length=64)


class ProtocolSigned(ContractEvent, name="ProtocolSigned", audience=Audience.PUBLIC):
    """Every required party has signed a protocol. Its content is frozen, as that of a contract."""

    signed_on: date
    content_sha256: str = Field(pattern="^[0-9a-f]{64}$", max_length=64)


class PaperCopyDeposited(ContractEvent, name="PaperCopyDeposited"):
    """A party has deposited a scan of the signed paper: this is the SHA-256 of its bytes."""

    paper_copy_id: UUID
    sha256: str = Field(pattern="^[0-9a-f]{64}$", max_length=64)
    declared_on: date = Field(description="Day of the signature of the paper, as the depositor says.")
    depositor: Siren
    deposited_at: datetime


class PaperCopyWithdrawn(ContractEvent, name="PaperCopyWithdrawn"):
    """A party has withdrawn a scan that it had deposited, before the contract was signed."""

    paper_copy_id: UUID
    sha256: str = Field(pattern="^[0-9a-f]{64}$", max_length=64)
    withdrawn_by: Siren
    withdrawn_at: datetime


class ContractAmended(ContractEvent, name="ContractAmended", audience=Audience.PUBLIC):
    """Every required party has signed an amendment. Its content is frozen, and holds the whole amended text.

    `ends_on` is the last day of the amended contract from now on.
    """

    amends: UUID
    amended_number: Number
    amendment_number: int = Field(ge=1, le=99)
    subjects: list[AmendmentSubject] = Field(max_length=9)
    effective_on: date
    signed_on: date
    content_sha256: str = Field(pattern="^[0-9a-f]{64}$", max_length=64)


class ContractCancelled(ContractEvent, name="ContractCancelled"):
    """A contract was given up before its signature."""

    cancelled_on: date


class ContractEnded(ContractEvent, name="ContractEnded", audience=Audience.PUBLIC):
    """A signed contract or protocol is no longer in force from a day on."""

    ended_on: date
    outcome: EndOutcome


class CeremonyAnnounced(Event, name="CeremonyAnnounced", publisher="contract", audience=Audience.PUBLIC):
    """A ceremony is announced, or what is stated of it is corrected, or it is cancelled."""

    ceremony_id: UUID
    title: Title
    place: Title
    starts_on: date
    ends_on: date
    phase: PhaseCode
    is_cancelled: bool

    @property
    def subject(self) -> str:
        return f"ceremony/{self.ceremony_id}"


class CommentChanged(Event, name="CommentChanged", publisher="contract", audience=Audience.CONCERNED):
    """A comment on a contract under review was made, answered or resolved. Its text is read with the comment."""

    comment_id: UUID
    contract_id: UUID
    territory: TerritoryKey
    author: Siren
    pointer: str = Field(max_length=300, description="JSON pointer into the text of the contract; empty: the whole")
    text_version: int = Field(ge=1, description="version of the text that it is about")
    state: CommentState
    changed_at: datetime

    @property
    def subject(self) -> str:
        return f"comment/{self.comment_id}"


class TargetSet(Event, name="TargetSet", publisher="contract", audience=Audience.PUBLIC):
    """A target of the programme was set, changed or withdrawn. Without a goal it is every territory."""

    target_id: UUID
    title: Title
    measure: TargetMeasure
    goal: int | None = Field(ge=1)
    phase: PhaseCode
    region: RegionCode | None
    due_on: date
    source: Title
    source_id: UUID | None
    is_withdrawn: bool
    set_at: datetime

    @property
    def subject(self) -> str:
        return f"target/{self.target_id}"


class FactRecorded(Event, name="FactRecorded", publisher="contract", audience=Audience.PUBLIC):
    """A published fact of a protocol or contract was recorded, or its record was corrected or withdrawn."""

    record_id: UUID
    territory: TerritoryKey
    phase: PhaseCode
    kind: RecordKind
    day: date | None
    """Last possible day; null: unknown."""
    precision: RecordPrecision
    fact: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    """Key of the fact: records with one key are of one fact."""
    action_count: int | None = Field(ge=0)
    amount_cents: int | None = Field(ge=0)
    sources: list[Title] = Field(min_length=1, max_length=10)
    is_withdrawn: bool
    recorded_at: datetime

    @property
    def subject(self) -> str:
        return f"contract-record/{self.record_id}"
