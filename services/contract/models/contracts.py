"""Protocols and contracts, their parties, their kept texts and signatures."""

from datetime import date, datetime
from typing import Any, Final, TypedDict
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.contract.models.base import Base, SearchTag, TagKind
from services.contract.models.circuits import Delegation, SigningGroup
from services.contract.models.opinions import DatedOpinion, Opinion, dated
from services.contract.models.texts import PartyCommitment, PlanEntry, Priority, SchemeLink, TerritoryProject, Themes
from shared.events.contract import (
    AmendmentSubject,
    Block,
    ContractKind,
    ContractOrigin,
    ContractStatus,
    EndOutcome,
    PartyKind,
)
from shared.security.access import Stakeholders
from shared.storage.history import Part, Recorded, columns_of
from shared.storage.personal_data import FREE_TEXT, PersonalData, personal
from shared.storage.tables import UTCDateTime

_OFFICE: Final = personal(
    PersonalData.TEXT, about="signatories, by their office", purpose="proof of the capacity in which a party signed"
)
_FROZEN: Final = personal(
    PersonalData.DOCUMENT,
    about="signatories, by their office, and persons whom the text names",
    purpose="proof of what was submitted and signed",
    kept="for ever: a legal document",
)


class Approval(TypedDict):
    """Approval of a Region, by a decision of its committee."""

    decision_id: str
    reference: str
    organisation: str
    decided_on: str
    approved_at: str
    text_version: int


