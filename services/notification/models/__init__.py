"""What the notification service stores."""

from services.notification.models.base import Base
from services.notification.models.journal import Journal, JournalSubject, journal
from services.notification.models.known import KnownMember, KnownOrganisation, KnownPilot, KnownTerritory, copies
from services.notification.models.subscriptions import (
    Attempt,
    Delivery,
    DeliveryState,
    DisabledReason,
    Replay,
    Subscription,
    SubscriptionSecret,
    SubscriptionStatus,
)

__all__ = [
    "Attempt",
    "Base",
    "Delivery",
    "DeliveryState",
    "DisabledReason",
    "Journal",
    "JournalSubject",
    "KnownMember",
    "KnownOrganisation",
    "KnownPilot",
    "KnownTerritory",
    "Replay",
    "Subscription",
    "SubscriptionSecret",
    "SubscriptionStatus",
    "copies",
    "journal",
]
