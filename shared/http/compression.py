"""Compress responses over 1 kB for those who accept it.

A response with a strong ETag is sent as it is: its ETag names exact bytes, and a client sends it back as `If-Match`. So
is one that must not be stored: what holds a secret is not compressed together with what a caller has sent.
"""

from typing import Final

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipResponder, IdentityResponder
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http.accept import accepts_coding

MINIMUM: Final = 1_024
"""Size from which a response is compressed, in bytes."""
LEVEL: Final = 4
"""Level of compression: four times as quick as 9, and a tenth larger."""


class Compression:
    """Compresses responses by gzip. HEAD gets the headers of GET: it stands inside the layer that answers HEAD."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, and compress its response if the client accepts it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif accepts_coding(Headers(scope=scope).get("accept-encoding", ""), "gzip"):
            await _Compressing(self._app, MINIMUM, LEVEL)(scope, receive, send)
        else:
            # It says that the response would vary.
            await IdentityResponder(self._app, MINIMUM)(scope, receive, send)


class _Compressing(GZipResponder):
    _stays = False

    async def send_with_compression(self, message: Message) -> None:
        """Compress what may be compressed."""
        if message["type"] == "http.response.start":
            headers = Headers(raw=message["headers"])
            is_strong = not headers.get("etag", "W/").startswith("W/")
            self._stays = is_strong or "no-store" in headers.get("cache-control", "")
        if self._stays:
            await self.send(message)
        else:
            await super().send_with_compression(message)
