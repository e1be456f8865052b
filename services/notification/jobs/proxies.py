"""Connections to receivers through the HTTP proxy of the platform's network, by `CONNECT`.

The proxy gets the address that was checked, so it has no name to look up, and TLS ends at the receiver. Receivers
without TLS are connected to in the same way: a status of the proxy is never taken for one of the receiver.
"""

import asyncio
import base64
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, Self
from urllib.parse import unquote, urlsplit

import aiohappyeyeballs
import aiohttp
from aiohappyeyeballs import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler

from services.notification.jobs.connections import HEAD_END, NoPublicAddress, PublicConnector
from services.notification.rules.addresses import is_name
from shared.settings import Settings

HEAD_BYTES: Final = 8192
"""Maximum size of the head of the proxy's answer."""
STATUS: Final = re.compile(rb"HTTP/1\.[01] ([2-5]\d\d)(?:[ \r]|$)")
NOT_HTTP: Final = "no connection: the proxy of the platform does not speak HTTP/1"
CLOSED: Final = "no connection: the proxy of the platform closed the connection"
REFUSED: Final = "no connection: the proxy of the platform answered with status {}"
LATE: Final = "no connection within {:g} s through the proxy of the platform"
UNREACHABLE: Final = "no connection to the proxy of the platform"


class ProxyFailed(aiohttp.ClientConnectionError):
    """The proxy opened no connection. `reason` is in our own words; the cause may be an error of the system."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ProxyRefused(ProxyFailed):
    """The proxy answered, and opened no connection."""


@dataclass(frozen=True)
class Proxy:
    """An HTTP proxy."""

    host: str
    port: int
    authorization: str = field(default="", repr=False)
    """Value of `Proxy-Authorization`; empty without a user."""
    looks_up: bool = False
    """The proxy looks up the names of receivers, and no address of them is checked."""

    @classmethod
    def of(cls, url: str, *, looks_up: bool = False) -> Self:
        """Return the proxy at an address, which may hold a user and a password."""
        parts = urlsplit(url)
        authorization = ""
        if parts.username is not None:
            user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            authorization = f"Basic {base64.b64encode(user.encode()).decode()}"
        return cls(parts.hostname or "", parts.port or 0, authorization, looks_up)

    async def open(self, targets: Sequence[tuple[str, int]], *, within: float) -> socket.socket:
        """Return a connection to the first of these hosts and ports that the proxy opens one to."""
        clock = asyncio.get_running_loop().time
        end = clock() + within
        try:
            async with asyncio.timeout(within):
                for index, (host, port) in enumerate(targets[:-1]):
                    try:
                        # A proxy may wait long for an address that it cannot reach, such as one of IPv6.
                        async with asyncio.timeout((end - clock()) / (len(targets) - index)):
                            return await self._open(host, port)
                    except (ProxyRefused, TimeoutError):
                        continue
                return await self._open(*targets[-1])
        except TimeoutError as late:
            raise ProxyFailed(LATE.format(within)) from late
        except OSError as error:
            raise ProxyFailed(UNREACHABLE) from error

    async def _open(self, host: str, port: int) -> socket.socket:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        connection = await aiohappyeyeballs.start_connection(found, loop=loop)
        try:
            await loop.sock_sendall(connection, self._request(host, port))
            await _read_success(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _request(self, host: str, port: int) -> bytes:
        target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
        if self.authorization:
            lines.append(f"Proxy-Authorization: {self.authorization}")
        return "\r\n".join([*lines, "", ""]).encode()


def proxy_of(settings: Settings) -> Proxy | None:
    """Return the proxy of the settings; None if there is none."""
    url = settings.webhook_proxy.get_secret_value()
    return Proxy.of(url, looks_up=settings.dangerous_proxy_lookup) if url else None


class ProxyConnector(PublicConnector):
    """Connects through a proxy to what the settings allow."""

    def __init__(self, resolver: AbstractResolver, *, proxy: Proxy, **more: Any) -> None:
        super().__init__(NamesAsTheyAre() if proxy.looks_up else resolver, **more)
        self._proxy = proxy

    # The one place in which the client makes a socket; TLS to the receiver begins on it, as on a direct one.
    async def _wrap_create_connection(
        self,
        *protocol: Any,
        addr_infos: Sequence[AddrInfoType],
        req: aiohttp.ClientRequest,
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - the client's name
        **more: Any,
    ) -> tuple[asyncio.Transport, ResponseHandler]:
        targets = [(str(address[0]), int(address[1])) for *_, address in addr_infos]
        allowed = [each for each in targets if self._allows(each[0])]
        if not allowed:
            raise aiohttp.ClientConnectorError(req.connection_key, NoPublicAddress())
        connection = await self._proxy.open(allowed, within=timeout.sock_connect or 0)
        return await self._wrap_existing_connection(*protocol, req=req, timeout=timeout, sock=connection, **more)

    def _allows(self, host: str) -> bool:
        return (self._proxy.looks_up and is_name(host)) or self.may_connect(host)


class NamesAsTheyAre(AbstractResolver):
    """A resolver that gives each name as its own address: the proxy looks it up."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the name."""
        return [ResolveResult(hostname=host, host=host, port=port, family=family, proto=0, flags=0)]

    async def close(self) -> None:
        """Nothing is open."""


async def _read_success(connection: socket.socket) -> None:
    """Read the head of the proxy's answer; raise if it is no success."""
    received = bytearray()
    while HEAD_END not in received:
        if len(received) > HEAD_BYTES:
            raise ProxyFailed(NOT_HTTP)
        if not (more := await asyncio.get_running_loop().sock_recv(connection, HEAD_BYTES)):
            raise ProxyFailed(CLOSED)
        received += more
    head, _, rest = received.partition(HEAD_END)
    found = STATUS.match(head)
    if found is None:
        raise ProxyFailed(NOT_HTTP)
    if (status := int(found[1])) >= HTTPStatus.MULTIPLE_CHOICES:
        raise ProxyRefused(REFUSED.format(status))
    # The receiver says nothing before the platform does.
    if rest:
        raise ProxyFailed(NOT_HTTP)
