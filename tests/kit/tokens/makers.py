"""An issuer of the tests: its keys, the tokens it signs, an application that asks for them, a real loopback server."""

import json
import time
from pathlib import Path
from typing import Annotated, Any, Final

import httpx
from fastapi import Depends, FastAPI
from joserfc import jws
from joserfc.jwk import ECKey, Key, RSAKey
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64encode

from shared.http import exception_handlers
from shared.security.access import Caller
from shared.security.dependencies import allowed
from shared.security.request_state import VERIFIER
from shared.security.roles import ANY, Permission, Role
from shared.security.tokens import Verifier
from shared.settings import Settings

ISSUER: Final = "https://issuer.example"
CLOSED: Final = Permission("read_closed", "contracts:read", grants={Role.REGION: ANY})
OPEN: Final = Permission("read_open", "contracts:read", public=True)
KEY: Final = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})
EC_KEY: Final = ECKey.generate_key("P-256", {"kid": "e1", "use": "sig"})
STRANGER: Final = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})
EC_STRANGER: Final = ECKey.generate_key("P-256", {"kid": "e1", "use": "sig"})
"""Keys of the same names, not the issuer's."""


def make_settings(**changes: Any) -> Settings:
    return Settings(**{"data_dir": Path("unused"), "issuer_url": ISSUER, **changes})


def make_claims(**changes: Any) -> dict[str, Any]:
    """The claims of a Region's token; `None` takes one away."""
    claims = {
        "iss": ISSUER,
        "aud": "territoires-industrie",
        "sub": "region",
        "client_id": "region",
        "iat": int(time.time()),
        "exp": int(time.time()) + 3600,
        "scope": "contracts:read contracts:decide",
        "org": "200053759",
        "role": "region",
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


def make_token(claims: Any = None, *, key: Any = KEY, header: dict[str, Any] | None = None, **changes: Any) -> str:
    """A token signed by the issuer, but for what the test changes."""
    full = {"alg": "ES256" if key is EC_KEY else "RS256", "typ": "at+jwt", "kid": key.kid, **(header or {})}
    full = {name: value for name, value in full.items() if value is not None}
    payload = json.dumps(make_claims(**changes) if claims is None else claims)
    return jws.serialize_compact(
        full, payload, key, registry=JWSRegistry(algorithms=[full["alg"]], strict_check_header=False)
    )


def part(value: Any) -> str:
    """One part of a token, written by hand."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(raw).decode()


class FixedKeys:
    """The issuer's keys, at hand."""

    def __init__(self, *keys: Key) -> None:
        self.keys = {key.kid: key for key in keys or (KEY, EC_KEY)}
        self.asked = 0

    async def find(self, kid: str) -> Key | None:
        self.asked += 1
        return self.keys.get(kid)


def make_verifier(**changes: Any) -> Verifier:
    return Verifier(make_settings(**changes), FixedKeys())


def make_app(verifier: Verifier) -> FastAPI:
    """A service with one closed door, and one that is open but looks at the token sent along."""
    app = FastAPI()
    exception_handlers.install(app)
    VERIFIER.set(app, verifier)

    @app.get("/closed")
    async def closed(caller: Annotated[Caller, Depends(allowed(CLOSED))]) -> dict[str, str]:
        return {"client_id": caller.client_id}

    @app.get("/open")
    async def open_(caller: Annotated[Caller, Depends(allowed(OPEN))]) -> dict[str, str]:
        return {"client_id": caller.client_id}

    return app


def in_process(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://service")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
