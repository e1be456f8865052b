"""What the notification service stores."""

from services.notification.models.base import Base
from services.notification.models.journal import JOURNAL_GREW, JOURNALED, Journal, JournalSubject, journal
from services.notification.models.known import KnownMember, KnownOrganisation, KnownPilot, KnownTerritory, copies
from services.notification.models.subscriptions import (
    PLANNED,
    REPLAY_ASKED,
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
    "JOURNALED",
    "JOURNAL_GREW",
    "PLANNED",
    "REPLAY_ASKED",
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
