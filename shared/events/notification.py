"""Facts told by the notification service: of the deliveries themselves."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from shared.events import Audience, Event


class SubscriptionDisabled(Event, name="SubscriptionDisabled", publisher="notification", audience=Audience.CONCERNED):
    """A subscription is off: days of failures, 410 Gone, or its owner's wish. It can be enabled again."""

    subscription_id: UUID
    reason: Literal["failing", "gone", "owner"]
    disabled_at: datetime

    @property
    def subject(self) -> str:
        return f"subscription/{self.subscription_id}"
