"""Rules of verification: is a file, or a hash, one that the platform gave out, and is it still the current one?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from services.contract.models import Contract, SealLevel

VerificationVerdict = Literal["genuine", "altered", "unknown"]
FileKind = Literal["sealed-document", "document", "content", "text"]


@dataclass(frozen=True)
class FoundSignature:
    """A signature or a time stamp of a PDF, as it was validated."""

    field: str
    kind: Literal["signature", "time-stamp"]
    organisation: str | None
    fingerprint: str
    revision_sha256: str
    signed_at: datetime | None
    stamped_at: datetime | None
    intact: bool
    trusted: bool
    covers_file: bool
    changes: str

    @classmethod
    def read(cls, found: Mapping[str, Any]) -> "FoundSignature":
        """Return what the validating process has printed."""
        moments = {
            name: datetime.fromisoformat(found[name]) if found[name] else None for name in ("signed_at", "stamped_at")
        }
        return cls(**{**found, **moments})


@dataclass(frozen=True)
class KnownFile:
    """A file that the platform gave out, with its contract."""

    sha256: str
    kind: FileKind
    contract: Contract
    level: SealLevel | None
    is_newest: bool
    """False if the sealed document was given a higher level since."""
    amended: Contract | None = None
    """Contract that it amends, if it is an amendment."""

    @property
    def amendments(self) -> list[str]:
        """Ids of the amendments that were signed after it: each changes the text that is in force."""
        if self.amended is None:
            return self.contract.signed_amendments
        signed = self.amended.signed_amendments
        return signed[signed.index(str(self.contract.id)) + 1 :]

    @property
    def is_current(self) -> bool:
        """True if the contract is in force and no later amendment has changed its text."""
        return (self.amended or self.contract).status == "signed" and not self.amendments


@dataclass(frozen=True)
class Verification:
    """Result of a verification."""

    sha256: str
    verdict: VerificationVerdict
    sentence: str
    document: KnownFile | None
    signatures: Sequence[FoundSignature] = ()


def by_hash(sha256: str, known: KnownFile | None) -> Verification:
    """Return the result of a verification by hash."""
    if known is None:
        return Verification(
            sha256,
            "unknown",
            "No public file of this platform has this hash. If the file should be one, it is not as it was given out: "
            "POST it to /v1/verifications.",
            None,
        )
    return Verification(sha256, "genuine", _genuine(known), known)


def by_file(sha256: str, signatures: Sequence[FoundSignature], origin: KnownFile | None) -> Verification:
    """Return the result for a file whose hash is unknown. `origin` is the sealed file that it was made from, if any."""
    if origin and all(each.intact for each in signatures) and signatures:
        sentence = (
            f"This file holds a sealed document of this platform, {_named(origin.contract)}, and signatures or data "
            "that were added after the seal: the sealed part is as it was given out."
        )
        return Verification(sha256, "genuine", sentence, origin, signatures)
    if origin:
        sentence = f"This file was made from {_named(origin.contract)} and has changed after its seal: do not trust it."
        return Verification(sha256, "altered", sentence, origin, signatures)
    if any(not each.intact for each in signatures):
        sentence = "This file has changed since it was signed: do not trust it. This platform did not give it out."
        return Verification(sha256, "altered", sentence, None, signatures)
    return Verification(
        sha256,
        "unknown",
        "This file is none that this platform gave out: compare it with the document that its contract names.",
        None,
        signatures,
    )


def _genuine(known: KnownFile) -> str:
    state = "it is in force" if known.is_current else f"the contract is {(known.amended or known.contract).status}"
    if known.amendments:
        state = f"its text has changed since, by signed amendments: {len(known.amendments)}"
    return f"This is {_named(known.contract)}, byte for byte; {state}."


def _named(contract: Contract) -> str:
    return f"{contract.kind} {contract.number} of {contract.territory}, signed on {contract.signed_on}"
