"""Answers of verifications."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.contract.models import SealLevel
from services.contract.rules.verifications import FileKind, VerificationVerdict
from services.contract.schemas.comments import Sha256
from services.contract.schemas.texts import Number
from shared.events.codes import TerritoryKey
from shared.events.contract import ContractKind, ContractStatus
from shared.http.schemas import Answer, Line, Note, Word


class VerifiedContractOut(Answer):
    """The contract, protocol or amendment that a file is of."""

    id: UUID = Field(examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e02"])
    kind: ContractKind = Field(examples=["contract"])
    number: Number = Field(examples=["C-0001"])
    territory: TerritoryKey
    title: Line = Field(examples=["Contrat de Territoire d'industrie Lacq-Pau-Tarbes 2019-2022 (exemple synthétique)"])
    status: ContractStatus = Field(examples=["signed"])
    signed_on: date | None = Field(examples=["2019-07-15"])


class KnownFileOut(Answer):
    """A file that the platform gave out."""

    kind: FileKind = Field(
        description="sealed-document: the PDF with its seal; document: before it; content: what the parties signed; "
        "text: as it was submitted.",
        examples=["sealed-document"],
    )
    sha256: Sha256
    level: SealLevel | None = Field(description="Of the seal (PAdES).", examples=["B-T"])
    is_newest: bool = Field(
        description="False if the sealed document was given a higher level since: this file stays valid.",
        examples=[True],
    )
    is_current: bool = Field(
        description="True if the contract is in force and no later amendment has changed its text.", examples=[True]
    )
    amendments: list[UUID] = Field(
        max_length=99, description="Amendments that were signed after it, and change its text.", examples=[[]]
    )
    contract: VerifiedContractOut


class FoundSignatureOut(Answer):
    """A signature or time stamp of a PDF."""

    field: Line = Field(examples=["Cachet"])
    kind: Literal["signature", "time-stamp"] = Field(examples=["signature"])
    organisation: Line | None = Field(
        description="Organisation in its certificate; names of people are not told.", examples=["Région synthétique"]
    )
    fingerprint: Sha256 = Field(description="SHA-256 of its certificate.")
    revision_sha256: Sha256 = Field(description="Of the file as it was signed.")
    signed_at: datetime | None = Field(description="As its signer says.", examples=["2019-07-15T15:30:04Z"])
    stamped_at: datetime | None = Field(
        description="As an authority of time stamps says.", examples=["2019-07-15T15:30:04Z"]
    )
    intact: bool = Field(
        description="True if what was signed has not changed, and only what may follow a signature was added.",
        examples=[True],
    )
    trusted: bool = Field(
        description="True if its certificate comes from a root that this platform trusts.", examples=[True]
    )
    covers_file: bool = Field(description="False if something was added after it.", examples=[True])
    changes: Word = Field(
        description="Added after it: none, validation-data, signatures, annotations or other.", examples=["none"]
    )


class VerificationOut(Answer):
    """Result of a verification."""

    sha256: Sha256
    verdict: VerificationVerdict = Field(
        description="genuine: as this platform gave it out; altered: it was, or was signed, and has changed; unknown.",
        examples=["genuine"],
    )
    sentence: Note = Field(
        examples=["This is contract C-0001 of 2018-ti-7505, signed on 2019-07-15, byte for byte; it is in force."]
    )
    document: KnownFileOut | None
    signatures: Annotated[
        list[FoundSignatureOut],
        Field(max_length=20, description="Of a PDF that this platform does not know byte for byte.", examples=[[]]),
    ]
