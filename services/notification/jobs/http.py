"""The client that speaks to receivers, of whom nothing is trusted: neither where they are, nor what they answer.

Every connection is checked at the last moment, on the very address that it is made to: a name that was public when the
subscription was made may mean our own network by now. aiohttp asks no resolver about an address written as such, so the
check stands where the socket is made. No redirect, proxy or cookie; an answer is read to 4 kB, as it comes.
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

from services.notification.rules.addresses import why_not
from services.notification.rules.retries import Answer

RESPONSE_BYTES: Final = 4096
"""Bytes kept of a response body to help the owner; the rest is not read."""
READING: Final = 2.0
"""Seconds for that: the status has decided already."""
CONNECTING: Final = 5.0
IDLE: Final = 4.0
"""Seconds for which a connection is kept: less than most servers do, who would close it under our next request."""
RESOLVING: Final = 32
"""Names looked up at a time, on threads of their own: a name server that does not answer shall hold nobody else."""
HEADERS: Final = {"User-Agent": "territoires-industrie-webhooks", "Accept": "*/*", "Accept-Encoding": "identity"}


class AddressNotReached(OSError):
    """An address that no webhook goes to."""

    def __init__(self, reason: str) -> None:
        super().__init__(errno.EACCES, f"webhooks do not go there, the address is {reason}")


class Sender:
    """Sends, within one `async with`. It returns an answer whatever happens, and raises nothing but a cancellation."""

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
                # The engine bounds what is under way, and a slow receiver shall not fill the room of the others.
                limit=0,
                keepalive_timeout=IDLE,
            ),
            timeout=aiohttp.ClientTimeout(total=self._timeout, sock_connect=CONNECTING),
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
        """The one door through which every connection goes."""
        family, kind, protocol, _, address = target
        if reason := why_not(str(address[0]), loopback_allowed=self._loopback_allowed):
            raise AddressNotReached(reason)
        return socket.socket(family, kind, protocol)

    async def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """One request, and what became of it."""
        started = time.perf_counter()
        try:
            async with self._session.request(
                method, url, headers=headers, data=body, allow_redirects=False
            ) as response:
                ms = _ms_since(started)
                text = await _first_of(response)
                return Answer(
                    status=response.status,
                    retry_after=response.headers.get("Retry-After"),
                    allowed_origin=response.headers.get("WebHook-Allowed-Origin"),
                    body=text,
                    ms=ms,
                )
        except TimeoutError:
            return Answer(None, f"no answer within {self._timeout:g} s", ms=_ms_since(started))
        except Exception as error:  # whatever the other side makes of HTTP, it is its failure and not ours
            return Answer(None, _words(error), ms=_ms_since(started))


class Resolver(AbstractResolver):
    """The system's own, on threads of its own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(RESOLVING, thread_name_prefix="names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a name, to be checked one by one when they are connected to."""
        found = await asyncio.get_running_loop().run_in_executor(self._threads, _static_paths, host, port, family)
        return [
            ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=socket.AI_NUMERICHOST)
            for kind, address in found
        ]

    async def close(self) -> None:
        """Wait for nobody."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _static_paths(host: str, port: int, family: int) -> list[tuple[int, str]]:
    found = socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return [(kind, str(address[0])) for kind, _, _, _, address in found]


async def _first_of(response: aiohttp.ClientResponse) -> str | None:
    """The first of the body. Only an answer read to its end leaves a connection that can be used again."""
    if response.content.at_eof():
        return None
    read = bytearray()
    with suppress(TimeoutError, aiohttp.ClientError, OSError):
        async with asyncio.timeout(READING):
            while len(read) <= RESPONSE_BYTES and (chunk := await response.content.readany()):
                read += chunk
    if not response.content.at_eof():
        response.close()
    # PostgreSQL takes no NUL in a text.
    return read[:RESPONSE_BYTES].decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}") or None


def _ms_since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)


def _words(error: Exception) -> str:
    """Return the error text for the owner of the subscription."""
    cause = getattr(error, "os_error", None) or error
    # The library's own words may name the whole address, and with it what its owner keeps secret there.
    words = getattr(cause, "strerror", None) or getattr(cause, "message", None) or type(cause).__name__
    return f"no connection: {words}"[:500] if isinstance(cause, OSError) else f"no answer: {words}"[:500]
