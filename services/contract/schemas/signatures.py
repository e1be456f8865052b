"""Signing circuits and signatures, as they are sent and answered."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from services.contract.rules import signing
from services.contract.rules.circuits import GROUPS_AT_MOST, PartyState
from services.contract.schemas.texts import Explanation, Office, Reason, ShortText
from shared.events.codes import Siren, SirenInput
from shared.events.contract import ContractStatus
from shared.http.schemas import Answer, Body, Count, Day, Id, Line, Note, Title, Version, Word
from shared.http.unique import Unique

PARTY = "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e03"
CONTRACT = "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e02"


class GroupIn(Body):
    """A group of a circuit: its parties sign in any order."""

    label: ShortText | None = Field(default=None, description="Name of the group.", examples=["Collectivités"])
    quorum: int | None = Field(
        default=None,
        ge=1,
        le=100,
        description="Number of signatures that are needed; null: those of its required parties alone.",
        examples=[2],
    )
    parties: Annotated[list[SirenInput], Unique()] = Field(
        min_length=1, max_length=100, description="SIRENs of parties.", examples=[["200067254", "200053759"]]
    )


def _parties(group: GroupIn) -> tuple[str, ...]:
    return tuple(group.parties)


class CircuitIn(Body):
    """The signing circuit of a contract: its groups sign one after the other."""

    groups: Annotated[list[GroupIn], Unique(key=_parties)] = Field(
        min_length=1, max_length=GROUPS_AT_MOST, description="In their order; each party is in one of them."
    )

    def content(self) -> list[dict[str, Any]]:
        """The groups, as the rules take them."""
        return [group.model_dump() for group in self.groups]


class SignatureRequestIn(Body):
    """The request of signatures."""

    due_on: Day | None = Field(
        default=None,
        description=f"Last day to sign: today or later, at most a year from now; {signing.DUE_DAYS} days from now if "
        "absent.",
        examples=["2019-10-13"],
    )


class DeliberationIn(Body):
    """The act by which an assembly authorised the signature."""

    reference: Title = Field(examples=["2019-06-27/14 (synthétique)"])
    date: Day = Field(examples=["2019-06-27"])


class SignatureIn(Body):
    """A signature, as its party declares it."""

    capacity: Title = Field(description="In which capacity it is signed; no name.", examples=["Présidence"])
    signed_on: Day = Field(
        description="Today or earlier, not before the contract was approved or its phase was announced.",
        examples=["2019-07-15"],
    )
    deliberation: DeliberationIn | None = Field(
        default=None, description="Needed from intercommunalities, communes, départements and Regions."
    )
    party_id: Id | None = Field(
        default=None, description="The party that signs, if your organisation may sign for several.", examples=[None]
    )

    def declared(self) -> signing.Signature:
        """As the rules know it."""
        act = self.deliberation
        return signing.Signature(
            self.capacity,
            self.signed_on,
            signing.Deliberation(act.reference, act.date) if act else None,
            self.party_id,
        )


class PartyExplanation(Explanation):
    """Why, for one party."""

    party_id: Id | None = Field(
        default=None, description="The party, if your organisation stands for several.", examples=[None]
    )


class DelegationIn(Body):
    """The act by which a party lets another office sign for it."""

    organisation: SirenInput | None = Field(
        default=None,
        description="SIREN or SIRET of the organisation that may sign; null: an office of the party itself.",
        examples=["000000018"],
    )
    office: Office = Field(
        description="The office that signs, never a person.", examples=["Sous-préfecture (exemple synthétique)"]
    )
    reference: ShortText = Field(description="Of the act.", examples=["Arrêté 2019-112 (synthétique)"])
    date: Day = Field(description="Day of the act: today or earlier.", examples=["2019-03-05"])
    party_id: Id | None = Field(
        default=None, description="The party, if your organisation stands for several.", examples=[None]
    )


class NewRequestIn(Body):
    """A new request to a party that has declined."""

    reason: Reason | None = Field(
        default=None, description="For its history.", examples=["La délibération est votée (texte synthétique)."]
    )


class PartyReplacementIn(Explanation):
    """An organisation of the same kind that takes the place of a party."""

    organisation: SirenInput = Field(examples=["000000125"])
    capacity: Office = Field(description="Office in which its signatory signs; no name.", examples=["Gérance"])


class DelegationOut(Answer):
    """The act by which a party lets another office sign for it."""

    organisation: Siren | None = Field(description="Null: an office of the party itself.", examples=["000000018"])
    office: Line = Field(examples=["Sous-préfecture (exemple synthétique)"])
    reference: Line = Field(examples=["Arrêté 2019-112 (synthétique)"])
    date: Day = Field(examples=["2019-03-05"])


class CircuitPartyOut(Answer):
    """A party in its group."""

    party_id: UUID = Field(examples=[PARTY])
    organisation: Siren
    name: Line = Field(
        description="As in the contract: today's in a draft, then that of the text.",
        examples=["Région Nouvelle-Aquitaine"],
    )
    required: bool
    state: PartyState = Field(
        description="awaited: its turn has not come; asked: its turn has come; expired: the last day has passed.",
        examples=["asked"],
    )
    asked_on: date | None = Field(examples=["2019-07-08"])
    reminded_on: date | None = Field(description="Day of the last reminder.", examples=["2019-07-22"])
    signed_on: date | None = Field(examples=[None])
    delegation: DelegationOut | None


class GroupOut(Answer):
    """A group of a circuit."""

    label: Line | None = Field(examples=["Collectivités"])
    quorum: Annotated[int, Field(ge=1, le=100)] | None = Field(
        description="Null: the signatures of its required parties alone.", examples=[2]
    )
    is_mandatory: bool = Field(description="Whether the contract waits for it.", examples=[True])
    is_complete: bool = Field(examples=[False])
    needed: Count = Field(description="Number of signatures that it still needs.", examples=[2])
    parties: list[CircuitPartyOut] = Field(max_length=100)


class CircuitOut(Answer):
    """The signing circuit of a contract, and how far it has come."""

    contract_id: UUID = Field(examples=[CONTRACT])
    version: Version
    status: ContractStatus = Field(examples=["signing"])
    due_on: date | None = Field(description="Last day to sign.", examples=["2019-10-13"])
    is_default: bool = Field(description="Whether it was never written: one group of all parties.", examples=[False])
    is_complete: bool = Field(description="Whether every mandatory group is complete.", examples=[False])
    awaited_group: Annotated[int, Field(ge=1, le=GROUPS_AT_MOST)] | None = Field(
        description="Position of the first mandatory group that is not complete.", examples=[1]
    )
    turn: list[Siren] = Field(
        max_length=100, description="Parties that may sign now.", examples=[["200067254", "200053759"]]
    )
    groups: list[GroupOut] = Field(max_length=GROUPS_AT_MOST)
    outside: list[Siren] = Field(
        max_length=100, description="Parties that are in no group: the text has changed since.", examples=[[]]
    )


class TransitionOut(Answer):
    """A transition from the present state."""

    name: Word = Field(examples=["sign"])
    leads_to: ContractStatus = Field(description="State that it finally leads to.", examples=["signed"])
    allowed: bool = Field(description="Whether you may make it now.", examples=[False])
    code: Annotated[str, Field(max_length=90, pattern=r"^[a-z0-9-]+$")] | None = Field(
        description="Code of the refusal that it would answer.", examples=["not-your-turn"]
    )
    reason: Note | None = Field(
        description="Why you may not make it, and what to do.",
        examples=["It is not the turn of Forges du Béarn (entreprise synthétique): group 1 is awaited."],
    )


class TransitionsOut(Answer):
    """The transitions of a contract from its present state."""

    contract_id: UUID = Field(examples=[CONTRACT])
    status: ContractStatus = Field(examples=["signing"])
    transitions: list[TransitionOut] = Field(max_length=20)
