"""Verify JWT access tokens (RFC 9068): return a `Caller`, or refuse with 401."""

import ssl
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any, Final

import httpx
from joserfc import jws
from joserfc.errors import ClaimError, ExpiredTokenError, JoseError, MissingClaimError
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry
from joserfc.jwt import Claims, JWTClaimsRegistry
from joserfc.util import json_b64decode

from shared.clock import now
from shared.events.codes import is_siren
from shared.security.access import Caller
from shared.security.dependencies import challenge, claims_of
from shared.security.keys import KeySource, RemoteKeys
from shared.security.roles import Role
from shared.settings import Settings

ALGORITHMS: Final = ("RS256", "ES256")
TYPES: Final = ("at+jwt", "application/at+jwt")
LONGEST: Final = 8192
LEEWAY: Final = 30
"""Allowed clock difference, in seconds."""
REMEMBERED: Final = 1024
"""Verified tokens kept in memory, about 5 kB each. A client sends the same token for an hour."""

_JWS: Final = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
# Some issuers add their certificates to the header; the length of the token is bounded anyway.
_JWS.max_header_length = LONGEST

_MALFORMED: Final = "This is not a signed access token: send the `access_token` that the token address gave you, whole."


@dataclass(frozen=True, slots=True)
class _Known:
    """A verified token: key, expiry, caller."""

    kid: str
    key: Key
    until: float
    caller: Caller


