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
    """The platform's key for secrets; what it sealed for one subscription does not open for another."""

    key: bytes = field(repr=False)

    def close(self, secret: str, subscription_id: UUID) -> bytes:
        """Seal a secret."""
        nonce = os.urandom(NONCE)
        return nonce + self._cipher().encrypt(nonce, key_of(secret), subscription_id.bytes)

    def open(self, sealed: bytes, subscription_id: UUID) -> bytes:
        """The key that a sealed secret stands for."""
        return self._cipher().decrypt(sealed[:NONCE], sealed[NONCE:], subscription_id.bytes)

    def _cipher(self) -> AESGCM:
        # The setting may have any length, and may serve for something else elsewhere.
        return AESGCM(hashlib.sha256(CONTEXT + self.key).digest())


def new_secret() -> str:
    """A secret as its owner gets it, once: 32 random bytes, as Standard Webhooks writes them."""
    return PREFIX + base64.b64encode(os.urandom(SIZE)).decode()
