"""Content of a contract as canonical JSON (RFC 8785), and its SHA-256.

Signatures are stored beside the content, not in it. So every party signs the same bytes, in any order.
"""

import hashlib
from collections.abc import Collection, Sequence
from typing import Any, Final

import rfc8785

from services.contract.models import Action, Contract, FrozenContent, Party
from shared.storage.history import columns_of, plain

CONTRACT_NOT_SIGNED: Final = frozenset({
    "id", "status", "search", "plan", "spent_decisions", "decision_reason", "signed_on", "content_sha256",
    "circuit", "due_on", "watch_from", "submitted_at", "approved_at", "requested_at", "created_at", "updated_at",
    "version", "ceremony_id", "text_version", "submitted_version", "unlocked", "opinions",
    "expires_on", "in_force_until", "ends_early_on", "end_outcome", "end_reason", "ended_by", "abandons_actions",
    "ended_on", "kept_actions", "signed_amendments",
})  # fmt: skip
"""Columns of a contract that are not signed, or are in another form. Every other column is signed."""
PARTY_NOT_SIGNED: Final = frozenset({
    "id", "contract_id", "position", "asked_on", "reminded_on", "delegation", "signed_on", "signed_as", "signed_by",
    "deliberation_reference", "deliberation_on", "declined_at", "decline_reason",
})  # fmt: skip
"""Columns of a party that are not signed. Every other column is signed."""


def frozen(contract: Contract, actions: Sequence[Action]) -> FrozenContent:
    """Freeze the content of a contract when it is signed."""
    body = canonical(content(contract, actions))
    return FrozenContent(contract_id=contract.id, sha256=hashlib.sha256(body).hexdigest(), body=body)


def canonical(value: Any) -> bytes:
    """Encode a value as canonical JSON (RFC 8785): no spaces, sorted keys, minimal escapes.

    Fractions, and integers beyond 2^53 - 1, are refused: they are not exact in every reader of JSON. Amounts are
    integer cents.
    """
    _refuse_fractions(value)
    return rfc8785.dumps(value)


def _refuse_fractions(value: Any) -> None:
    match value:
        case float():
            raise TypeError("a fraction in a signed content: amounts are integer cents")
        case dict():
            for each in value.values():
                _refuse_fractions(each)
        case list() | tuple():
            for each in value:
                _refuse_fractions(each)


def content(contract: Contract, actions: Sequence[Action]) -> dict[str, Any]:
    """Return everything that the parties agree on."""
    return {
        "format": "territoires-industrie/contract/1",
        "contract_id": str(contract.id),
        **_without(contract, CONTRACT_NOT_SIGNED),
        "parties": [_without(party, PARTY_NOT_SIGNED) for party in contract.parties],
        "actions": [_sheet(action) for action in actions],
        # A refused sheet is named by its id alone: its text is not part of the contract.
        "refused_actions": [
            {"action_id": entry["action_id"], "reason": entry["reason"]}
            for entry in contract.plan
            if entry["state"] == "refused"
        ],
    }


def submitted(contract: Contract, actions: Sequence[Action]) -> dict[str, Any]:
    """Return the text of a contract as it is submitted: without decisions on it, and with its plan."""
    return {
        "format": "territoires-industrie/contract-text/1",
        "contract_id": str(contract.id),
        **_without(contract, CONTRACT_NOT_SIGNED | {"approvals", "approved_on"}),
        "plan": plain(contract.plan),
        "parties": [_without(party, PARTY_NOT_SIGNED) for party in contract.parties],
        "actions": [_sheet(action) for action in actions],
    }


def sheet_content(action: Action, *, withheld: Collection[str]) -> dict[str, Any]:
    """Return the content of a sheet. What is withheld is left out, and named."""
    written = {name: plain(getattr(action, name)) for name in action.content()}
    for name in withheld:
        written[name] = [] if isinstance(written[name], list) else None
    named = {"withheld": sorted(withheld)} if withheld else {}
    return {"action_id": str(action.id), "number": action.number, **written, **named}


def _sheet(action: Action) -> dict[str, Any]:
    # Everybody reads a signed content.
    return sheet_content(action, withheld=action.confidential)


def _without(row: Contract | Party, names: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in columns_of(row).items() if name not in names}
