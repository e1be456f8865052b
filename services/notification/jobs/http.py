"""HTTP client for webhooks, with bounded response size and time.

The client follows no redirect, uses no proxy but that of the settings, and keeps no cookie. It reads at most 4 kB of a
response, and does not decompress it. `connections.py` protects it against SSRF.
"""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Self

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from services.notification.jobs.connections import (
    KEEPALIVE,
    ConnectionLost,
    PublicAddresses,
    PublicConnector,
    Resolver,
)
from services.notification.jobs.failures import CONNECT_TIMEOUT, NO_ADDRESS, NOT_HTTP, describe
from services.notification.jobs.proxies import Proxy, ProxyConnector
from services.notification.rules.addresses import Networks
from services.notification.rules.retries import ReceiverResponse, is_http

RESPONSE_BYTES: Final = 4096
"""Bytes kept of a response body to help the owner; the rest is not read."""
READ_TIMEOUT: Final = 2.0
"""Seconds to read the body. The status alone decides, so a slow body is cut off."""
HEADERS: Final = {"User-Agent": "territoires-industrie-webhooks", "Accept": "*/*", "Accept-Encoding": "identity"}


class Sender:
    """Sends requests, within one `async with`. It returns every failure as a response; only cancellation is raised."""

    def __init__(
        self,
        *,
        timeout: float,
        loopback_allowed: bool = False,
        networks: Networks = (),
        resolver: AbstractResolver | None = None,
        proxy: Proxy | None = None,
    ) -> None:
        self._timeout = timeout
        self._loopback_allowed = loopback_allowed
        self._networks = networks
        self._proxy = proxy
        self._resolver = PublicAddresses(resolver or Resolver(), loopback_allowed=loopback_allowed, networks=networks)

    async def __aenter__(self) -> Self:
        self._kept = self._session(keepalive_timeout=KEEPALIVE)
        self._fresh = self._session(force_close=True)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._kept.close()
        await self._fresh.close()
        await self._resolver.close()

    def _connector(self, **options: Any) -> PublicConnector:
        if self._proxy:
            return ProxyConnector(self._resolver, proxy=self._proxy, **options)
        return PublicConnector(self._resolver, **options)

    def _session(self, **connections: float) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=self._connector(loopback_allowed=self._loopback_allowed, networks=self._networks, **connections),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=HEADERS,
            auto_decompress=False,
            trust_env=False,
            read_bufsize=RESPONSE_BYTES,
        )

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> ReceiverResponse:
        """Send one request, and return the response or the error."""
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._request(method, url, headers, body)
            ms = _ms_since(started)
            async with response:
                return await _read(response, ms)
        except Exception as error:  # any violation of HTTP is a failure of the receiver
            text = describe(error, timeout=self._timeout)
            # The duration of a lookup would show which internal names there are.
            return ReceiverResponse(None, text, ms=0 if text == NO_ADDRESS else _ms_since(started))

    async def _request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> aiohttp.ClientResponse:
        """Send a request; once more, on a new connection, if a kept one turns out to be closed."""
        # Byte for byte as registered.
        target = URL(url, encoded=True)
        try:
            return await self._kept.request(method, target, headers=headers, data=body, allow_redirects=False)
        except ConnectionLost as lost:
            if not lost.was_stale:
                raise
        return await self._fresh.request(method, target, headers=headers, data=body, allow_redirects=False)


async def _read(response: aiohttp.ClientResponse, ms: int) -> ReceiverResponse:
    version = response.version or aiohttp.HttpVersion(0, 0)
    if not is_http(version, response.status):
        return ReceiverResponse(None, NOT_HTTP, ms=ms)
    return ReceiverResponse(
        status=response.status,
        retry_after=response.headers.get("Retry-After"),
        allowed_origin=response.headers.get("WebHook-Allowed-Origin"),
        body=await _read_start(response),
        ms=ms,
    )


async def _read_start(response: aiohttp.ClientResponse) -> str | None:
    """Return the first 4 kB of the body; None if it is empty."""
    # Only a response read to its end leaves a connection that can be used again.
    if response.content.at_eof():
        return None
    read = bytearray()
    # The status has decided: whatever is wrong with the body is not judged.
    with suppress(Exception):
        async with asyncio.timeout(READ_TIMEOUT):
            while len(read) <= RESPONSE_BYTES and (chunk := await response.content.readany()):
                read += chunk
    if not response.content.at_eof():
        response.close()
    # PostgreSQL accepts no NUL character in a text.
    return read[:RESPONSE_BYTES].decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}") or None


def _ms_since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)
