"""Contracts, as they are sent and answered."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, computed_field

from services.contract.rules import transitions
from services.contract.schemas.amendments import Subjects
from services.contract.schemas.comments import Place, Sha256
from services.contract.schemas.contract_texts import (
    AnimationIn,
    AttractivenessIn,
    CommitmentIn,
    CommitmentOut,
    PartyIn,
    PartyRole,
    PlanEntryIn,
    PlanEntryOut,
    PriorityIn,
    PriorityOut,
    ProjectIn,
    ProjectOut,
    SchemeLinkIn,
    SchemeLinkOut,
    ThemesIn,
    ThemesOut,
)
from services.contract.schemas.opinions import OpinionOut
from services.contract.schemas.texts import Document, Number, Reason
from shared.events.codes import PhaseCode, RegionCode, Siren, TerritoryKey
from shared.events.contract import (
    AmendmentSubject,
    Block,
    ContractKind,
    ContractOrigin,
    ContractStatus,
    EndOutcome,
    PartyKind,
)
from shared.http.schemas import (
    MANY,
    Answer,
    Body,
    Count,
    Day,
    Id,
    Line,
    Note,
    Title,
    Transitions,
    Version,
    Word,
    unsent,
)
from shared.http.unique import Unique

TRANSITIONS = "What may happen to it next: `POST …/{transition}`; see `/transitions`."
APPROVALS_EXAMPLE = {
    region: {
        "decision_id": decision,
        "reference": reference,
        "organisation": organisation,
        "decided_on": decided_on,
        "approved_at": approved_at,
        "text_version": 1,
    }
    for region, decision, reference, organisation, decided_on, approved_at in (
        (
            "75",
            "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e71",
            "CPR-2019-07-02/3 (synthétique)",
            "200053759",
            "2019-07-02",
            "2019-07-04T12:00:00Z",
        ),
        (
            "76",
            "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e72",
            "CPR-2019-07-03/1 (synthétique)",
            "200053791",
            "2019-07-03",
            "2019-07-05T09:40:00Z",
        ),
    )
}


class ContractContent(Document):
    """Content of a contract. All of it may follow later, while the contract is a draft."""

    parties: Annotated[list[PartyIn], Unique(by=("organisation",))] = Field(
        default_factory=unsent, max_length=100, description="In the order of the contract."
    )
    project: ProjectIn = Field(default_factory=unsent)
    themes: ThemesIn = Field(default_factory=unsent)
    priorities: Annotated[list[PriorityIn], Unique(by=("title",))] = Field(
        default_factory=unsent, max_length=20, description="In their order."
    )
    commitments: Annotated[list[CommitmentIn], Unique(by=("organisation", "kind", "text"))] = Field(
        default_factory=unsent, max_length=150, description="Of each party, in text and in kind of means."
    )
    plan: Annotated[list[PlanEntryIn], Unique(by=("action_id",))] = Field(
        default_factory=unsent, max_length=200, description="The plan of actions: each sheet once."
    )
    links: Annotated[list[SchemeLinkIn], Unique(by=("kind", "name"))] | None = Field(
        default=None, max_length=30, description="Null: not answered yet; an empty list says none.", examples=[[]]
    )
    protocol_id: Id | None = Field(
        default=None, description="The protocol of the territory that announced the contract.", examples=[None]
    )
    replaces: Id | None = Field(
        default=None, description="The contract over the same days that this one replaces.", examples=[None]
    )
    complements: Id | None = Field(
        default=None, description="The contract over the same days that this one complements.", examples=[None]
    )

    def content(self) -> dict[str, Any]:
        """The fields that were sent; of the project and the themes, the answers that were sent."""
        sent = super().content()
        for name, part in (("project", self.project), ("themes", self.themes)):
            if name in sent:
                sent[name] = _answers(part)
        # A plan, priorities and links are stored as JSON, which has no UUID.
        for part in (*sent.get("priorities", ()), *(sent.get("links") or ())):
            part["actions"] = [str(action_id) for action_id in part["actions"]]
        return sent


def _answers(part: Body) -> dict[str, Any]:
    """Return the answers that were sent, down to those of a theme in parts."""
    return {
        name: _answers(value) if isinstance(value, AttractivenessIn | AnimationIn) else _plain(value)
        for name in part.model_fields_set
        for value in [getattr(part, name)]
    }


def _plain(value: Any) -> Any:
    """Return an answer as plain values."""
    match value:
        case list():
            return [_plain(item) for item in value]
        case Body():
            return value.model_dump()
        case _:
            return value


class ContractDraft(ContractContent):
    """A new contract or protocol."""

    kind: Literal["protocol", "contract"] = Field(
        default="contract", description="protocol (protocole d'accord) or contract.", examples=["contract"]
    )
    territory: TerritoryKey
    title: Title = Field(examples=["Contrat de Territoire d'industrie Lacq-Pau-Tarbes 2019-2022 (exemple synthétique)"])
    starts_on: Day = Field(examples=["2019-07-15"])
    ends_on: Day = Field(examples=["2022-12-31"])


class ContractChange(ContractContent):
    """Changes of a draft: a list replaces the whole list."""

    title: Title = Field(
        default_factory=unsent,
        examples=["Contrat de Territoire d'industrie Lacq-Pau-Tarbes 2019-2022 (exemple synthétique)"],
    )
    starts_on: Day = Field(default_factory=unsent, examples=["2019-07-15"])
    ends_on: Day = Field(default_factory=unsent, examples=["2022-12-31"])
    subjects: Subjects = Field(
        default_factory=unsent,
        min_length=1,
        max_length=9,
        description="Of an amendment: parts that it may change. A part that goes is again as it was before.",
        examples=[["period", "plan"]],
    )
    reason: Reason | None = Field(default=None, description="Why, for its history.")


class ApprovalIn(Body):
    """A Region's approval."""

    decision_id: Id = Field(
        description="The favourable decision of its regional committee that decides this contract.",
        examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e71"],
    )


