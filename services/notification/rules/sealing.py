"""Encrypt webhook secrets, each bound to its subscription; decrypt them only to sign."""

import base64
import hashlib
import os
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.notification.rules.signatures import PREFIX, key_of

SIZE: Final = 32
NONCE: Final = 12
CONTEXT: Final = b"territoires-industrie webhook secrets\0"


@dataclass(frozen=True)
class Seal:
    """The platform's encryption key for secrets. A secret sealed for one subscription does not open for another."""

    key: bytes = field(repr=False)

    def close(self, secret: str, subscription_id: UUID) -> bytes:
        """Encrypt a secret for one subscription."""
        nonce = os.urandom(NONCE)
        return nonce + self._cipher().encrypt(nonce, key_of(secret), subscription_id.bytes)

    def open(self, sealed: bytes, subscription_id: UUID) -> bytes:
        """Return the signing key of a sealed secret."""
        return self._cipher().decrypt(sealed[:NONCE], sealed[NONCE:], subscription_id.bytes)

    def _cipher(self) -> AESGCM:
        # The setting may have any length and may also be used elsewhere: derive a key of our own from it.
        return AESGCM(hashlib.sha256(CONTEXT + self.key).digest())


def new_secret() -> str:
    """Return a new secret: 32 random bytes, in the notation of Standard Webhooks."""
    return PREFIX + base64.b64encode(os.urandom(SIZE)).decode()
