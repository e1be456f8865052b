"""Tables of the notification service."""

from services.notification.models.audit import AuditEntry
from services.notification.models.base import Base
from services.notification.models.journal import (
    JOURNAL_GREW,
    JOURNAL_PENDING,
    Journal,
    JournalEnd,
    JournalItem,
    JournalSubject,
)
from services.notification.models.projections import (
    KnownMember,
    KnownOrganisation,
    KnownPilot,
    KnownTerritory,
    projections,
)
from services.notification.models.proofs import JournalHash, JournalHead, JournalNode
from services.notification.models.rights import ClientRights
from services.notification.models.subscriptions import (
    DELIVERIES_PENDING,
    REPLAY_PENDING,
    Attempt,
    Delivery,
    DeliveryState,
    DisabledReason,
    OwnershipProof,
    Replay,
    Subscription,
    SubscriptionSecret,
    SubscriptionStatus,
    client_mark,
    without_secrets,
)

__all__ = [
    "DELIVERIES_PENDING",
    "JOURNAL_GREW",
    "JOURNAL_PENDING",
    "REPLAY_PENDING",
    "Attempt",
    "AuditEntry",
    "Base",
    "ClientRights",
    "Delivery",
    "DeliveryState",
    "DisabledReason",
    "Journal",
    "JournalEnd",
    "JournalHash",
    "JournalHead",
    "JournalItem",
    "JournalNode",
    "JournalSubject",
    "KnownMember",
    "KnownOrganisation",
    "KnownPilot",
    "KnownTerritory",
    "OwnershipProof",
    "Replay",
    "Subscription",
    "SubscriptionSecret",
    "SubscriptionStatus",
    "client_mark",
    "projections",
    "without_secrets",
]
