"""The permissions of the notification service. `shared.security.roles` says which roles have them."""

from typing import Final

from shared.security.roles import Permission

READ_EVENTS: Final = Permission("read_events", "events:read")
READ_EVENT_TYPES: Final = Permission("read_event_types", "events:read", public=True)
READ_JOURNAL: Final = Permission("read_journal", "machine:read", whole=True)
READ_SUBSCRIPTIONS: Final = Permission("read_subscriptions", "subscriptions:read")
MANAGE_SUBSCRIPTIONS: Final = Permission("manage_subscriptions", "subscriptions:write")
DISABLE_SUBSCRIPTIONS: Final = Permission("disable_subscriptions", "subscriptions:write")
READ_DELIVERIES: Final = Permission("read_deliveries", "subscriptions:read")
READ_HEADS: Final = Permission("read_heads", "events:read", public=True)
READ_AUDIT: Final = Permission("read_audit", "audit:read", whole=True)
