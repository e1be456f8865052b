"""Facts told by the notification service: of deliveries, and of the journal itself."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.events import Audience, Event


class SubscriptionDisabled(Event, name="SubscriptionDisabled", publisher="notification", audience=Audience.CONCERNED):
    """A subscription is off: days of failures, 410 Gone, or its owner's wish. It can be enabled again."""

    subscription_id: UUID
    reason: Literal["failing", "gone", "owner"]
    disabled_at: datetime

    @property
    def subject(self) -> str:
        return f"subscription/{self.subscription_id}"


class JournalHeadEvent(Event, publisher="notification", audience=Audience.PUBLIC):
    """A fact about the head of the journal at the end of a day."""

    day: date = Field(description="day in Paris at whose end the journal had this head")
    size: int = Field(description="events in the journal then")
    root: str = Field(
        pattern="^[0-9a-f]{64}$", max_length=64, description="root of the Merkle tree over these events (RFC 6962)"
    )

    @property
    def subject(self) -> str:
        return f"journal-head/{self.day}"


class JournalHeadPublished(JournalHeadEvent, name="JournalHeadPublished"):
    """A day has ended: the journal up to then has this root. Keep it: it proves what was in the journal."""


class JournalHeadStamped(JournalHeadEvent, name="JournalHeadStamped"):
    """An authority has time-stamped the head of the journal."""

    time_stamp: str = Field(
        pattern="^[A-Za-z0-9+/=]+$", max_length=20_000, description="token (RFC 3161) of the statement, in base64"
    )
