"""True if there is something to plan."""

from typing import Final

from sqlalchemy import Exists, exists, func, select

from services.notification.models import Journal, Replay, Subscription, SubscriptionStatus


def is_replayed() -> Exists:
    """Has a subscription a replay that is not planned to its end?"""
    return exists().where(Replay.subscription_id == Subscription.id, Replay.planned_at.is_(None))


_behind: Final = exists().where(
    Subscription.status == SubscriptionStatus.ACTIVE,
    Subscription.planned_to < select(func.max(Journal.position)).scalar_subquery(),
    ~is_replayed(),
)
_begun: Final = exists().where(
    Replay.planned_at.is_(None),
    Subscription.id == Replay.subscription_id,
    Subscription.status == SubscriptionStatus.ACTIVE,
)
PLANNING_WAITS: Final = select(_behind | _begun)
"""Is an active subscription behind the journal, or a replay not planned to its end?"""
