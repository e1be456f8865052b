"""Sign webhooks: Standard Webhooks, with a CloudEvents body.

The signature covers event id, time of the attempt and body, byte for byte. Every active secret of the subscription
signs: during a rotation a receiver may hold either.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from typing import Final

PREFIX: Final = "whsec_"
VERSION: Final = "v1"
CONTENT_TYPE: Final = "application/cloudevents+json"


def key_of(secret: str) -> bytes:
    """Decode the signing key of a secret. Error messages do not contain the secret."""
    if not secret.startswith(PREFIX):
        raise ValueError(f"A webhook secret must begin with {PREFIX}")
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("A webhook secret must be base64 after its prefix") from None
    if not key:
        raise ValueError("A webhook secret must not be empty")
    return key


def sign(key: bytes, *, event_id: str, timestamp: int, body: bytes) -> str:
    """Return one signature, as the header contains it."""
    content = f"{event_id}.{timestamp}.".encode() + body
    digest = hmac.digest(key, content, hashlib.sha256)
    return f"{VERSION},{base64.b64encode(digest).decode()}"


def signed(keys: Iterable[bytes], *, event_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers of one delivery attempt."""
    signatures = [sign(key, event_id=event_id, timestamp=timestamp, body=body) for key in keys]
    if not signatures:
        raise ValueError("A webhook needs at least one key to sign with")
    return {
        "content-type": CONTENT_TYPE,
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }
