"""Signing keys of the local issuer, and their rotation.

A new key is published before it signs. Every verifier refetches the keys by age (`settings.jwks_fresh`), so it knows
the key before the first token arrives. An old key stays published until its last token has expired. Every client
library reads RS256, and its verification is twice as fast as that of ES256; each request pays for it.
"""

import fcntl
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from joserfc.jwk import Key, RSAKey

from shared.settings import write_private

ALGORITHM: Final = "RS256"
LIFETIME: Final = 3600
"""Lifetime of a token, in seconds."""
LEAD: Final = 1200
"""Seconds between publication of a new key and its first signature: twice the verifiers' cache lifetime."""
MARGIN: Final = 300
"""Seconds that an old key stays published after its last token has expired."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key, and the time from which it signs."""

    key: RSAKey
    signs_from: float

    @classmethod
    def made(cls, signs_from: float) -> "SigningKey":
        """Generate a key; takes about 0.1 s."""
        return cls(RSAKey.generate_key(2048, {"use": "sig", "alg": ALGORITHM}, auto_kid=True), signs_from)


class SigningKeys:
    """The keys in a folder, oldest first. A rotation by another process applies at the next use."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "keys.json"
        self._stamp: tuple[int, int] | None = None
        self._keys: tuple[SigningKey, ...] = ()

    def signer(self) -> RSAKey:
        """Return the key that signs now."""
        keys = self._read()
        return [each.key for each in keys if each.signs_from <= time.time()][-1]

    async def find(self, kid: str) -> Key | None:
        """Return a published key, for verifiers in this process."""
        return next((key for key in self._published() if key.kid == kid), None)

    def jwks(self) -> dict[str, Any]:
        """Return the public half of every published key (RFC 7517)."""
        return {"keys": [key.as_dict(private=False) for key in self._published()]}

    def rotate(self, *, lead: float = LEAD) -> str:
        """Add a key that signs from `lead` seconds from now; return its id. Remove expired keys."""
        with exclusive(self._path.parent):
            new = SigningKey.made(time.time() + lead)
            self._write([*_living(self._read()), new])
        return str(new.key.kid)

    def _published(self) -> list[RSAKey]:
        return [each.key for each in _living(self._read())]

    def _read(self) -> tuple[SigningKey, ...]:
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            self._start()
            stat = self._path.stat()
        if (stamp := (stat.st_mtime_ns, stat.st_ino)) != self._stamp:
            self._keys, self._stamp = _parsed(self._path.read_bytes()), stamp
        return self._keys

    def _start(self) -> None:
        with exclusive(self._path.parent):
            if not self._path.exists():
                self._write([SigningKey.made(0)])

    def _write(self, keys: list[SigningKey]) -> None:
        lines = [{"signs_from": each.signs_from, "jwk": each.key.as_dict(private=True)} for each in keys]
        write_private(self._path, json.dumps(lines, indent=1).encode(), over=True)


def _parsed(content: bytes) -> tuple[SigningKey, ...]:
    keys = [SigningKey(RSAKey.import_key(line["jwk"]), line["signs_from"]) for line in json.loads(content)]
    return tuple(sorted(keys, key=lambda each: each.signs_from))


def _living(keys: tuple[SigningKey, ...]) -> list[SigningKey]:
    """Return keys that sign, will sign, or have signed tokens that may still be valid."""
    relieved = [each.signs_from for each in keys[1:]] + [float("inf")]
    return [each for each, end in zip(keys, relieved, strict=True) if end + LIFETIME + MARGIN > time.time()]


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Lock a folder against other processes; the lock ends with its holder."""
    lock = folder / "lock"
    lock.touch(mode=0o600)
    with lock.open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
