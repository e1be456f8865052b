"""Local issuer: OAuth 2 client credentials for known clients.

Any OpenID Connect issuer can replace it. Its errors follow RFC 6749, which OAuth libraries read; they are no problem
documents.
"""

import base64
import time
from collections.abc import Iterable
from typing import Annotated, Any, Final, Literal
from urllib.parse import unquote_plus

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from joserfc import jwt
from pydantic import BaseModel, Field

from shared.app_state import AppKey
from shared.http.routing import Tag
from shared.ids import uuid7
from shared.issuer.clients import Client, Secrets
from shared.issuer.keys import ALGORITHM, LIFETIME, SigningKeys
from shared.patterns import ANY_TEXT
from shared.settings import Settings

SCOPES: Final = r"^[a-z:]+( [a-z:]+)*$"
FORM_AT_MOST: Final = 8_192
"""Bytes of a token request. Everybody may send one, so nobody may send one that is costly to read."""
TokenError = Literal["invalid_request", "invalid_client", "invalid_scope", "unsupported_grant_type"]


class TokenRefused(Exception):
    """A refused token request (RFC 6749, 5.2)."""

    def __init__(self, error: TokenError, description: str, *, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.status = status


class Issuer:
    """Issue tokens as `settings.issuer`. The first start generates keys and secrets."""

    def __init__(self, settings: Settings, clients: Iterable[Client]) -> None:
        folder = settings.make_data_dir() / "issuer"
        folder.mkdir(mode=0o700, exist_ok=True)
        self._settings = settings
        self._clients = {client.client_id: client for client in clients}
        self._secrets = Secrets(folder, settings.data_dir / "clients.env")
        self._secrets.make(self._clients.values())
        self.keys = SigningKeys(folder)
        self.keys.signer()

    def client(self, client_id: str, secret: str) -> Client:
        """Return the client if its secret matches."""
        if not self._secrets.match(client_id, secret) or client_id not in self._clients:
            raise TokenRefused("invalid_client", "No client has this id and secret.", status=401)
        return self._clients[client_id]

    def token(self, client: Client, scopes: frozenset[str]) -> str:
        """Sign an access token (RFC 9068)."""
        key = self.keys.signer()
        header = {"alg": ALGORITHM, "typ": "at+jwt", "kid": key.kid}
        return jwt.encode(header, self._claims(client, scopes), key)

    def _claims(self, client: Client, scopes: frozenset[str]) -> dict[str, Any]:
        settings, issued = self._settings, int(time.time())
        ours = {
            settings.claim_org: client.org,
            settings.claim_role: client.role.value,
            settings.claim_territories: client.territories,
            settings.claim_regions: client.regions,
        }
        return {
            "iss": settings.issuer,
            "sub": client.client_id,
            "aud": settings.audience,
            "client_id": client.client_id,
            "iat": issued,
            "exp": issued + LIFETIME,
            "jti": str(uuid7()),
            settings.claim_scope: " ".join(sorted(scopes)),
            **{claim: value for claim, value in ours.items() if value},
        }

    def metadata(self) -> dict[str, Any]:
        """Return the issuer's endpoints (RFC 8414, OpenID Connect Discovery)."""
        url = self._settings.issuer.rstrip("/")
        return {
            "issuer": self._settings.issuer,
            "token_endpoint": f"{url}/oauth/token",
            "jwks_uri": f"{url}/.well-known/jwks.json",
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "scopes_supported": sorted(frozenset[str]().union(*(each.scopes for each in self._clients.values()))),
            "response_types_supported": [],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
        }


router = APIRouter(
    tags=[Tag("Tokens", "The issuer of access tokens, and the keys that verify them.")],
    generate_unique_id_function=lambda route: route.name,
)


class Token(BaseModel):
    """A token; send it as `Authorization: Bearer …` until it expires."""

    access_token: str = Field(
        max_length=8192,
        pattern=r"^[A-Za-z0-9_.-]+$",
        examples=["eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJ0ZXJyaXRvcnkifQ.c2lnbmF0dXJl"],
    )
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a type, no secret
    expires_in: int = Field(default=LIFETIME, ge=1, le=LIFETIME, description="Seconds.")
    scope: str = Field(max_length=2000, pattern=SCOPES, examples=["services:read requests:decide"])


class TokenRefusal(BaseModel):
    """Reason of a refused token request (RFC 6749, 5.2)."""

    error: TokenError
    error_description: str = Field(max_length=2000, pattern=ANY_TEXT, examples=["No client has this id and secret."])


ISSUER: Final = AppKey[Issuer]("issuer")


def _issuer(request: Request) -> Issuer:
    return ISSUER.of(request)


ThisIssuer = Annotated[Issuer, Depends(_issuer)]

ASKED: Final = {
    "grant_type": "client_credentials",
    "client_id": "banque-des-territoires",
    "client_secret": "the one from clients.env",
    "scope": "services:read requests:decide",
}
METADATA: Final = {
    "issuer": "https://territoires-industrie.example",
    "token_endpoint": "https://territoires-industrie.example/oauth/token",
    "jwks_uri": "https://territoires-industrie.example/.well-known/jwks.json",
    "grant_types_supported": ["client_credentials"],
    "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    "scopes_supported": ["contracts:read", "contracts:sign"],
    "response_types_supported": [],
    "subject_types_supported": ["public"],
    "id_token_signing_alg_values_supported": [ALGORITHM],
}
KEYS: Final = {
    "keys": [{"kty": "RSA", "use": "sig", "alg": ALGORITHM, "kid": "2026-03", "n": "c3ludGjDqXRpcXVl", "e": "AQAB"}]
}
_FORM: Final = {
    "type": "object",
    "required": ["grant_type"],
    "properties": {
        "grant_type": {"type": "string", "enum": ["client_credentials"]},
        "scope": {
            "type": "string",
            "pattern": SCOPES,
            "maxLength": 2000,
            "description": "Scopes, separated by spaces: the token gets those of them that the client has.",
        },
        "client_id": {
            "type": "string",
            "pattern": ANY_TEXT,
            "maxLength": 100,
            "description": "Without HTTP Basic authentication.",
        },
        "client_secret": {
            "type": "string",
            "pattern": ANY_TEXT,
            "maxLength": 200,
            "description": "Without HTTP Basic authentication.",
        },
    },
}


def _as_json(example: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"example": example}}}


