"""Answers about the seals of documents."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from services.contract.models import SealLevel
from services.contract.schemas.comments import Sha256
from shared.http.schemas import Answer, Line


class SealOut(Answer):
    """The electronic seal (cachet) of the platform on the document of what was signed."""

    contract_id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e02"])
    level: SealLevel = Field(
        description="Of PAdES: B-B sealed, B-T with a time stamp, B-LT with the data that validates it later.",
        examples=["B-T"],
    )
    document_sha256: Sha256 = Field(
        validation_alias="unsealed_sha256",
        description="Of the PDF before its seal: the same content gives the same bytes.",
    )
    sealed_sha256: Sha256 = Field(description="Of the sealed PDF.")
    subject: Line = Field(
        description="Of the certificate of the seal.", examples=["Common Name: Cachet local; Country: FR"]
    )
    fingerprint: Sha256 = Field(description="SHA-256 of this certificate.")
    is_local: bool = Field(
        description="True if the key is one of this platform alone: nobody else trusts it.", examples=[True]
    )
    sealed_at: datetime = Field(examples=["2019-07-15T15:30:04Z"])
    stamped_at: datetime | None = Field(
        description="When its time stamp was received; null: none yet.", examples=["2019-07-15T15:30:04Z"]
    )
