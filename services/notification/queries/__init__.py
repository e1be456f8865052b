"""Queries."""

from services.notification.queries.feed import Item, read_event, read_feed, whole_journal
from services.notification.queries.journal import (
    bodies_of,
    entries_after,
    last_position,
    position_before,
)
from services.notification.queries.known import access_scope_of, what_is_known
from services.notification.queries.planning import PLANNING_WAITS, is_replayed
from services.notification.queries.subscriptions import (
    count_of_client,
    delivery,
    history_of_subscription,
    list_deliveries,
    list_replays,
    list_subscriptions,
    read_delivery,
    secrets_of,
    secrets_past,
    subscription,
    subscription_changes,
)

__all__ = [
    "PLANNING_WAITS",
    "Item",
    "access_scope_of",
    "bodies_of",
    "count_of_client",
    "delivery",
    "entries_after",
    "history_of_subscription",
    "is_replayed",
    "last_position",
    "list_deliveries",
    "list_replays",
    "list_subscriptions",
    "position_before",
    "read_delivery",
    "read_event",
    "read_feed",
    "secrets_of",
    "secrets_past",
    "subscription",
    "subscription_changes",
    "what_is_known",
    "whole_journal",
]
