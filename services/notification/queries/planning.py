"""Whether there is something to plan."""

from sqlalchemy import Exists, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.notification.models import Replay, Subscription, SubscriptionStatus
from services.notification.queries.journal import last_position


async def planning_waits(session: AsyncSession) -> bool:
    """Is an active subscription behind the journal, or a replay not planned to its end?"""
    behind = exists().where(
        Subscription.status == SubscriptionStatus.ACTIVE,
        Subscription.planned_to < await last_position(session),
        ~is_replayed(),
    )
    begun = exists().where(
        Replay.planned_at.is_(None),
        Subscription.id == Replay.subscription_id,
        Subscription.status == SubscriptionStatus.ACTIVE,
    )
    return bool(await session.scalar(select(behind | begun)))


def is_replayed() -> Exists:
    """Has a subscription a replay that is not planned to its end?"""
    return exists().where(Replay.subscription_id == Subscription.id, Replay.planned_at.is_(None))
