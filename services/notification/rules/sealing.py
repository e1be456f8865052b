"""Encrypt webhook secrets and headers, each bound to its subscription; decrypt them only to send."""

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.notification.rules.signatures import PREFIX, key_of

SIZE: Final = 32
NONCE: Final = 12
HEADERS: Final = b"\0headers"
"""Sealed headers do not open as a secret."""
CONTEXT: Final = b"territoires-industrie webhook secrets\0"


@dataclass(frozen=True)
class Seal:
    """The platform's encryption key for secrets. A secret sealed for one subscription does not open for another."""

    key: bytes = field(repr=False)

    def close(self, secret: str, subscription_id: UUID) -> bytes:
        """Encrypt a secret for one subscription."""
        return self._encrypt(key_of(secret), subscription_id.bytes)

    def open(self, sealed: bytes, subscription_id: UUID) -> bytes:
        """Return the signing key of a sealed secret."""
        return self._decrypt(sealed, subscription_id.bytes)

    def close_headers(self, headers: Mapping[str, str], subscription_id: UUID) -> bytes | None:
        """Encrypt the headers of one subscription; None if there are none."""
        return self._encrypt(json.dumps(headers).encode(), subscription_id.bytes + HEADERS) if headers else None

    def open_headers(self, sealed: bytes | None, subscription_id: UUID) -> Mapping[str, str]:
        """Return sealed headers."""
        if sealed is None:
            return {}
        headers: dict[str, str] = json.loads(self._decrypt(sealed, subscription_id.bytes + HEADERS))
        return headers

    def _encrypt(self, content: bytes, bound_to: bytes) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + self._cipher().encrypt(nonce, content, bound_to)

    def _decrypt(self, sealed: bytes, bound_to: bytes) -> bytes:
        return self._cipher().decrypt(sealed[:NONCE], sealed[NONCE:], bound_to)

    def _cipher(self) -> AESGCM:
        # The setting may have any length and may also be used elsewhere: derive a key of our own from it.
        return AESGCM(hashlib.sha256(CONTEXT + self.key).digest())


def new_secret() -> str:
    """Return a new secret: 32 random bytes, in the notation of Standard Webhooks."""
    return PREFIX + base64.b64encode(os.urandom(SIZE)).decode()
