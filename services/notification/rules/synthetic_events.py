"""Events that are sent to one receiver only, and stand in no journal: test events and challenges."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from services.notification.models import Subscription
from services.notification.rules.catalogue import CHALLENGE, TEST
from shared.events import routing_key

NOBODY: Final[Mapping[str, Any]] = {"territories": [], "regions": [], "organisations": []}


def synthetic_event(
    event_id: UUID, event_type: str, data: Mapping[str, Any], *, at: datetime, trace: str, platform: str
) -> str:
    """Return the body of a test event, marked as one. `platform` is the public address of the platform."""
    envelope = _envelope(event_id, event_type, synthetic_subject(event_id), data, at=at, platform=platform)
    if event_type != TEST:
        envelope["dataschema"] = f"{platform}/schemas/{event_type}.json"
    return _json({**envelope, "traceparent": trace, "test": True})


def synthetic_data(subscription: Subscription, *, at: datetime) -> dict[str, Any]:
    """Return the data of a test event that has a type of its own."""
    return {**NOBODY, "subscription_id": str(subscription.id), "tested_at": _moment(at)}


def synthetic_subject(event_id: UUID) -> str:
    """Return a subject that no other event has, so that a test event waits for none, and changes no object."""
    return f"test/{event_id}"


def challenge_event(
    event_id: UUID, subscription: Subscription, challenge: str, *, at: datetime, ends: datetime, platform: str
) -> str:
    """Return the body of a challenge. `platform` is the public address of the platform."""
    data = {
        **NOBODY,
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
    data: Mapping[str, Any],
    *,
    at: datetime,
    platform: str,
) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": str(event_id),
        "source": f"{platform}/schemas/{routing_key(type).partition('.')[0]}",
        "type": type,
        "subject": subject,
        "time": _moment(at),
        "datacontenttype": "application/json",
        "sequence": f"{1:010d}",
        "data": data,
    }


def _moment(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _json(envelope: dict[str, Any]) -> str:
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))
