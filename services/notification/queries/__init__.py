"""Queries: each reads, and changes nothing."""

from services.notification.queries.due import (
    due_deliveries,
    events_at,
    standing,
    subjects_since,
    with_secrets,
)
from services.notification.queries.feed import FeedPage, read_event, read_feed, read_journal
from services.notification.queries.filters import DeliveryFilters, EventFilters, SubscriptionFilters
from services.notification.queries.journal import (
    STAKEHOLDER_COLUMNS,
    entries_after,
    events_after,
    last_position,
    position_before,
)
from services.notification.queries.planning import PLANNING_WAITS, WINDOW, has_room, is_replayed
from services.notification.queries.projections import access_scope_of, what_is_known
from services.notification.queries.rights import has_rights, receiving_scope_of, rights_of
from services.notification.queries.subscriptions import (
    count_of_client,
    count_waiting,
    get_delivery,
    get_subscription,
    list_deliveries,
    list_replays,
    list_subscriptions,
    read_delivery,
    secrets_of,
    secrets_past,
    subscription_changes,
    subscription_history,
)

__all__ = [
    "PLANNING_WAITS",
    "STAKEHOLDER_COLUMNS",
    "WINDOW",
    "DeliveryFilters",
    "EventFilters",
    "FeedPage",
    "SubscriptionFilters",
    "access_scope_of",
    "count_of_client",
    "count_waiting",
    "due_deliveries",
    "entries_after",
    "events_after",
    "events_at",
    "get_delivery",
    "get_subscription",
    "has_rights",
    "has_room",
    "is_replayed",
    "last_position",
    "list_deliveries",
    "list_replays",
    "list_subscriptions",
    "position_before",
    "read_delivery",
    "read_event",
    "read_feed",
    "read_journal",
    "receiving_scope_of",
    "rights_of",
    "secrets_of",
    "secrets_past",
    "standing",
    "subjects_since",
    "subscription_changes",
    "subscription_history",
    "what_is_known",
    "with_secrets",
]
