"""The issuer's public keys, as verifiers find them: in this process, or at an address that may be away."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final, Protocol

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key

from shared.problem import Unavailable
from shared.settings import Settings
from shared.telemetry.log import log


class KeySource(Protocol):
    """Where the issuer's public keys are: in this process, or at an address."""

    async def find(self, kid: str) -> Key | None:
        """The key of that name, if the issuer publishes it."""


class RemoteKeys:
    """The keys of an issuer at an address: kept, renewed by age, and served on while the issuer is away.

    An unknown key is looked for at once, but only once in `jwks_pause` in vain: whoever invents names of keys makes no
    more fetches than that. So a new key is met in time if it signs at least that long after it was published; and if
    nobody has invented any of late, even one that signs at once.
    """

    RETRY: Final = 5
    """Seconds between two fetches while the issuer is away."""
    PATIENCE: Final = 10
    """Seconds for one fetch."""

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
        """When the last fetch began, the last that succeeded, and the last in which a key was looked for in vain."""
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, kid: str) -> Key | None:
        """The key of that name, if the issuer publishes it."""
        if kid not in self._keys:
            await self._look_for(kid)
        elif self._clock() - self._fetched >= self._fresh:
            self._fetch()
        if not self._keys:
            # Not the caller's fault: with 401 it would throw a good token away.
            raise Unavailable(
                "The issuer of tokens cannot be reached: try again in a moment.",
                headers={"Retry-After": str(self.RETRY)},
            )
        return self._keys.get(kid)

    async def _look_for(self, kid: str) -> None:
        asked = self._clock()
        while kid not in self._keys and self._fetched < asked and asked - self._missed >= self._pause:
            # A fetch that was under way may have read the keys before this one was published: then once more.
            if (fetching := self._fetch()) is None:
                return
            await asyncio.shield(fetching)
        if kid not in self._keys and self._fetched >= asked:
            self._missed = self._fetched

    def _fetch(self) -> asyncio.Task[None] | None:
        """The fetch under way, shared by all who wait for it; or a new one, unless the last has just failed."""
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
        except Exception as error:  # whatever an issuer answers, the keys we have go on serving
            log.warning("issuer_keys_not_fetched", issuer=self._issuer, error=repr(error))
        else:
            self._keys, self._fetched = keys, began

    async def _download(self) -> Any:
        return await self._get(self._jwks_url or await self._discover())

    async def _discover(self) -> str:
        document = await self._get(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        if document["issuer"] != self._issuer:
            raise ValueError(f"this address describes the issuer {document['issuer']}")
        return str(document["jwks_uri"])

    async def _get(self, url: str) -> Any:
        return (await self._http.get(url)).raise_for_status().json()

    async def close(self) -> None:
        """End the fetch under way, if any."""
        if self._fetching:
            self._fetching.cancel()
            await asyncio.wait([self._fetching])


def public_keys(jwks: Any) -> dict[str, Key]:
    """The keys of a JWKS that may verify tokens, by id. The others are left out; one bad key spoils no other."""
    keys: dict[str, Key] = {}
    for jwk in jwks["keys"]:
        if not _verifies(jwk):
            continue
        try:
            keys[jwk["kid"]] = JWKRegistry.import_key(jwk)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            log.warning("issuer_key_left_out", error=repr(error))
    if not keys:
        raise ValueError("the issuer publishes no key that may verify tokens")
    return keys


def _verifies(jwk: Any) -> bool:
    """A named key for signatures. Never a symmetric one; never RSA under 2048 bits (342 characters of base64)."""
    return (
        isinstance(jwk, dict)
        and isinstance(jwk.get("kid"), str)
        and jwk.get("use", "sig") == "sig"
        and (jwk.get("kty") == "EC" or (jwk.get("kty") == "RSA" and len(str(jwk.get("n"))) >= 342))
    )