@router.post(
    "/oauth/token",
    summary="Get a token",
    response_model=Token,
    responses={
        400: {
            "model": TokenRefusal,
            "description": "The form lacks something, or asks for nothing that the client may have.",
            **_as_json({"error": "invalid_request", "error_description": "Set grant_type to client_credentials."}),
        },
        401: {
            "model": TokenRefusal,
            "description": "No client has this id and secret.",
            **_as_json({"error": "invalid_client", "error_description": "No client has this id and secret."}),
        },
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/x-www-form-urlencoded": {"schema": _FORM, "example": ASKED}},
        }
    },
)
async def issue_token(request: Request, issuer: ThisIssuer) -> Response:
    """Issue a token (OAuth 2 client credentials). Send client id and secret by HTTP Basic or in the form."""
    try:
        form = await _form(request)
        client = issuer.client(*_credentials(request, form))
        scopes = _granted(client, form)
    except TokenRefused as refusal:
        return _refused(refusal)
    return _unstored(Token(access_token=issuer.token(client, scopes), scope=" ".join(sorted(scopes))))


@router.get(
    "/.well-known/openid-configuration",
    summary="The addresses of the issuer, for OpenID Connect",
    responses={200: _as_json(METADATA)},
)
async def openid_configuration(issuer: ThisIssuer) -> dict[str, Any]:
    """Return the issuer's endpoints (OpenID Connect Discovery)."""
    return issuer.metadata()


@router.get(
    "/.well-known/oauth-authorization-server",
    summary="The addresses of the issuer, for OAuth 2",
    responses={200: _as_json(METADATA)},
)
async def authorization_server(issuer: ThisIssuer) -> dict[str, Any]:
    """Return the issuer's endpoints (RFC 8414)."""
    return issuer.metadata()


@router.get("/.well-known/jwks.json", summary="The keys that verify tokens", responses={200: _as_json(KEYS)})
async def jwks(issuer: ThisIssuer, response: Response) -> dict[str, Any]:
    """Return the public keys that verify tokens (RFC 7517)."""
    response.headers["Cache-Control"] = "public, max-age=60"
    return issuer.keys.jwks()


async def _form(request: Request) -> dict[str, str]:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/x-www-form-urlencoded":
        raise TokenRefused("invalid_request", "Send a form: application/x-www-form-urlencoded.")
    if len(await request.body()) > FORM_AT_MOST:
        raise TokenRefused("invalid_request", f"Send a form of at most {FORM_AT_MOST:,} bytes.")
    fields = (await request.form()).multi_items()
    form = {name: value for name, value in fields if isinstance(value, str)}
    if len(form) < len(fields):
        raise TokenRefused("invalid_request", "Send each parameter once.")
    if form.get("grant_type") != "client_credentials":
        error: TokenError = "unsupported_grant_type" if form.get("grant_type") else "invalid_request"
        raise TokenRefused(error, "Set grant_type to client_credentials, the only one here.")
    return form


def _credentials(request: Request, form: dict[str, str]) -> tuple[str, str]:
    header = request.headers.get("authorization", "")
    is_basic = header.lower().startswith("basic")
    if is_basic and "client_secret" in form:
        raise TokenRefused("invalid_request", "Send the secret by HTTP Basic or in the form, not both.")
    # A token that is sent along, such as the former one, does not identify a client.
    if header and (is_basic or "client_secret" not in form):
        return _basic(header)
    return form.get("client_id", ""), form.get("client_secret", "")


def _basic(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        client_id = secret = ""
    if scheme.lower() != "basic" or not client_id:
        raise TokenRefused("invalid_client", "Send the client id and secret by HTTP Basic or in the form.", status=401)
    # Id and secret are form-encoded before they are joined (RFC 6749, 2.3.1).
    return unquote_plus(client_id), unquote_plus(secret)


def _granted(client: Client, form: dict[str, str]) -> frozenset[str]:
    asked = frozenset(form.get("scope", "").split()) or client.scopes
    # RFC 6749, 3.3: fewer than were asked for may be granted; the answer names them.
    if granted := asked & client.scopes:
        return granted
    raise TokenRefused("invalid_scope", f"{client.client_id} may ask for: {' '.join(sorted(client.scopes))}.")


def _unstored(body: BaseModel, status: int = 200) -> JSONResponse:
    return JSONResponse(body.model_dump(), status, {"Cache-Control": "no-store", "Pragma": "no-cache"})


def _refused(refusal: TokenRefused) -> JSONResponse:
    response = _unstored(TokenRefusal(error=refusal.error, error_description=str(refusal)), refusal.status)
    if refusal.status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="tokens"'
    return response