class PartyOut(Answer):
    """A party and its signature."""

    id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e03"])
    organisation: Siren
    name: Line = Field(
        description="Today's in a draft; from the submission on, that of the text.",
        examples=["Région Nouvelle-Aquitaine"],
    )
    block: Block = Field(examples=["public"])
    kind: PartyKind = Field(examples=["region"])
    label: Line | None = Field(description="What a party of kind `other` is.", examples=[None])
    capacity: Line = Field(examples=["Présidence"])
    role: PartyRole = Field(examples=["partner"])
    required: bool
    signed_on: date | None = Field(examples=["2019-07-15"])
    signed_as: Line | None = Field(examples=["Présidence"])
    signed_by: Siren | None = Field(
        description="Successor or delegate that signed in place of the party; null: the party itself.",
        examples=[None],
    )
    deliberation_reference: Line | None = Field(examples=["2019-06-27/14 (synthétique)"])
    deliberation_on: date | None = Field(examples=["2019-06-27"])
    declined_at: datetime | None
    decline_reason: Note | None = Field(
        validation_alias="visible_decline_reason", description="Not told once the contract is public."
    )


class ApprovalOut(Answer):
    """A Region's approval."""

    decision_id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e71"])
    reference: Line = Field(examples=["CPR-2019-07-02/3 (synthétique)"])
    organisation: Siren
    decided_on: date = Field(examples=["2019-07-02"])
    approved_at: datetime = Field(examples=["2019-07-04T12:00:00Z"])
    text_version: Count = Field(description="Version of the text that it approves.", examples=[1])


