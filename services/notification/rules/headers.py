"""Fixed headers of a receiver's own, such as an API key. They cannot change the meaning of a request."""

from collections.abc import Mapping
from typing import Final

from services.notification.errors import HeaderRefused
from shared.problem import FieldError

MAX_HEADERS: Final = 10
MAX_NAME: Final = 64
MAX_VALUE: Final = 1000
"""Maximum number of headers, and lengths of a name and a value, in characters."""
MAX_TOTAL: Final = 4096
"""Maximum length of all names and values together: many servers take 8 kB of headers."""

RESERVED: Final = frozenset(
    {
        # Framing and connections (RFC 9110, RFC 9112): they would change where a request ends, or who reads it.
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "expect",
        "host",
        "http2-settings",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        # Set by the platform.
        "accept",
        "accept-encoding",
        "baggage",
        "date",
        "traceparent",
        "tracestate",
        "user-agent",
        # They would let a request pass for one of another sender or method.
        "forwarded",
        "via",
        "x-http-method",
        "x-http-method-override",
        "x-method-override",
        "x-real-ip",
    }
)
RESERVED_PREFIXES: Final = ("ce-", "proxy-", "webhook-", "x-forwarded-")


def require_allowed(headers: Mapping[str, str]) -> None:
    """Refuse headers that belong to the platform or to the connection, that come twice, or are too long together."""
    seen: set[str] = set()
    for name in headers:
        lowered = name.lower()
        if lowered in RESERVED or lowered.startswith(RESERVED_PREFIXES):
            raise _refused(name, "belongs to the platform or to the connection: take it out")
        if lowered in seen:
            raise _refused(name, "comes twice, in other letters: keep one")
        seen.add(lowered)
    if (length := sum(len(name) + len(value) for name, value in headers.items())) > MAX_TOTAL:
        detail = f"have {length} characters together, and at most {MAX_TOTAL} are sent: shorten them"
        raise HeaderRefused(f"The headers {detail}.", errors=[FieldError(pointer="/headers", detail=detail)])


def _refused(name: str, detail: str) -> HeaderRefused:
    pointer = f"/headers/{name.replace('~', '~0')}"
    return HeaderRefused(f"The header `{name}` {detail}.", errors=[FieldError(pointer=pointer, detail=detail)])
