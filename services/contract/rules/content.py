"""Content of a contract as canonical JSON (RFC 8785), and its SHA-256.

Signatures are stored beside the content, not in it. So every party signs the same bytes, in any order.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from services.contract.models import Action, Contract, FrozenContent
from shared.storage.history import plain


def frozen(contract: Contract, actions: Sequence[Action]) -> FrozenContent:
    """The content of a contract, from its signature on."""
    body = canonical(content(contract, actions))
    return FrozenContent(contract_id=contract.id, sha256=hashlib.sha256(body).hexdigest(), body=body)


def canonical(value: Any) -> bytes:
    """JSON in the one form of RFC 8785: no spaces, keys in order, only what must be escaped is.

    Ours holds strings, integers, booleans, nulls, lists and objects; a fraction would need the RFC's number rules.
    """
    return json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":")).encode()


def _ordered(value: Any) -> Any:
    match value:
        case float():
            raise TypeError("a fraction in a signed content: amounts are integer cents")
        case int() if not -(2**53) < value < 2**53:
            raise TypeError("an integer beyond 2^53 - 1 is not exact in every reader of JSON")
        case Mapping():
            # RFC 8785 orders keys by their UTF-16 code units.
            return {key: _ordered(value[key]) for key in sorted(value, key=lambda key: key.encode("utf-16-be"))}
        case list() | tuple():
            return [_ordered(item) for item in value]
        case _:
            return value


def content(contract: Contract, actions: Sequence[Action]) -> dict[str, Any]:
    """Everything that the parties agree on."""
    return {
        "format": "territoires-industrie/contract/1",
        "contract_id": str(contract.id),
        "number": contract.number,
        "title": contract.title,
        "phase": contract.phase,
        "territory": contract.territory,
        "regions": contract.regions,
        "starts_on": contract.starts_on.isoformat(),
        "ends_on": contract.ends_on.isoformat(),
        "parties": [
            _fields(party, "organisation", "name", "block", "kind", "capacity", "role", "required")
            for party in contract.parties
        ],
        "themes": contract.themes,
        "priorities": contract.priorities,
        "links": contract.links,
        "approvals": contract.approvals,
        "actions": [_sheet(action) for action in actions],
    }


def _sheet(action: Action) -> dict[str, Any]:
    return {
        "action_id": str(action.id),
        **_fields(
            action,
            *("number", "title", "territories", "axes", "main_axis", "context", "issues", "objective", "description"),
            *("carriers", "partners", "commitment", "cost_cents", "planned_start", "planned_end", "milestones"),
        ),
    }


def _fields(row: Any, *names: str) -> dict[str, Any]:
    return {name: plain(getattr(row, name)) for name in names}
