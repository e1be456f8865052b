"""Queries."""

from services.contract.queries.actions import action, action_changes, history_of_action, list_actions, read_action
from services.contract.queries.contracts import (
    attached_actions,
    contract,
    contract_changes,
    frozen_content,
    history_of_contract,
    list_contracts,
    read_contract,
    readiness,
    surroundings,
)
from services.contract.queries.known import access_scope_of, decision, place_of, sheets, territory, what_is_known
from services.contract.queries.progress import progress, timelines_beside

__all__ = [
    "access_scope_of",
    "action",
    "action_changes",
    "attached_actions",
    "contract",
    "contract_changes",
    "decision",
    "frozen_content",
    "history_of_action",
    "history_of_contract",
    "list_actions",
    "list_contracts",
    "place_of",
    "progress",
    "read_action",
    "read_contract",
    "readiness",
    "sheets",
    "surroundings",
    "territory",
    "timelines_beside",
    "what_is_known",
]
