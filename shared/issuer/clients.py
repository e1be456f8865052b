"""The clients of the local issuer, and their secrets."""

import hmac
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from shared.issuer.keys import exclusive
from shared.security.roles import Role
from shared.settings import write_private


@dataclass(frozen=True, slots=True)
class Client:
    """A client that may request tokens, with their claims. `territories` and `regions` only narrow."""

    client_id: str
    name: str
    role: Role
    scopes: frozenset[str]
    org: str | None = None
    territories: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        """Prefix of its two shell variables."""
        return self.client_id.upper().replace("-", "_")


class Secrets:
    """Secrets of the clients: hashed in `issuer/clients.json`, in clear in `clients.env` as shell variables.

    SHA-256 is enough: a secret is 256 random bits, which cannot be guessed, so no slow hash is needed.
    To replace a secret, remove its line from `clients.json`; the next start generates a new one.
    """

    def __init__(self, folder: Path, shown: Path) -> None:
        self._path = folder / "clients.json"
        self._shown = shown
        self._hashes: dict[str, str] = {}

    def make(self, clients: Iterable[Client]) -> None:
        """Generate a secret for each client that has none."""
        with exclusive(self._path.parent):
            self._hashes = json.loads(self._path.read_bytes()) if self._path.exists() else {}
            made = {client: secrets.token_urlsafe(32) for client in clients if client.client_id not in self._hashes}
            if made:
                # Write them in clear before they are valid: a crash in between generates them again and loses none.
                self._show(made)
                self._hashes |= {client.client_id: _hash(secret) for client, secret in made.items()}
                write_private(self._path, json.dumps(self._hashes, indent=1).encode(), over=True)

    def match(self, client_id: str, secret: str) -> bool:
        """Compare a secret in constant time, also for an unknown client."""
        return hmac.compare_digest(self._hashes.get(client_id, "0" * 64), _hash(secret))

    def _show(self, made: dict[Client, str]) -> None:
        new: dict[str, str] = {}
        for client, secret in made.items():
            new |= {f"{client.variable}_ID": client.client_id, f"{client.variable}_SECRET": secret}
        old = self._shown.read_text().splitlines() if self._shown.exists() else []
        kept = [line for line in old if line.partition("=")[0] not in new]
        lines = [*kept, *(f"{name}={value}" for name, value in new.items())]
        write_private(self._shown, "\n".join([*lines, ""]).encode(), over=True)


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
