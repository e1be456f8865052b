"""Bodies and answers."""

from services.notification.schemas.events import (
    EventItem,
    EventPage,
    EventTypeDetail,
    EventTypes,
    TypeName,
    event_type,
    event_types,
    spliced,
    spliced_item,
)
from services.notification.schemas.subscriptions import (
    DeliveryDetail,
    DeliveryOut,
    ReplayAnswer,
    ReplayOut,
    ReplayRequest,
    Rotation,
    SecretRotated,
    SubscriptionChange,
    SubscriptionDraft,
    SubscriptionMade,
    SubscriptionOut,
)

__all__ = [
    "DeliveryDetail",
    "DeliveryOut",
    "EventItem",
    "EventPage",
    "EventTypeDetail",
    "EventTypes",
    "ReplayAnswer",
    "ReplayOut",
    "ReplayRequest",
    "Rotation",
    "SecretRotated",
    "SubscriptionChange",
    "SubscriptionDraft",
    "SubscriptionMade",
    "SubscriptionOut",
    "TypeName",
    "event_type",
    "event_types",
    "spliced",
    "spliced_item",
]
