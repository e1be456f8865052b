"""Events that are sent to one receiver only, and stand in no journal: test events and challenges."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notification.models import Subscription
from services.notification.rules.catalogue import CHALLENGE, TEST


def test_event(event_id: UUID, subscription: Subscription, *, at: datetime, trace: str, platform: str) -> str:
    """Return the body of a test event. `platform` is the public address of the platform."""
    data = {"subscription_id": str(subscription.id), "tested_at": _moment(at)}
    envelope = _envelope(event_id, TEST, test_subject(event_id), data, at=at, platform=platform)
    return _json({**envelope, "traceparent": trace})


def test_subject(event_id: UUID) -> str:
    """Return a subject that no other event has, so that a test event waits for none."""
    return f"test/{event_id}"


def challenge_event(
    event_id: UUID, subscription: Subscription, challenge: str, *, at: datetime, ends: datetime, platform: str
) -> str:
    """Return the body of a challenge. `platform` is the public address of the platform."""
    data = {
        "subscription_id": str(subscription.id),
        "challenge": challenge,
        "expires_at": _moment(ends),
        "confirm_url": f"{platform}/v1/subscriptions/{subscription.id}/confirm",
    }
    return _json(_envelope(event_id, CHALLENGE, f"challenge/{event_id}", data, at=at, platform=platform))


def _envelope(
    event_id: UUID,
    type: str,  # noqa: A002 - the attribute's name
    subject: str,
    data: dict[str, Any],
    *,
    at: datetime,
    platform: str,
) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": str(event_id),
        "source": f"{platform}/schemas/notification",
        "type": type,
        "subject": subject,
        "time": _moment(at),
        "datacontenttype": "application/json",
        "sequence": f"{1:010d}",
        "data": {"territories": [], "regions": [], "organisations": [], **data},
    }


def _moment(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _json(envelope: dict[str, Any]) -> str:
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))
