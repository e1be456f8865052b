"""The clients of the local issuer, and their secrets."""

import hmac
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from shared.issuer.keys import exclusive
from shared.security.access import Role
from shared.settings import write_private


@dataclass(frozen=True, slots=True)
class Client:
    """A system that may ask for tokens, and what they say of it. `territories` and `regions` only narrow."""

    client_id: str
    name: str
    role: Role
    scopes: frozenset[str]
    org: str | None = None
    territories: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        """The beginning of its two shell variables."""
        return self.client_id.upper().replace("-", "_")


class Secrets:
    """The clients' secrets: hashed in `issuer/clients.json`, and once, in clear, as shell variables in `clients.env`.

    A plain SHA-256 is enough: a secret is 256 random bits, so there is nothing to guess and no need of a slow hash.
    To replace a secret, remove its line from `clients.json`; new ones are made at the next start.
    """

    def __init__(self, folder: Path, shown: Path) -> None:
        self._path = folder / "clients.json"
        self._shown = shown
        self._hashes: dict[str, str] = {}

    def make(self, clients: Iterable[Client]) -> None:
        """Give a secret to every client that has none yet."""
        with exclusive(self._path.parent):
            self._hashes = json.loads(self._path.read_bytes()) if self._path.exists() else {}
            made = {client: secrets.token_urlsafe(32) for client in clients if client.client_id not in self._hashes}
            if made:
                # Shown before they are valid: a crash in between makes them anew instead of losing them.
                self._show(made)
                self._hashes |= {client.client_id: _hash(secret) for client, secret in made.items()}
                write_private(self._path, json.dumps(self._hashes, indent=1).encode(), over=True)

    def match(self, client_id: str, secret: str) -> bool:
        """Is this the client's secret? Takes as long for a client that does not exist."""
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
