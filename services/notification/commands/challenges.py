"""Challenges to receivers: sent, and confirmed by the owner."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, cast
from uuid import UUID

from sqlalchemy import Table, select, update

from services.notification import queries
from services.notification.models import Subscription
from services.notification.rules import challenges
from services.notification.rules import subscriptions as rules
from services.notification.rules.synthetic_events import challenge_event
from shared.clock import now
from shared.ids import uuid7
from shared.security.access import Caller
from shared.storage.history import set_reason
from shared.storage.unit_of_work import WriteSession

_subscriptions: Final = cast("Table", Subscription.__table__)


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenge that is stored and has yet to be sent."""

    event_id: str
    text: str = field(repr=False)
    body: bytes = field(repr=False)


async def begin_challenge(
    session: WriteSession, subscription_id: UUID, *, url: str, at: datetime, platform: str
) -> Challenge | None:
    """Store a new challenge in place of the last one; None if this address is not to be sent one any longer."""
    found = await session.scalar(select(Subscription).where(Subscription.id == subscription_id).with_for_update())
    if found is None or not challenges.is_due(found, url):
        return None
    event_id, text, ends = uuid7(), challenges.new_challenge(), at + challenges.LIFETIME
    # Without a new version or history.
    await session.execute(
        update(_subscriptions)
        .where(_subscriptions.c.id == subscription_id)
        .values(challenge_digest=challenges.digest_of(text), challenge_expires_at=ends, challenge_tries=0)
    )
    body = challenge_event(event_id, found, text, at=at, ends=ends, platform=platform)
    return Challenge(str(event_id), text, body.encode())


async def confirm_subscription(
    session: WriteSession, subscription_id: UUID, *, challenge: str, by: Caller
) -> Subscription:
    """Activate a subscription by its challenge; with a wrong one, count the try and change nothing else."""
    found = await queries.get_subscription(session, subscription_id, by=by, lock=True)
    rules.require_owner(by, found)
    rules.require_transition(found, "confirm")
    at = now()
    if not challenges.is_valid(found, at=at):
        return found
    if challenges.is_challenge(challenge, found.challenge_digest):
        rules.consent(found, at=at)
        set_reason(session, found, "the owner confirmed the challenge")
    else:
        await session.execute(
            update(_subscriptions)
            .where(_subscriptions.c.id == subscription_id)
            .values(challenge_tries=_subscriptions.c.challenge_tries + 1)
        )
    return found
