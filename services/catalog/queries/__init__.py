"""Queries: each reads, and changes nothing."""

from services.catalog.queries.filters import (
    MatchingFilters,
    ReferentFilters,
    RequestFilters,
    ServiceFilters,
    SharedFilters,
)
from services.catalog.queries.matchings import get_matching, list_matchings, matching_changes, matching_history
from services.catalog.queries.operators import (
    describe_operator,
    get_operator,
    get_own_operator,
    list_operators,
    operator_changes,
    operator_history,
    read_performance,
)
from services.catalog.queries.projections import access_scope_of, get_action, get_territory, what_is_known
from services.catalog.queries.referents import (
    get_referent,
    get_referent_in_office,
    list_referents,
    referent_changes,
    referent_history,
)
from services.catalog.queries.requests import (
    count_requests_for,
    get_request,
    list_requests,
    request_changes,
    request_history,
    with_passed_deadlines,
)
from services.catalog.queries.services import (
    count_services,
    get_compared,
    get_service,
    get_service_on,
    get_version,
    list_services,
    list_versions,
    offered_on,
    service_changes,
    service_history,
)
from services.catalog.queries.visible import naming

__all__ = [
    "MatchingFilters",
    "ReferentFilters",
    "RequestFilters",
    "ServiceFilters",
    "SharedFilters",
    "access_scope_of",
    "count_requests_for",
    "count_services",
    "describe_operator",
    "get_action",
    "get_compared",
    "get_matching",
    "get_operator",
    "get_own_operator",
    "get_referent",
    "get_referent_in_office",
    "get_request",
    "get_service",
    "get_service_on",
    "get_territory",
    "get_version",
    "list_matchings",
    "list_operators",
    "list_referents",
    "list_requests",
    "list_services",
    "list_versions",
    "matching_changes",
    "matching_history",
    "naming",
    "offered_on",
    "operator_changes",
    "operator_history",
    "read_performance",
    "referent_changes",
    "referent_history",
    "request_changes",
    "request_history",
    "service_changes",
    "service_history",
    "what_is_known",
    "with_passed_deadlines",
]
