"""Answers about paper copies."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from services.contract.schemas.verifications import FoundSignatureOut
from shared.events.codes import Siren
from shared.http.schemas import Answer, Count, Line, Version

Sha256 = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$", max_length=64)]


class PaperCopyOut(Answer):
    """A scan of the signed paper of a contract, without its bytes."""

    id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e60"])
    contract_id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e02"])
    sha256: Sha256 = Field(
        description="Of the bytes, in hexadecimal.",
        examples=["ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
    )
    size_bytes: Count = Field(examples=[1_834_112])
    pages: Count = Field(examples=[12])
    declared_on: date = Field(
        description="Day on which the paper was signed, as the depositor says.", examples=["2019-07-15"]
    )
    description: Line | None = Field(examples=["Exemplaire signé par la Région (synthétique)"])
    party: Siren = Field(description="Party for which it was deposited.", examples=["200053759"])
    deposited_by: Siren = Field(description="The party, or the body that took it over.", examples=["200053759"])
    deposited_at: datetime = Field(examples=["2019-07-16T08:00:00Z"])
    withdrawn_at: datetime | None = Field(description="null: not withdrawn. The bytes were deleted.", examples=[None])
    signatures: Annotated[
        list[FoundSignatureOut],
        Field(
            max_length=20,
            description="Signatures in the file, as they were validated when it was deposited.",
            examples=[[]],
        ),
    ]
    version: Version
