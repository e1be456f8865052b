"""Errors that the gateway returns before a service has seen the request.

They are refusals with their own pages. `python -m services gateway` generates the gateway's error documents from them.
"""

from typing import Final

from shared.problem import BodyTooLarge, InternalError, MethodNotAllowed, NotFound, Refusal, RequestTooSlow, Unavailable


class MalformedRequest(Refusal):
    """This is not a request of HTTP, or its address and headers together are longer than 15 kB."""

    status = 400


class LengthRequired(Refusal):
    """A body that is sent in chunks may have 8 kB here; a larger one says how long it is (`Content-Length`)."""

    status = 411


class TooManyRequests(Refusal):
    """More requests than this client may send in a minute. `Retry-After` says when the next minute begins.

    Each answer tells in `RateLimit-Policy` how many a client may send, and in `RateLimit` how many of them are left
    and for how many seconds: who reads them is never refused. A token's requests are counted apart from those of
    others at the same address.
    """

    status = 429


class BadGateway(Refusal):
    """The service ended before it answered. What had an `Idempotency-Key` may be sent again, with the same key."""

    status = 502


class ServiceAway(Unavailable):
    """No process of the service can be reached at the moment. `Retry-After` says when to try again."""


class GatewayTimeout(Refusal):
    """The service did not answer within 30 seconds; what it was asked for may still take effect."""

    status = 504


_SEEN: Final = (
    "Read the object to see whether your request took effect; if it had an `Idempotency-Key`, send it again with that."
)
ANSWERS: Final[dict[type[Refusal], str]] = {
    MalformedRequest: "Send a well-formed request, with an address and headers of at most 15 kB.",
    NotFound: "There is nothing at this address: the documentation at /docs lists what there is.",
    MethodNotAllowed: "Use one of the methods in `Allow`.",
    RequestTooSlow: "Send the request again, faster.",
    LengthRequired: "Send the length of this body as `Content-Length`.",
    BodyTooLarge: "Send at most 1 MiB (1,048,576 bytes) at once, or 20 MiB (20,971,520 bytes) as a paper copy.",
    TooManyRequests: "Wait for the seconds that `Retry-After` says; `RateLimit` tells on each answer what is left.",
    InternalError: "Try again; if it stays, tell us the id of this request.",
    BadGateway: _SEEN,
    ServiceAway: "Try again in a few seconds.",
    GatewayTimeout: _SEEN,
}
"""Text of each error: what to do next."""
OF_ALL: Final = (MalformedRequest, TooManyRequests, BadGateway, ServiceAway, GatewayTimeout)
"""Errors that the gateway may return for any request."""
OF_BODIES: Final = (RequestTooSlow, LengthRequired, BodyTooLarge)
"""Errors that the gateway may also return for a request with a body."""