class Contract(Recorded, Base):
    """Contrat de Territoire d'industrie, protocole d'accord or avenant: `kind` says which."""

    __tablename__ = "contracts"
    __table_args__ = (UniqueConstraint("territory", "number"), Index("ix_contracts_watch_from", "watch_from"))
    collection = "contracts"
    is_large = True

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    kind: Mapped[ContractKind] = mapped_column(String(20))
    territory: Mapped[str] = mapped_column(String(20))
    number: Mapped[str] = mapped_column(String(20))
    phase: Mapped[str] = mapped_column(String(4))
    regions: Mapped[list[str]] = mapped_column(JSON, comment="those of the territory: each approves")
    status: Mapped[ContractStatus] = mapped_column(String(20))

    title: Mapped[str] = mapped_column(String(300))
    search: Mapped[str] = mapped_column(String(1000), comment="title and number, without accents or case")
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    protocol_id: Mapped[UUID | None] = mapped_column(
        Uuid, ForeignKey("contracts.id"), comment="protocol that announced the contract"
    )
    replaces: Mapped[UUID | None] = mapped_column(
        Uuid, ForeignKey("contracts.id"), comment="contract of the same days that ends when this one is signed"
    )
    complements: Mapped[UUID | None] = mapped_column(
        Uuid, ForeignKey("contracts.id"), comment="contract of the same days that stays beside this one"
    )
    amends: Mapped[UUID | None] = mapped_column(
        Uuid, ForeignKey("contracts.id"), index=True, comment="contract that this amendment amends"
    )
    amendment_number: Mapped[int | None]
    amendment_reason: Mapped[str | None] = mapped_column(Text, info=FREE_TEXT)
    subjects: Mapped[list[AmendmentSubject] | None] = mapped_column(JSON, comment="parts that this amendment changes")
    project: Mapped[TerritoryProject] = mapped_column(JSON, info=FREE_TEXT)
    themes: Mapped[Themes] = mapped_column(JSON, info=FREE_TEXT)
    priorities: Mapped[list[Priority]] = mapped_column(JSON, comment="in their order", info=FREE_TEXT)
    commitments: Mapped[list[PartyCommitment]] = mapped_column(JSON, info=FREE_TEXT)
    links: Mapped[list[SchemeLink] | None] = mapped_column(
        JSON, comment="null: not answered; empty: none", info=FREE_TEXT
    )
    plan: Mapped[list[PlanEntry]] = mapped_column(
        JSON, comment="action sheets, proposed, retained or refused", info=FREE_TEXT
    )
    parties: Mapped[list["Party"]] = relationship(
        back_populates="contract", cascade="all, delete-orphan", order_by="Party.position", lazy="selectin"
    )

    origin: Mapped[ContractOrigin] = mapped_column(String(10), comment="paper: signed outside, entered afterwards")
    entered_source: Mapped[str | None] = mapped_column(String(300), comment="of a contract signed on paper")
    ceremony_id: Mapped[UUID | None] = mapped_column(
        Uuid, ForeignKey("ceremonies.id"), index=True, comment="ceremony at which it is signed"
    )
    text_version: Mapped[int] = mapped_column(default=1, comment="grows at the first change after a submission")
    submitted_version: Mapped[int | None] = mapped_column(comment="version of the text that was last kept")
    unlocked: Mapped[list[str] | None] = mapped_column(
        JSON, comment="JSON pointers into the text last kept that a returned draft may change; null: all"
    )
    opinions: Mapped[list[Opinion]] = mapped_column(JSON, default=list, info=FREE_TEXT)
    approvals: Mapped[dict[str, Approval]] = mapped_column(JSON, comment="by Region")
    spent_decisions: Mapped[list[str]] = mapped_column(JSON, comment="ids of decisions on a text that was returned")
    approved_on: Mapped[date | None] = mapped_column(comment="day of the last decision that approved it")
    decision_reason: Mapped[str | None] = mapped_column(
        Text, comment="of the last return or the cancellation", info=FREE_TEXT
    )
    circuit: Mapped[list[SigningGroup]] = mapped_column(
        JSON, comment="groups in their order; empty: one group of all parties", info=FREE_TEXT
    )
    due_on: Mapped[date | None] = mapped_column(comment="last day to sign")
    watch_from: Mapped[date | None] = mapped_column(comment="day of the next reminder or expiry; null: none")
    signed_on: Mapped[date | None]
    content_sha256: Mapped[str | None] = mapped_column(String(64))
    expires_on: Mapped[date | None] = mapped_column(comment="last day of its period; null before its signature")
    in_force_until: Mapped[date | None] = mapped_column(comment="that day, or the last one before its end")
    ends_early_on: Mapped[date | None] = mapped_column(comment="first day without it, before it would expire")
    end_outcome: Mapped[EndOutcome | None] = mapped_column(String(20), comment="of its end, also of one to come")
    end_reason: Mapped[str | None] = mapped_column(Text, info=FREE_TEXT)
    ended_by: Mapped[str | None] = mapped_column(String(9), comment="SIREN of the organisation that declared its end")
    abandons_actions: Mapped[bool | None] = mapped_column(comment="its end abandons the sheets of its plan")
    ended_on: Mapped[date | None] = mapped_column(comment="first day without it")
    signed_amendments: Mapped[list[str]] = mapped_column(JSON, comment="ids, in the order of their numbers")
    kept_actions: Mapped[list[str]] = mapped_column(JSON, comment="ids of sheets that its end did not abandon")
    submitted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    approved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    requested_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)

    @property
    def actions(self) -> list[str]:
        """Ids of the sheets that are part of the contract: those of its plan that were not refused."""
        return [entry["action_id"] for entry in self.plan if entry["state"] != "refused"]

    @property
    def last_day(self) -> date:
        """Last day of its period, or the day before its end."""
        return self.in_force_until or self.ends_on

    @property
    def unlocked_pointers(self) -> list[str] | None:
        """JSON pointers of the fields that may be changed now; None: all."""
        return self.unlocked if self.status == "draft" else []

    @property
    def visible_opinions(self) -> list[DatedOpinion]:
        """Opinions of the State, hidden once the contract is public."""
        return [] if self.is_public else dated(self.opinions, self.text_version)

    @property
    def is_public(self) -> bool:
        """True from the signature on: everybody may read the contract."""
        return self.content_sha256 is not None

    @property
    def stakeholders(self) -> Stakeholders:
        """Its territory, its Regions, its parties and those that sign for one of them."""
        return Stakeholders.of(
            territories=[self.territory], regions=self.regions, organisations=self.signatories, public=self.is_public
        )

    @property
    def signatories(self) -> list[str]:
        """SIRENs of its parties, and of the organisations to which some of them delegated their signature."""
        delegates = (party.delegation["organisation"] for party in self.parties if party.delegation)
        return list(dict.fromkeys([*(party.organisation for party in self.parties), *filter(None, delegates)]))

    @property
    def list_position(self) -> dict[str, str]:
        """Position in the list, as its tags store it: nothing."""
        # A territory has few contracts: sorting them needs no columns in the tags.
        return {}

    def tags(self) -> set[tuple[TagKind, str]]:
        """Tags by which lists find the contract."""
        return {
            (TagKind.TERRITORY, self.territory),
            *((TagKind.REGION, code) for code in self.regions),
            *((TagKind.ORGANISATION, siren) for siren in self.signatories),
        }

    def snapshot(self) -> dict[str, Any]:
        """Return the contract with its parties and their signatures."""
        return {**columns_of(self), "parties": [columns_of(party) for party in self.parties]}


