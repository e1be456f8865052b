"""An OpenID Connect issuer by strangers, as a process of its own: npm's oidc-provider. Its claims have other names."""

import asyncio
import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import httpx
from joserfc.jwk import ECKey, Key, RSAKey

from app.demo_clients import SCOPES
from deploy.servers import free_port
from tests.support import node

AUDIENCE: Final = "urn:territoires-industrie:api"
OTHER_AUDIENCE: Final = "https://autre.example/api"
SECRET: Final = "not guessed by anybody in these tests"

TEAM: Final = "equipe"
REGION: Final = "conseil-regional"
PORTAL: Final = "portail"
CLIENTS: Final[dict[str, dict[str, Any]]] = {
    # The CA Pau Béarn Pyrénées, by an establishment whose number is synthetic.
    TEAM: {
        "secret": SECRET,
        "alg": "RS256",
        "claims": {
            "siret_org": "20006725400000",
            "https://claims.example/role": "territory",
            "territoires": ["2018-ti-7505"],
        },
    },
    REGION: {
        "secret": SECRET,
        "alg": "ES256",
        "claims": {"siret_org": "200053759", "https://claims.example/role": "region"},
    },
    # It has none of our claims.
    PORTAL: {"secret": SECRET, "alg": "ES256", "claims": {}},
}


def made_keys(name: str = "first") -> list[dict[str, Any]]:
    """A key of each kind, private."""
    both: list[Key] = [
        RSAKey.generate_key(2048, {"kid": f"rsa-{name}", "use": "sig", "alg": "RS256"}),
        ECKey.generate_key("P-256", {"kid": f"ec-{name}", "use": "sig", "alg": "ES256"}),
    ]
    return [dict(key.as_dict(private=True)) for key in both]


@dataclass(frozen=True)
class Standing:
    """State of the issuer: its published keys, its signing keys, and how often the keys were requested."""

    issuer: str
    keys: list[str]
    fetches: int


@dataclass
class Provider:
    """The issuer. It has the same address, and unless told otherwise the same keys, whenever it is started."""

    log: Path
    port: int = field(default_factory=free_port)
    keys: list[dict[str, Any]] = field(default_factory=made_keys)
    _process: "subprocess.Popen[str] | None" = None

    @property
    def url(self) -> str:
        """Its name, and where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def settings(self) -> dict[str, str]:
        """Return the settings of a platform that accepts its tokens."""
        return {
            "TERRITORIES_ISSUER_URL": self.url,
            "TERRITORIES_AUDIENCE": AUDIENCE,
            "TERRITORIES_CLAIM_ORG": "siret_org",
            "TERRITORIES_CLAIM_ROLE": "https://claims.example/role",
            "TERRITORIES_CLAIM_TERRITORIES": "territoires",
        }

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start it, unless it is at work, and wait until it is ready."""
        if self._process:
            return
        known = {
            "port": self.port,
            "keys": self.keys,
            "resources": [AUDIENCE, OTHER_AUDIENCE],
            "scopes": sorted(frozenset[str]().union(*SCOPES.values())),
            "clients": CLIENTS,
        }
        self._process = node.start("issuer.mjs", json.dumps(known), log=self.log)
        self._said()

    def kill(self) -> None:
        """SIGKILL, this process alone."""
        if self._process:
            with self._process as process:
                process.kill()
            self._process = None

    async def publish(self) -> Standing:
        """Make a new key of each kind, which does not sign yet."""
        return await asyncio.to_thread(self._send, "publish")

    async def sign(self) -> Standing:
        """Sign with the newest keys."""
        return await asyncio.to_thread(self._send, "sign")

    async def drop(self) -> Standing:
        """Withdraw the keys that do not sign."""
        return await asyncio.to_thread(self._send, "drop")

    async def read_standing(self) -> Standing:
        """Change nothing."""
        return await asyncio.to_thread(self._send, "tell")

    def _send(self, command: str) -> Standing:
        assert self._process
        assert self._process.stdin
        print(command, file=self._process.stdin, flush=True)
        return self._said()

    def _said(self) -> Standing:
        assert self._process
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, f"the issuer has ended: {self.log.read_text(errors='replace')[-3000:]}"
        return Standing(**json.loads(line))

    async def token(self, http: httpx.AsyncClient, client: str, scope: str, *, audience: str = AUDIENCE) -> str:
        """A new access token."""
        answer = await http.post(
            f"{self.url}/token",
            data={"grant_type": "client_credentials", "scope": scope, "resource": audience},
            auth=(client, SECRET),
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])
