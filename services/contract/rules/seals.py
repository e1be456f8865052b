"""Rules of seals: the electronic seal (cachet) of the platform on the document of what was signed.

The content is frozen at the last signature; its document is made and sealed afterwards, outside any request.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from services.contract.errors.seals import SealNotMade, SealNotStamped
from services.contract.models import Contract, DocumentSeal, SealedFile, SealLevel
from services.contract.rules.contracts import event_data
from shared.events.signatures import ContractSealed

DELAYS: Final = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=1))
"""Delays before each further try; the last one is repeated."""
LEVELS: Final[Sequence[SealLevel]] = ("B-B", "B-T", "B-LT")
"""Levels of PAdES, the lowest first."""
FIELD: Final = "Cachet de la plateforme Territoires d’industrie"
STAMP: Final = "Horodatage de la plateforme"
REASON: Final = "Cachet du document signé par les parties"
NAME: Final = "Territoires d’industrie"


@dataclass(frozen=True)
class SealKey:
    """Key of the seal, with its chain. `revocation_lists` are those of a local authority."""

    pkcs12: bytes = field(repr=False)
    passphrase: str = field(repr=False)
    roots: bytes
    is_local: bool
    revocation_lists: Sequence[bytes] = ()


@dataclass(frozen=True)
class SealedDocument:
    """A PDF that was just sealed, or given a higher level. `unsealed_sha256` is null if it was sealed before."""

    body: bytes = field(repr=False)
    sha256: str
    level: SealLevel
    unsealed_sha256: str | None = None
    printed: bytes = field(default=b"", repr=False)
    """Data from which the PDF was made; empty if it was sealed before."""
    subject: str | None = None
    fingerprint: str | None = None
    is_local: bool | None = None


def begin(contract: Contract, at: datetime) -> DocumentSeal:
    """Return the seal of a contract that was just signed: it is to be made."""
    return DocumentSeal(contract_id=contract.id, state="pending", tries=0, next_try_at=at)


def fields(contract: Contract) -> list[tuple[str, str]]:
    """Return the signature fields of a document, each with its label: of the platform, then of each party."""
    of_parties = [(f"Partie_{index}", f"Signature de {party.name}") for index, party in enumerate(contract.parties, 1)]
    return [("Cachet", FIELD), ("Horodatage", STAMP), *of_parties]


def keep(
    seal: DocumentSeal, contract: Contract, made: SealedDocument, *, at: datetime, is_stampable: bool
) -> SealedFile:
    """Record a sealed document. Without its time stamp, it is completed later."""
    seal.state = "sealed"
    seal.level = made.level
    seal.sealed_sha256 = made.sha256
    if made.unsealed_sha256:
        seal.unsealed_sha256 = made.unsealed_sha256
        seal.printed_sha256 = hashlib.sha256(made.printed).hexdigest()
        seal.subject, seal.fingerprint, seal.is_local = made.subject, made.fingerprint, made.is_local
        seal.sealed_at = at
    if made.level != "B-B" and seal.stamped_at is None:
        seal.stamped_at = at
    seal.tries, seal.error, seal.next_try_at = 0, None, None
    if made.level == "B-B" and is_stampable:
        postpone(seal, "the authority of time stamps has given none", at=at)
    return SealedFile(
        sha256=made.sha256, contract_id=contract.id, level=made.level, size_bytes=len(made.body), made_at=at
    )


def postpone(seal: DocumentSeal, reason: str, *, at: datetime) -> None:
    """Record a failed try, and plan the next one."""
    seal.next_try_at = at + DELAYS[min(seal.tries, len(DELAYS) - 1)]
    seal.tries += 1
    seal.error = reason[:500]


def sealed(contract: Contract, seal: DocumentSeal) -> ContractSealed:
    """Return the event of a seal, or of its higher level."""
    return ContractSealed(
        **event_data(contract),
        content_sha256=contract.content_sha256,
        document_sha256=seal.unsealed_sha256,
        sealed_sha256=seal.sealed_sha256,
        level=seal.level,
        sealed_at=seal.sealed_at,
    )


def require_sealed(seal: DocumentSeal | None, contract_id: UUID) -> DocumentSeal:
    """Return the seal of a contract. Refuse one whose document has no seal yet."""
    if seal is None or seal.state != "sealed":
        why = f": {seal.error}" if seal and seal.error else ""
        raise SealNotMade(
            f"The document of contract {contract_id} is not sealed yet{why}. It is sealed after the last signature: "
            "try again later."
        )
    return seal


def require_stamped(seal: DocumentSeal) -> None:
    """Refuse to add validation data to a document without a time stamp."""
    if seal.level == "B-B":
        raise SealNotStamped(
            "This document has no time stamp yet, and validation data is added after it: wait for the time stamp, or "
            "let the platform set an authority of time stamps."
        )
