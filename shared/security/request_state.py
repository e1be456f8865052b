"""The values that belong to one HTTP request, typed. Nothing else reads or writes `request.state`.

The module stands in `security`, the lowest package that knows a `Caller`. It knows no database: a transaction
registers the work that it still has to do as `before_commit`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import Scope

from shared.app_state import AppKey
from shared.security.access import Caller

KEY: Final = "request_state"


@dataclass
class RequestState:
    """The values that belong to one request."""

    request_id: str | None = None
    caller: Caller | None = None
    """The verified caller; None without a token."""
    etag: str | None = None
    """ETag of the recorded object that the endpoint returned."""
    etag_covers_response: bool = True
    """False if the response shows other resources too: see `Recorded.embeds_other_resources`."""
    is_surplus: bool = False
    """True if the connection of the request is one too many for this process."""
    file_sha256: str | None = None
    """SHA-256 of a body that was received as a file: it is not kept in memory to be read again."""
    before_commit: Callable[[Response], Awaitable[None]] | None = None
    """Called with the response, inside the transaction of a request that writes."""


class TokenVerifier(Protocol):
    """Turns access tokens into callers."""

    async def verify(self, token: str) -> Caller:
        """Return the caller of a token, or refuse it with 401."""


VERIFIER: Final = AppKey[TokenVerifier]("verifier")


def state_of(request: HTTPConnection) -> RequestState:
    """Return the state of a request."""
    return state_in(request.scope)


def state_in(scope: Scope) -> RequestState:
    """Return the state of the request with this ASGI scope; the first call creates it."""
    values = scope.setdefault("state", {})
    state: RequestState | None = values.get(KEY)
    if state is None:
        values[KEY] = state = RequestState()
    return state
