"""Filters of the lists."""

from collections.abc import Collection
from dataclasses import dataclass

from services.notification.models import DeliveryState, SubscriptionStatus


@dataclass(frozen=True)
class EventFilters:
    """Filters of the feed."""

    type: Collection[str] | None = None
    territory: str | None = None
    phase: str | None = None
    region: str | None = None
    operator: str | None = None


@dataclass(frozen=True)
class SubscriptionFilters:
    """Filters of subscriptions."""

    status: SubscriptionStatus | None = None


@dataclass(frozen=True)
class DeliveryFilters:
    """Filters of the deliveries of a subscription."""

    state: DeliveryState | None = None
    type: str | None = None
    subject: str | None = None