class Verifier:
    """Accept access tokens for our audience, signed by an asymmetric key of the issuer."""

    def __init__(self, settings: Settings, keys: KeySource) -> None:
        self._settings = settings
        self._keys = keys
        self._types = (*TYPES, "jwt") if settings.dangerous_untyped_tokens else TYPES
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._rules = JWTClaimsRegistry(
            now=_seconds,
            leeway=LEEWAY,
            iss={"essential": True, "value": settings.issuer},
            aud={"essential": True, "value": settings.audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    async def verify(self, token: str) -> Caller:
        """Return the caller of a valid token; refuse any other with 401."""
        if len(token) > LONGEST:
            raise challenge(f"This token is longer than {LONGEST} characters: ask for one with fewer claims.")
        if not token.isascii():
            raise challenge(_MALFORMED)
        digest = sha256(token.encode()).digest()
        if (known := await self._recall(digest)) is None:
            known = await self._examine(token)
            self._known[digest] = known
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        return known.caller

    async def _recall(self, digest: bytes) -> _Known | None:
        if (known := self._known.get(digest)) is None:
            return None
        self._known.move_to_end(digest)
        # Look the key up again: a token is refused once its key is withdrawn.
        if known.until > _seconds() and await self._keys.find(known.kid) is known.key:
            return known
        self._known.pop(digest, None)
        return None

    async def _examine(self, token: str) -> _Known:
        header, _, rest = token.partition(".")
        kid = self._kid(_read(header))
        claims = _read(rest.partition(".")[0])
        # Check claims first: a token for another audience must not use up the refetches that `RemoteKeys` allows.
        self._check(claims)
        key = await self._keys.find(kid)
        if key is None:
            raise challenge(
                f"The key that signed this token is not one of {self._settings.issuer}: ask it for a new token."
            )
        try:
            jws.deserialize_compact(token, key, registry=_JWS)
        except (JoseError, ValueError, RecursionError) as error:
            raise challenge(
                "The signature of this token does not hold: ask for a new one and send it unchanged."
            ) from error
        return _Known(kid, key, claims["exp"] + LEEWAY, self._caller(claims))

    def _kid(self, header: dict[str, Any]) -> str:
        """Check the header and return the id of its key."""
        if header.get("alg") not in ALGORITHMS:
            raise challenge(f"Tokens are signed with {' or '.join(ALGORITHMS)} here: ask the issuer for such a one.")
        if str(header.get("typ")).lower() not in self._types:
            raise challenge("This is not an access token: its type must be at+jwt (RFC 9068).")
        # Critical header extensions (RFC 7515, 4.1.11): none is supported.
        if "crit" in header or "b64" in header:
            raise challenge("The header of this token asks for extensions that are not understood here.")
        if not isinstance(kid := header.get("kid"), str):
            raise challenge("This token does not name the key that signed it (kid): ask the issuer to state it.")
        return kid

    def _check(self, claims: Claims) -> None:
        try:
            self._rules.validate(claims)
        except ExpiredTokenError as error:
            raise challenge("This token has expired: ask the token address for a new one.") from error
        except MissingClaimError as error:
            raise challenge(f"This token lacks {error.claim}: ask the issuer to state it.") from error
        except ClaimError as error:
            raise challenge(self._remedy(error.claim)) from error

    def _remedy(self, claim: str) -> str:
        match claim:
            case "iss":
                return f"This token comes from another issuer: ask {self._settings.issuer} for one."
            case "aud":
                return f"This token is meant for others: ask for one whose audience is {self._settings.audience}."
            case "nbf" | "iat":
                return "This token is not valid yet: wait, or have the clock of its issuer set."
            case _:
                return f"The claim {claim} of this token cannot be read: ask the issuer to correct it."

    def _caller(self, claims: Claims) -> Caller:
        settings = self._settings
        client_id = claims.get("client_id", claims.get("azp"))
        if not isinstance(client_id, str) or not client_id:
            raise challenge("This token lacks client_id: ask the issuer to state it.")
        return Caller(
            client_id=client_id,
            sub=claims["sub"],
            scopes=_words(claims, settings.claim_scope) or frozenset(),
            role=_role(claims.get(settings.claim_role), settings.claim_role),
            org=_org(claims.get(settings.claim_org), settings.claim_org),
            territories=_words(claims, settings.claim_territories),
            regions=_words(claims, settings.claim_regions),
            # The rules have checked that it is a number, if it is there.
            issued_at=int(claims["iat"]) if "iat" in claims else None,
        )


def _seconds() -> int:
    return int(now().timestamp())


def _read(part: str) -> dict[str, Any]:
    """Decode the header or the claims of a token, unverified."""
    try:
        found = json_b64decode(part.encode())
    except (ValueError, RecursionError) as error:
        raise challenge(_MALFORMED) from error
    if not isinstance(found, dict):
        raise challenge(_MALFORMED)
    return found


def _words(claims: Claims, name: str) -> frozenset[str] | None:
    value = claims.get(name)
    if isinstance(value, str | None) or (isinstance(value, list) and all(isinstance(word, str) for word in value)):
        return claims_of(value)
    raise challenge(
        f"The claim {name} of this token is neither a text nor a list of texts: ask the issuer to correct it."
    )


def _role(value: Any, claim: str) -> Role:
    try:
        return Role.PARTNER if value is None else Role(value)
    except ValueError as error:
        raise challenge(f"The claim {claim} of this token is not a role; the roles are {', '.join(Role)}.") from error


def _org(value: Any, claim: str) -> str | None:
    if value is None:
        return None
    if isinstance(value, str) and is_siren(siren := _siren(value)):
        return siren
    raise challenge(f"The claim {claim} of this token is neither a SIREN nor a SIRET: nine digits, or fourteen.")


def _siren(code: str) -> str:
    """Return the SIREN of a SIRET: ProConnect and other issuers name the establishment."""
    return code[:9] if len(code) == 14 and code.isdigit() else code


@cache
def _authorities() -> ssl.SSLContext:
    """Load the certificate authorities once: it is slow."""
    return httpx.create_ssl_context()


@asynccontextmanager
async def verifier(settings: Settings, keys: KeySource | None = None) -> AsyncIterator[Verifier]:
    """Create the verifier: with the given keys, or those at the issuer's address."""
    if keys:
        yield Verifier(settings, keys)
        return
    async with httpx.AsyncClient(timeout=5, verify=_authorities()) as http:
        remote = RemoteKeys(http, settings)
        try:
            yield Verifier(settings, remote)
        finally:
            await remote.close()