class Party(Part, Base):
    """Party of a contract, with its signature."""

    __tablename__ = "parties"
    __table_args__ = (UniqueConstraint("contract_id", "organisation"),)
    whole = "contract"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contracts.id", ondelete="CASCADE"))
    position: Mapped[int]
    organisation: Mapped[str] = mapped_column(String(9))
    name: Mapped[str] = mapped_column(String(300), comment="as it was when the party was entered")
    block: Mapped[Block] = mapped_column(String(20))
    kind: Mapped[PartyKind] = mapped_column(String(20))
    label: Mapped[str | None] = mapped_column(
        String(300), comment="kind of a party of kind other, in words", info=FREE_TEXT
    )
    capacity: Mapped[str] = mapped_column(String(300), comment="of its signatory", info=_OFFICE)
    role: Mapped[str] = mapped_column(String(20))
    required: Mapped[bool]

    asked_on: Mapped[date | None] = mapped_column(comment="null: its turn has not come")
    reminded_on: Mapped[date | None] = mapped_column(comment="day of the last reminder")
    delegation: Mapped[Delegation | None] = mapped_column(
        JSON, comment="act by which another office may sign", info=_OFFICE
    )
    signed_on: Mapped[date | None]
    signed_as: Mapped[str | None] = mapped_column(String(300), comment="capacity in which it was signed", info=_OFFICE)
    signed_by: Mapped[str | None] = mapped_column(
        String(9), comment="successor or delegate that signed in place of the party; null: the party itself"
    )
    deliberation_reference: Mapped[str | None] = mapped_column(String(300))
    deliberation_on: Mapped[date | None]
    declined_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decline_reason: Mapped[str | None] = mapped_column(Text, info=FREE_TEXT)

    contract: Mapped[Contract] = relationship(back_populates="parties")

    @property
    def visible_decline_reason(self) -> str | None:
        """Reason of the refusal to sign, hidden once the contract is public."""
        return None if self.contract.is_public else self.decline_reason


class FrozenContent(Base):
    """Signed content: canonical JSON (RFC 8785), byte for byte."""

    __tablename__ = "frozen_contents"

    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contracts.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    body: Mapped[bytes] = mapped_column(LargeBinary, info=_FROZEN)


class ContractText(Base):
    """Text of a contract as it was submitted: canonical JSON (RFC 8785), byte for byte."""

    __tablename__ = "contract_texts"

    contract_id: Mapped[UUID] = mapped_column(ForeignKey("contracts.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    body: Mapped[bytes] = mapped_column(LargeBinary, info=_FROZEN)
    submitted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    submitted_by: Mapped[str | None] = mapped_column(String(9), comment="SIREN of the organisation")


class ContractTag(SearchTag, Base):
    """SearchTag of a contract."""

    __tablename__ = "contract_tags"

    object_id: Mapped[UUID] = mapped_column(ForeignKey("contracts.id", ondelete="CASCADE"), primary_key=True)

    __table_args__ = (Index("ix_contract_tags_object_id", "object_id"),)
