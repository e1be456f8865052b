"""Consolidated text of a contract: the signed content of its last document in force, as canonical JSON."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from services.contract.rules.content import canonical
from services.contract.rules.differences import TextDifference, differences

OF_THE_DOCUMENT: Final = (
    "format",
    "contract_id",
    "kind",
    "number",
    "approvals",
    "approved_on",
    "amends",
    "amendment_number",
    "amendment_reason",
    "subjects",
    "origin",
    "entered_source",
)
"""Members of a signed content that are of the document, and no part of the text that it holds."""


@dataclass(frozen=True)
class SignedDocument:
    """A contract or a signed amendment of it, with its frozen content."""

    contract_id: UUID
    number: str
    signed_on: date
    sha256: str
    body: bytes


@dataclass(frozen=True)
class ConsolidatedText:
    """Consolidated text: canonical JSON, byte for byte, and its SHA-256."""

    body: bytes
    sha256: str


def text_on(documents: Sequence[SignedDocument], day: date) -> ConsolidatedText | None:
    """Return the consolidated text at the end of a day; None before the signature of the contract.

    `documents` are the contract, then its signed amendments in the order of their numbers. An amendment whose signature
    is dated before that of the text that it amends is in force with that text.
    """
    current: list[tuple[SignedDocument, date]] = []
    since = date.min
    for document in documents:
        since = max(since, document.signed_on)
        if since <= day:
            current.append((document, since))
    if not current:
        return None
    first, last = current[0][0], current[-1][0]
    body = canonical({
        "format": "territoires-industrie/consolidated-text/1",
        "contract_id": str(first.contract_id),
        "number": first.number,
        "documents": [
            {
                "contract_id": str(document.contract_id),
                "number": document.number,
                "signed_on": document.signed_on.isoformat(),
                "in_force_from": in_force_from.isoformat(),
                "content_sha256": document.sha256,
            }
            for document, in_force_from in current
        ],
        "text": text_of(read(last.body)),
    })  # fmt: skip
    return ConsolidatedText(body, hashlib.sha256(body).hexdigest())


def read(body: bytes) -> dict[str, Any]:
    """Return a frozen content as it was before its encoding."""
    found: dict[str, Any] = json.loads(body)
    return found


def text_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the text that a signed content holds, without what is of its document alone."""
    return {name: value for name, value in content.items() if name not in OF_THE_DOCUMENT}


def text_differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[TextDifference]:
    """Return the differences between the texts of two contents."""
    return differences(text_of(before), text_of(after))
