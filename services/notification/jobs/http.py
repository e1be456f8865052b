"""HTTP client for webhooks: protected against SSRF, with bounded response size and time.

The IP address of each connection is checked when its socket is made. A name may resolve to an internal address later
than the subscription was made, and aiohttp calls no resolver for a literal address. The client follows no redirect,
uses no proxy and keeps no cookie. It reads at most 4 kB of a response, and does not decompress it.
"""

import asyncio
import errno
import socket
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

import aiohttp
from aiohappyeyeballs import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from services.notification.rules.addresses import why_not
from services.notification.rules.retries import ReceiverResponse

RESPONSE_BYTES: Final = 4096
"""Bytes kept of a response body to help the owner; the rest is not read."""
READ_TIMEOUT: Final = 2.0
"""Seconds to read the body. The status alone decides, so a slow body is cut off."""
CONNECT_TIMEOUT: Final = 5.0
"""Seconds to connect."""
KEEPALIVE: Final = 4.0
"""Seconds for which an idle connection is kept: less than most servers, which would close it during a request."""
RESOLVER_THREADS: Final = 32
"""Threads for DNS lookups. They are separate, so that a slow name server does not block other work."""
HEADERS: Final = {"User-Agent": "territoires-industrie-webhooks", "Accept": "*/*", "Accept-Encoding": "identity"}


class AddressNotReached(OSError):
    """The address is not allowed for webhooks."""

    def __init__(self, reason: str) -> None:
        super().__init__(errno.EACCES, f"the address is {reason}: webhooks need one of the public internet")


class Sender:
    """Sends requests, within one `async with`. It returns every failure as a response; only cancellation is raised."""

    def __init__(
        self, *, timeout: float, loopback_allowed: bool = False, resolver: AbstractResolver | None = None
    ) -> None:
        self._timeout = timeout
        self._loopback_allowed = loopback_allowed
        self._resolver = resolver

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=self._resolver or Resolver(),
                socket_factory=self._socket,
                # The engine limits the requests in flight; a limit here would let a slow receiver block others.
                limit=0,
                keepalive_timeout=KEEPALIVE,
            ),
            timeout=aiohttp.ClientTimeout(total=self._timeout, sock_connect=CONNECT_TIMEOUT),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=HEADERS,
            auto_decompress=False,
            trust_env=False,
            read_bufsize=RESPONSE_BYTES,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    def _socket(self, target: AddrInfoType) -> socket.socket:
        """Create the socket of a connection, after a check of its address."""
        family, kind, protocol, _, address = target
        if reason := why_not(str(address[0]), loopback_allowed=self._loopback_allowed):
            raise AddressNotReached(reason)
        return socket.socket(family, kind, protocol)

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> ReceiverResponse:
        """Send one request, and return the response or the error."""
        started = time.perf_counter()
        try:
            async with self._session.request(
                method, URL(url, encoded=True), headers=headers, data=body, allow_redirects=False
            ) as response:
                ms = _ms_since(started)
                text = await _read_start(response)
                return ReceiverResponse(
                    status=response.status,
                    retry_after=response.headers.get("Retry-After"),
                    allowed_origin=response.headers.get("WebHook-Allowed-Origin"),
                    body=text,
                    ms=ms,
                )
        except TimeoutError:
            return ReceiverResponse(None, f"no response within {self._timeout:g} s", ms=_ms_since(started))
        except Exception as error:  # any violation of HTTP is a failure of the receiver
            return ReceiverResponse(None, _error_text(error), ms=_ms_since(started))


class Resolver(AbstractResolver):
    """The system's resolver, on separate threads."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(RESOLVER_THREADS, thread_name_prefix="names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a name. Each is checked when a connection is made."""
        found = await asyncio.get_running_loop().run_in_executor(self._threads, _look_up, host, port, family)
        return [
            ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=socket.AI_NUMERICHOST)
            for kind, address in found
        ]

    async def close(self) -> None:
        """Cancel the lookups, without waiting for their end."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _look_up(host: str, port: int, family: int) -> list[tuple[int, str]]:
    found = socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return [(kind, str(address[0])) for kind, _, _, _, address in found]


async def _read_start(response: aiohttp.ClientResponse) -> str | None:
    """Return the first 4 kB of the body; None if it is empty."""
    # Only a response read to its end leaves a connection that can be used again.
    if response.content.at_eof():
        return None
    read = bytearray()
    with suppress(TimeoutError, aiohttp.ClientError, OSError):
        async with asyncio.timeout(READ_TIMEOUT):
            while len(read) <= RESPONSE_BYTES and (chunk := await response.content.readany()):
                read += chunk
    if not response.content.at_eof():
        response.close()
    # PostgreSQL accepts no NUL character in a text.
    return read[:RESPONSE_BYTES].decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}") or None


def _ms_since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)


def _error_text(error: Exception) -> str:
    """Return the error text for the owner of the subscription."""
    cause = getattr(error, "os_error", None) or error
    # The library's message may contain the whole URL, which may contain a secret of its owner.
    text = getattr(cause, "strerror", None) or getattr(cause, "message", None) or type(cause).__name__
    return f"no connection: {text}"[:500] if isinstance(cause, OSError) else f"no response: {text}"[:500]
