"""Connections to receivers: to public addresses only, and reused as long as the receiver keeps them open.

The IP address of each connection is checked when its socket is made. A name may resolve to an internal address later
than the subscription was made, and aiohttp calls no resolver for a literal address.
"""

import asyncio
import errno
import functools
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import aiohttp
from aiohappyeyeballs import AddrInfoType
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import RawResponseMessage

from services.notification.rules.addresses import Networks, why_not

KEEPALIVE: Final = 4.0
"""Seconds for which an idle connection is kept: less than most servers, which would close it during a request."""
RESOLVER_THREADS: Final = 512
"""Maximum threads for DNS lookups, made when they are needed. They are separate from those of other work.

A name server that hangs keeps a thread for up to half a minute. One client may have 256 requests in flight, so with
fewer threads its names would hold up those of others.
"""
HEAD_END: Final = b"\r\n\r\n"
MAX_HEAD_LINES: Final = 256
"""Maximum lines of status and headers in a response, interim ones included."""


class NoPublicAddress(OSError):
    """The host has no address that webhooks may connect to."""

    def __init__(self) -> None:
        super().__init__(errno.EACCES, "no public address")


class ConnectionLost(aiohttp.ClientConnectionError):
    """The receiver closed or cut the connection before the head of its response was complete."""

    def __init__(self, *, was_stale: bool) -> None:
        super().__init__()
        self.was_stale = was_stale
        """The connection was a kept one, and not one byte of a response came."""


class PublicConnector(aiohttp.TCPConnector):
    """Connects to public addresses only, and to those that the settings allow."""

    def __init__(
        self, resolver: AbstractResolver, *, loopback_allowed: bool, networks: Networks = (), **more: Any
    ) -> None:
        self._loopback_allowed = loopback_allowed
        self._networks = networks
        super().__init__(
            resolver=resolver,
            socket_factory=self._socket,
            # The engine limits the requests in flight; a limit here would let a slow receiver block others.
            limit=0,
            **more,
        )
        connection: type[ResponseHandler] = WebhookConnection
        self._factory = functools.partial(connection, loop=self._loop)

    def _socket(self, target: AddrInfoType) -> socket.socket:
        """Create the socket of a connection, after a check of its address."""
        family, kind, protocol, _, address = target
        if not self.may_connect(str(address[0])):
            raise NoPublicAddress
        return socket.socket(family, kind, protocol)

    def may_connect(self, address: str) -> bool:
        """Return whether webhooks may connect to an IP address."""
        return not why_not(address, loopback_allowed=self._loopback_allowed, networks=self._networks)


class WebhookConnection(ResponseHandler):
    """A connection to a receiver. The head of a response is read apart from the bytes that follow it.

    Otherwise a 204 with a body would be a success or a failure depending on how its bytes are spread over packets.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._requests = 0
        self._lines = 0
        self._has_begun = False
        self._has_head = False

    def set_response_params(self, **params: Any) -> None:
        """Prepare for the response to the next request."""
        self._requests += 1
        self._lines, self._has_begun, self._has_head = 0, False, False
        super().set_response_params(**params)

    def feed_data(self, data: tuple[RawResponseMessage, aiohttp.StreamReader], size: int = 0) -> None:
        """Take a parsed head, of an interim or of the final response."""
        self._has_head = not 100 <= data[0].code < 200
        super().feed_data(data, size)

    def data_received(self, data: bytes) -> None:
        """Parse received bytes: a whole head at once if it begins here, otherwise line by line."""
        if self._has_head and (self._payload is None or self._payload.is_eof()):
            # Kept, they would be read as the answer to the next request.
            self.close()
            return
        separator = b"\n" if self._has_begun or HEAD_END not in data else HEAD_END
        self._has_begun = True
        while data and not self._has_head and self.exception() is None:
            line, found, data = data.partition(separator)
            self._lines += bool(found)
            if self._lines > MAX_HEAD_LINES:
                self._refuse()
            else:
                super().data_received(line + found)
            separator = b"\n"
        if data and self.exception() is None:
            super().data_received(data)

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        """End the response with an error; name the loss of a connection, which the client would repeat by itself."""
        if isinstance(exc, aiohttp.ClientOSError | aiohttp.ServerDisconnectedError):
            exc = ConnectionLost(was_stale=self._requests > 1 and not self._has_begun)
        super().set_exception(exc, *cause)

    def close(self) -> None:
        """Close the connection; cut it if the receiver has not taken the whole request, or it would stay open."""
        if self.transport and self.transport.get_write_buffer_size():
            self.abort()
        else:
            super().close()

    def _refuse(self) -> None:
        self.set_exception(aiohttp.http_exceptions.BadHttpMessage("too many lines"))
        if self.transport:
            self.transport.close()


class PublicAddresses(AbstractResolver):
    """A resolver that finds public addresses only.

    A name with internal addresses alone looks like a name that does not exist: the difference would tell owners of
    webhooks which internal names there are.
    """

    def __init__(self, names: AbstractResolver, *, loopback_allowed: bool, networks: Networks = ()) -> None:
        self._names = names
        self._loopback_allowed = loopback_allowed
        self._networks = networks

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the public addresses of a name; raise if there is none."""
        found = await self._names.resolve(host, port, family)
        public = [each for each in found if not self._why_not(each["host"])]
        if not public:
            raise NoPublicAddress
        return public

    def _why_not(self, address: str) -> str | None:
        return why_not(address, loopback_allowed=self._loopback_allowed, networks=self._networks)

    async def close(self) -> None:
        """Close the resolver inside."""
        await self._names.close()


class Resolver(AbstractResolver):
    """The system's resolver, on separate threads."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(RESOLVER_THREADS, thread_name_prefix="names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a name."""
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
