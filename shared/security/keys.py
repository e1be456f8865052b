"""Find the issuer's public keys, in this process or at an address."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final, Protocol

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from shared.problem import Unavailable
from shared.settings import Settings
from shared.telemetry.error_names import error_name, without_secrets
from shared.telemetry.log import log


class IssuerMismatch(ValueError):
    """The document at the issuer's address describes another issuer."""


class NoUsableKey(ValueError):
    """The issuer publishes no key that may verify tokens."""


class KeySource(Protocol):
    """Source of the issuer's public keys."""

    async def find(self, kid: str) -> Key | None:
        """Return the key with this id; None if the issuer does not publish it."""


class RemoteKeys:
    """Cache of an issuer's keys: refetched by age, and still used while the issuer is unreachable.

    An unknown key id triggers a refetch, at most one per `jwks_pause` seconds that finds nothing: invented key ids
    cause no more fetches than that. A new key is therefore found in time if it signs at least `jwks_pause` seconds
    after its publication.
    """

    RETRY: Final = 5
    """Seconds between two fetches while the issuer is unreachable."""
    PATIENCE: Final = 10
    """Timeout of one fetch, in seconds."""

    def __init__(
        self, http: httpx.AsyncClient, settings: Settings, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._http = http
        self._issuer = settings.issuer
        self._jwks_url = settings.jwks_url
        self._fresh = settings.jwks_fresh
        self._pause = settings.jwks_pause
        self._clock = clock
        self._keys: dict[str, Key] = {}
        self._tried = self._fetched = self._missed = float("-inf")
        """Times of the last fetch, the last successful one, and the last one that did not find its key."""
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, kid: str) -> Key | None:
        """Return the key with this id; None if the issuer does not publish it."""
        if kid not in self._keys:
            await self._look_for(kid)
        elif self._clock() - self._fetched >= self._fresh:
            self._fetch()
        if not self._keys:
            # 503, not 401: a client would discard a good token.
            raise Unavailable(
                "The issuer of tokens cannot be reached: try again in a moment.",
                headers={"Retry-After": str(self.RETRY)},
            )
        return self._keys.get(kid)

    async def _look_for(self, kid: str) -> None:
        asked = self._clock()
        while kid not in self._keys and self._fetched < asked and asked - self._missed >= self._pause:
            # A fetch in progress may have read the keys before this one was published: fetch once more.
            if (fetching := self._fetch()) is None:
                return
            await asyncio.shield(fetching)
        if kid not in self._keys and self._fetched >= asked:
            self._missed = self._fetched

    def _fetch(self) -> asyncio.Task[None] | None:
        """Return the fetch in progress, or start one unless the last has just failed."""
        if self._fetching is not None and not self._fetching.done():
            return self._fetching
        if self._tried > self._fetched and self._clock() - self._tried < self.RETRY:
            return None
        self._tried = self._clock()
        self._fetching = asyncio.create_task(self._refresh(self._tried))
        return self._fetching

    async def _refresh(self, began: float) -> None:
        try:
            async with asyncio.timeout(self.PATIENCE):
                keys = public_keys(await self._download())
        except Exception as error:  # keep the known keys, whatever the issuer answers
            log.warning("issuer_keys_not_fetched", issuer=without_secrets(self._issuer), error=error_name(error))
        else:
            self._keys, self._fetched = keys, began

    async def _download(self) -> Any:
        return await self._get(self._jwks_url or await self._discover())

    async def _discover(self) -> str:
        document = await self._get(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        if document["issuer"] != self._issuer:
            raise IssuerMismatch
        return str(document["jwks_uri"])

    async def _get(self, url: str) -> Any:
        return (await self._http.get(url)).raise_for_status().json()

    async def close(self) -> None:
        """Cancel the fetch in progress."""
        if self._fetching:
            self._fetching.cancel()
            await asyncio.wait([self._fetching])


def public_keys(jwks: Any) -> dict[str, Key]:
    """Return the usable keys of a JWKS, by id. An unusable key does not affect the others."""
    keys: dict[str, Key] = {}
    for jwk in jwks["keys"]:
        if not _verifies(jwk):
            continue
        try:
            keys[jwk["kid"]] = JWKRegistry.import_key(jwk)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            log.warning("issuer_key_left_out", error=error_name(error))
    if not keys:
        raise NoUsableKey
    return keys


def _verifies(jwk: Any) -> bool:
    """True for a signature key with an id: asymmetric, RSA from 2048 bits (342 characters of base64)."""
    return (
        isinstance(jwk, dict)
        and isinstance(jwk.get("kid"), str)
        and jwk.get("use", "sig") == "sig"
        and (jwk.get("kty") == "EC" or (jwk.get("kty") == "RSA" and len(str(jwk.get("n"))) >= 342))
    )