class ContractOut(Answer):
    """A contract. Once signed, everybody may read it."""

    id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e02"])
    kind: ContractKind = Field(examples=["contract"])
    number: Number = Field(description="In the plan of its territory.", examples=["C-0001"])
    version: Version
    updated_at: datetime = Field(examples=["2019-07-15T15:30:00Z"])
    created_at: datetime = Field(examples=["2019-05-20T09:00:00Z"])
    status: ContractStatus = Field(examples=["signed"])
    territory: TerritoryKey
    phase: PhaseCode
    regions: list[RegionCode] = Field(
        max_length=100, description="The lead first; each of them approves.", examples=[["75", "76"]]
    )
    title: Line = Field(examples=["Contrat de Territoire d'industrie Lacq-Pau-Tarbes 2019-2022 (exemple synthétique)"])
    starts_on: date = Field(examples=["2019-07-15"])
    ends_on: date = Field(examples=["2022-12-31"])
    parties: list[PartyOut] = Field(max_length=100)
    project: ProjectOut
    themes: ThemesOut
    priorities: list[PriorityOut] = Field(max_length=30, description="In their order.")
    commitments: list[CommitmentOut] = Field(max_length=150)
    links: Annotated[list[SchemeLinkOut], Field(max_length=30)] | None = Field(
        description="Null: not answered yet; empty: none."
    )
    plan: list[PlanEntryOut] = Field(max_length=200)
    amends: UUID | None = Field(description="Contract that this amendment amends.", examples=[None])
    amendment_number: Count | None = Field(description="Of an amendment, among those of its contract.", examples=[None])
    amendment_reason: Note | None = Field(description="Why the contract is amended.", examples=[None])
    subjects: Annotated[list[AmendmentSubject], Field(max_length=9)] | None = Field(
        description="Parts that an amendment changes.", examples=[None]
    )
    amendments: list[UUID] = Field(
        validation_alias="signed_amendments",
        max_length=99,
        description="Its signed amendments. Those in the making: the list, by `amends`.",
        examples=[[]],
    )
    protocol_id: UUID | None = Field(description="Protocol that announced the contract.", examples=[None])
    replaces: UUID | None = Field(description="Contract over the same days that this one replaces.", examples=[None])
    complements: UUID | None = Field(
        description="Contract over the same days that this one complements.", examples=[None]
    )
    origin: ContractOrigin = Field(description="paper: signed outside the platform, and entered afterwards.")
    entered_source: Line | None = Field(
        description="Where the paper is, of a contract signed on paper.", examples=[None]
    )
    ceremony_id: UUID | None = Field(description="Ceremony at which it is signed.", examples=[None])
    text_version: Count = Field(
        description="Number of its text: it grows at the first change after a submission. See `/texts`.", examples=[1]
    )
    unlocked: Annotated[list[Place], Field(max_length=MANY)] | None = Field(
        validation_alias="unlocked_pointers",
        description="JSON pointers, into the text that was last submitted, of the fields that may be changed now: "
        "after a return those that a comment is about. Null: all.",
        examples=[[]],
    )
    opinions: list[OpinionOut] = Field(
        validation_alias="visible_opinions",
        max_length=MANY,
        description="Of the State, each on one version of the text; they decide nothing. Not told once the contract "
        "is public.",
        examples=[[]],
    )
    approvals: dict[RegionCode, ApprovalOut] = Field(description="By Region.", examples=[APPROVALS_EXAMPLE])
    decision_reason: Note | None = Field(description="Why it was last returned, or cancelled.")
    submitted_at: datetime | None = Field(examples=["2019-06-20T10:15:00Z"])
    approved_on: date | None = Field(
        description="Day of the last decision that approved it: no party signs before.", examples=["2019-07-03"]
    )
    approved_at: datetime | None = Field(examples=["2019-07-05T09:40:00Z"])
    requested_at: datetime | None = Field(
        description="When the signatures were asked for.", examples=["2019-07-08T08:00:00Z"]
    )
    due_on: date | None = Field(description="Last day to sign.", examples=["2019-10-06"])
    signed_on: date | None = Field(
        description="The day from which every mandatory group of the circuit was complete.", examples=["2019-07-15"]
    )
    content_sha256: Sha256 | None = Field(description="Of the signed content; see `/content`.")

    in_force_until: date | None = Field(
        description="Last day on which it is in force; null before its signature.", examples=["2022-12-31"]
    )
    ends_early_on: date | None = Field(
        description="First day without it, by a declared end or a contract that replaces it; null once it has ended.",
        examples=[None],
    )
    end_outcome: EndOutcome | None = Field(
        description="expired (échu), terminated (résilié), denounced (dénoncé) or replaced (remplacé): the kind of its "
        "end, also of an end to come.",
        examples=[None],
    )
    end_reason: Note | None = Field(description="Reason of its end, as it was declared.", examples=[None])
    ended_by: Siren | None = Field(description="Organisation that declared its end.", examples=[None])
    ended_on: date | None = Field(description="First day without it.", examples=[None])
    kept_actions: list[UUID] = Field(
        max_length=200,
        description="Sheets that its termination did not abandon: another contract has them, or another territory "
        "leads them.",
        examples=[[]],
    )

    @computed_field(  # type: ignore[prop-decorator]
        description=TRANSITIONS, examples=[["delegate", "denounce", "revoke-delegation", "sign", "terminate"]]
    )
    @property
    def allowed_transitions(self) -> Transitions:
        """From the declared table."""
        return sorted(transitions.allowed(self))


class BlockerOut(Answer):
    """One thing that keeps the contract from its review."""

    code: Word = Field(examples=["theme-unanswered"])
    sentence: Note = Field(examples=["The theme « economic animation » is not answered."])
    pointer: Line | None = Field(description="JSON pointer into the contract.", examples=["/themes/animation"])
    comment_id: UUID | None = Field(description="Comment that waits for an answer.", examples=[None])


class ReadinessOut(Answer):
    """Result: may the contract be submitted, and what does it lack."""

    ready: bool = Field(examples=[False])
    blocking: list[BlockerOut] = Field(max_length=MANY)
