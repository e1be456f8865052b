"""Queries: each reads, and changes nothing."""

from services.contract.queries.actions import action_changes, action_history, get_action, list_actions
from services.contract.queries.ceremonies import (
    ceremony_changes,
    ceremony_history,
    get_ceremony,
    list_ceremonies,
    read_ceremony_report,
)
from services.contract.queries.contracts import (
    attached_actions,
    contract_changes,
    contract_history,
    contracts_of,
    frozen_content,
    get_contract,
    list_contracts,
    readiness,
    surroundings,
)
from services.contract.queries.counters import timelines_beside, timelines_of
from services.contract.queries.filters import (
    ActionFilters,
    CeremonyFilters,
    ContractFilters,
    DocumentFilters,
    TargetFilters,
)
from services.contract.queries.progress import read_progress
from services.contract.queries.projections import (
    access_scope_of,
    get_decision,
    get_territory,
    place_of,
    sheets,
    what_is_known,
)
from services.contract.queries.targets import (
    get_target,
    list_late_territories,
    list_targets,
    read_target_progress,
    require_source,
    target_changes,
    target_history,
)

__all__ = [
    "ActionFilters",
    "CeremonyFilters",
    "ContractFilters",
    "DocumentFilters",
    "TargetFilters",
    "access_scope_of",
    "action_changes",
    "action_history",
    "attached_actions",
    "ceremony_changes",
    "ceremony_history",
    "contract_changes",
    "contract_history",
    "contracts_of",
    "frozen_content",
    "get_action",
    "get_ceremony",
    "get_contract",
    "get_decision",
    "get_target",
    "get_territory",
    "list_actions",
    "list_ceremonies",
    "list_contracts",
    "list_late_territories",
    "list_targets",
    "place_of",
    "read_ceremony_report",
    "read_progress",
    "read_target_progress",
    "readiness",
    "require_source",
    "sheets",
    "surroundings",
    "target_changes",
    "target_history",
    "timelines_beside",
    "timelines_of",
    "what_is_known",
]
