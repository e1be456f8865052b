"""True if there is something to plan."""

from typing import Final

from sqlalchemy import ColumnElement, Exists, exists, func, or_, select

from services.notification.models import Delivery, Journal, Replay, Subscription, SubscriptionStatus
from services.notification.queries.due import WAITING

WINDOW: Final = 500
"""Positions of the journal that one pass reads per group."""
MAX_AHEAD: Final = 500
"""Waiting deliveries of a subscription beyond which no more of the past are planned. The journal keeps the rest."""


def is_replayed() -> Exists:
    """Has a subscription a replay that is not planned to its end?"""
    return exists().where(Replay.subscription_id == Subscription.id, Replay.planned_at.is_(None))


def has_room() -> ColumnElement[bool]:
    """Has a subscription fewer waiting deliveries than may be planned ahead?"""
    waiting = select(Delivery.id).where(Delivery.subscription_id == Subscription.id, Delivery.state == WAITING)
    # With an offset no more rows are read than there may be.
    return ~waiting.correlate(Subscription).offset(MAX_AHEAD - 1).limit(1).exists()


_last: Final = select(func.max(Journal.position)).scalar_subquery()
_behind: Final = exists().where(
    Subscription.status == SubscriptionStatus.ACTIVE,
    Subscription.planned_to < _last,
    or_(Subscription.planned_to >= _last - WINDOW, has_room()),
    ~is_replayed(),
)
_begun: Final = exists().where(
    Replay.planned_at.is_(None),
    Subscription.id == Replay.subscription_id,
    Subscription.status == SubscriptionStatus.ACTIVE,
    has_room(),
)
PLANNING_WAITS: Final = select(_behind | _begun)
"""Is an active subscription behind the journal, or a replay not planned to its end, with room for deliveries?"""
