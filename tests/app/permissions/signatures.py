"""The cells of signing circuits: led by the owners of the contract, signed by its parties."""

from typing import Any, Final

from tests.app.permissions import callers
from tests.app.permissions.cases import PARTIES_NAMED, WHY, Case, contract
from tests.app.permissions.world import CONTRACT, DELEGATION, SIGNATURE, World

CIRCUIT: Final[dict[str, Any]] = {"groups": [{"parties": [party["organisation"] for party in CONTRACT["parties"]]}]}
BY_PARTIES: Final[dict[str, Any]] = {"fresh": False, "also": PARTIES_NAMED}

CASES: Final[dict[str, Case]] = {
    "read_circuit": contract(),
    "change_circuit": contract(body=CIRCUIT),
    "read_transitions": contract(),
    "request_signatures": contract(World.approved_contract),
    "sign_contract": contract(World.contract_to_sign, SIGNATURE, **BY_PARTIES),
    "decline_contract": contract(World.contract_to_sign, WHY, **BY_PARTIES),
    "withdraw_signature": contract(World.contract_signed_by_most, WHY, **BY_PARTIES),
    "delegate_signature": contract(World.contract_to_sign, DELEGATION, **BY_PARTIES),
    "revoke_delegation": contract(World.delegated_contract, WHY, **BY_PARTIES),
    "ask_again": contract(World.declined_contract),
    "replace_party": contract(
        World.declined_contract, {"organisation": callers.FONDERIES, "capacity": "Gérance", **WHY}
    ),
    "take_out_party": contract(World.contract_with_bank, WHY),
}
