"""Facts told by the contract service: reminders, expiry and changes of signing circuits."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.events import Audience
from shared.events.codes import Siren
from shared.events.contract import ContractEvent


class SignatureReminded(ContractEvent, name="SignatureReminded"):
    """A party that was asked to sign has not answered yet."""

    party_id: UUID
    signatory: Siren
    asked_on: date
    due_on: date = Field(description="last day to sign")
    reminded_on: date


class SignatureExpired(ContractEvent, name="SignatureExpired"):
    """The last day to sign has passed. The signatures that were given stand; the others may be requested again."""

    due_on: date
    expired_on: date
    unsigned: list[Siren] = Field(max_length=100, description="parties that had not signed")


class SignatureWithdrawn(ContractEvent, name="SignatureWithdrawn"):
    """A party takes back a signature that was entered by mistake."""

    party_id: UUID
    signatory: Siren
    signed_on: date = Field(description="day of the signature that is taken back")
    withdrawn_at: datetime


class SignatureDelegated(ContractEvent, name="SignatureDelegated"):
    """A party lets another office sign for it, or no longer does."""

    party_id: UUID
    signatory: Siren
    delegate: Siren | None = Field(description="null: an office of the party itself, or nobody any more")
    is_revoked: bool
    delegated_at: datetime


class PartyReplaced(ContractEvent, name="PartyReplaced"):
    """Another organisation has taken the place of a party that had not signed."""

    party_id: UUID = Field(description="of the party that leaves")
    signatory: Siren
    new_party_id: UUID
    new_signatory: Siren
    replaced_at: datetime


class PartyTakenOut(ContractEvent, name="PartyTakenOut"):
    """A party that had not signed leaves the contract. The signatures of the others stand."""

    party_id: UUID
    signatory: Siren
    taken_out_at: datetime


class ContractSealed(ContractEvent, name="ContractSealed", audience=Audience.PUBLIC):
    """The document of a signed contract, protocol or amendment has its seal, or a higher level of it."""

    content_sha256: str = Field(pattern="^[0-9a-f]{64}$", max_length=64, description="of the signed content")
    document_sha256: str = Field(
        pattern="^[0-9a-f]{64}$", max_length=64, description="of the PDF before its seal: anybody can make it again"
    )
    sealed_sha256: str = Field(pattern="^[0-9a-f]{64}$", max_length=64, description="of the sealed PDF")
    level: Literal["B-B", "B-T", "B-LT"] = Field(description="of PAdES")
    sealed_at: datetime
