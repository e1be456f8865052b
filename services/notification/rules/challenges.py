"""Challenges: a receiver that cannot answer a handshake proves that it belongs to the owner of its subscription.

The platform sends a random challenge in a signed POST. The receiver repeats it in its response, or the owner reads it
in the receiver and confirms it by the API. Only its digest is stored.
"""

import hashlib
import hmac
import json
import secrets
from datetime import datetime, timedelta
from typing import Final

from services.notification.models import OwnershipProof, Subscription, SubscriptionStatus
from services.notification.rules.retries import ReceiverResponse, delivery_error

LIFETIME: Final = timedelta(hours=1)
"""Lifetime of a challenge. Another one ends it too."""
MAX_TRIES: Final = 5
"""Maximum number of wrong confirmations of one challenge. After them another one is needed."""
NOT_REPEATED: Final = "the response does not repeat the challenge: confirm it by the API, or ask for another one"


def new_challenge() -> str:
    """Return a new challenge: 32 random bytes, in letters that need no escape anywhere."""
    return secrets.token_urlsafe(32)


def is_due(subscription: Subscription, url: str) -> bool:
    """Return whether this address is to be sent a challenge."""
    return (
        subscription.status == SubscriptionStatus.PENDING
        and subscription.proof == OwnershipProof.CHALLENGE
        and subscription.url == url
    )


def challenge_error(challenge: str, response: ReceiverResponse) -> str | None:
    """Return why a response is no proof; None if it is one: a 2xx that repeats the challenge."""
    if not response.is_success:
        return delivery_error(response)
    is_repeated = is_challenge(_repeated(response.body or ""), digest_of(challenge))
    return None if is_repeated else NOT_REPEATED


def is_valid(subscription: Subscription, *, at: datetime) -> bool:
    """Return whether a challenge of this subscription may still be confirmed."""
    ends = subscription.challenge_expires_at
    return ends is not None and at < ends and subscription.challenge_tries < MAX_TRIES


def is_challenge(text: str, digest: bytes | None) -> bool:
    """Compare a text with the challenge of this digest, in constant time."""
    return digest is not None and hmac.compare_digest(digest_of(text), digest)


def digest_of(challenge: str) -> bytes:
    """Return the digest that is stored."""
    return hashlib.sha256(challenge.encode(errors="replace")).digest()


def _repeated(body: str) -> str:
    """Return the challenge that a body holds: as text, as a JSON string, or as `challenge` of a JSON object.

    Not anywhere else in it: a server that returns what it gets proves nothing.
    """
    text = body.strip()
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if isinstance(value, dict):
        value = value.get("challenge")
    return value if isinstance(value, str) else text
