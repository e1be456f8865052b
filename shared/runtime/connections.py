"""The connections of clients to this process, and their limits: silent or slow clients cannot use up its file handles.

A connection waits, until the headers of a request are whole, or works. At the limit a new connection takes the place of
the one that waits longest. If none waits, its request is answered 503.
"""

import asyncio
import resource
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

from shared.http.gateway_errors import ANSWERS, MalformedRequest
from shared.ids import uuid7
from shared.problem import MEDIA_TYPE, Refusal, RequestTooSlow, instance_of
from shared.security.request_state import KEY, RequestState
from shared.settings import Settings

IDLE_SECONDS: Final = 5
"""Time for which a connection stays open between two requests."""
STALLED_SECONDS: Final = 30
"""Time for a client to take what was sent before. A large answer, or the end of one, waits for it."""


@dataclass
class Connections:
    """The limits of a process, and the connections that wait."""

    at_most: int
    head_seconds: float
    stalled_seconds: float = STALLED_SECONDS
    waiting: dict["ClientConnection", None] = field(default_factory=dict)
    """In the order in which they began to wait."""

    def make_room(self, for_: "ClientConnection", opened: int) -> bool:
        """Close the connection that waits longest if there are too many. Return False if none waits."""
        if opened <= self.at_most:
            return True
        oldest = next((each for each in self.waiting if each is not for_), None)
        if oldest is None:
            return False
        oldest.leave()
        return True


def connections_of(settings: Settings) -> Connections:
    """Return the limits that the settings ask for; half of the file handles are left to databases and the broker."""
    handles, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    at_most = settings.max_connections
    if handles != resource.RLIM_INFINITY:
        at_most = min(at_most, handles // 2)
    return Connections(at_most, settings.max_header_seconds)


class ServerConfig(uvicorn.Config):
    """Configuration of the HTTP server, with its parser and its event loop."""

    def __init__(self, app: FastAPI, connections: Connections, **options: Any) -> None:
        # Java's HTTP client asks to upgrade to HTTP/2 with its first request. With `auto`, a package that happens to be
        # installed would decide if the body of this request arrives.
        parsers: dict[str, Any] = {"http": ClientConnection, "loop": "uvloop", "ws": "none"}
        # As many may be accepted at once before the first of them is looked at.
        backlog = min(2048, connections.at_most // 4 + 1)
        super().__init__(app, **parsers, timeout_keep_alive=IDLE_SECONDS, backlog=backlog, **options)
        self.connections = connections


class ClientConnection(H11Protocol):
    """One connection of a client: uvicorn's, with limits, and with problem documents for what is no request."""

    config: ServerConfig

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._limits = self.config.connections
        self._late: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        # Also the last bytes of an answer shall leave in time.
        transport.set_write_buffer_limits(high=0)
        self._wait_for_head()
        if not self._limits.make_room(self, len(self.connections)):
            self.app_state = {**self.app_state, KEY: RequestState(is_surplus=True)}

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the place back."""
        self._end_waiting()
        self._end_stall()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on. The time limit of headers begins with the connection, or with their first byte on a used one."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._end_waiting()
        elif self._late is None and not self.transport.is_closing():
            self._wait_for_head()

    def on_response_complete(self) -> None:
        """Wait for the next request; until its first byte the connection is idle, which uvicorn limits."""
        super().on_response_complete()
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self._limits.waiting[self] = None

    def pause_writing(self) -> None:
        """Give a client that takes no more of its answer a last time limit."""
        super().pause_writing()
        self._stalled = self.loop.call_later(self._limits.stalled_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on: the client has taken what was sent."""
        super().resume_writing()
        self._end_stall()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no request of HTTP with a problem document."""
        self._refuse(MalformedRequest)

    def leave(self) -> None:
        """Close a connection that waits: with 408 if a part of a request has come."""
        self._end_waiting()
        if self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            self._refuse(RequestTooSlow)
        self.transport.close()

    def _unsupported_upgrade_warning(self) -> None:
        """Ignore a request to upgrade, as every server may (RFC 9110, 7.8); uvicorn would log each."""

    def _refuse(self, refusal: type[Refusal]) -> None:
        """Send the refusal, unless an answer has begun already; then close."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE) and not self.transport.is_closing():
            for event in _answer(refusal):
                self.transport.write(self.conn.send(event) or b"")
        if self.cycle is not None:
            self.cycle.disconnected = True
        self.transport.close()

    def _wait_for_head(self) -> None:
        self._limits.waiting.setdefault(self, None)
        self._late = self.loop.call_later(self._limits.head_seconds, self.leave)

    def _end_waiting(self) -> None:
        self._limits.waiting.pop(self, None)
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _end_stall(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None


def _answer(refusal: type[Refusal]) -> tuple[h11.Response, h11.Data, h11.EndOfMessage]:
    """Return the answer of a refusal that no application has seen."""
    request_id = str(uuid7())
    document = refusal(ANSWERS[refusal]).problem(instance=instance_of(request_id))
    content = document.model_dump_json(exclude_none=True).encode()
    headers = {"Content-Type": MEDIA_TYPE, "Content-Length": str(len(content)), "X-Request-Id": request_id}
    response = h11.Response(
        status_code=refusal.status,
        reason=HTTPStatus(refusal.status).phrase,
        headers=[*headers.items(), ("Connection", "close")],
    )
    return response, h11.Data(data=content), h11.EndOfMessage()
