"""Meaning of a webhook response: delivered, retry later, give up, or endpoint gone.

One rule decides: delivered is what got a final status from 200 to 299, in a valid HTTP/1.1 or HTTP/1.0 head that came
whole and in time. Nothing after the head counts: a body may be missing, cut, endless, or differ from what the head
announces. Interim responses (1xx) are skipped; 101 is final, and a failure. A redirect is a failure: its target was not
checked. 410 ends the subscription; 429, 502, 503 and 504 reduce the concurrency (Standard Webhooks).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final, Literal

HTTP_STATUSES: Final = (100, 999)
"""Lowest and highest status that is recorded."""
JITTER: Final = 0.2
"""Delays vary by up to 20 %, so that deliveries that failed together are not retried together."""
MAX_RETRY_AFTER: Final = timedelta(hours=24)
"""Longest `Retry-After` that is respected. It may lengthen the next delay, and never shortens it."""
OVERLOADED: Final = frozenset(
    {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
)
MAX_CONCURRENCY: Final = 8
"""Maximum number of concurrent requests to one subscription."""
HANDSHAKE_PAUSE: Final = timedelta(seconds=4)
"""Longest pause after a handshake before the next one of the same subscription."""
MIN_PAUSE: Final = timedelta(seconds=0.1)
MAX_PAUSE: Final = timedelta(seconds=60)
"""Shortest and longest pause of a receiver that does not answer."""


@dataclass(frozen=True, slots=True)
class ReceiverResponse:
    """Response of the receiver, or the reason why there is none."""

    status: int | None
    error: str | None = None
    retry_after: str | None = None
    allowed_origin: str | None = None
    body: str | None = None
    """The first 4 kB of the body, for the subscription's owner."""
    ms: int = 0

    @property
    def is_success(self) -> bool:
        """Any final 2xx is a success, whatever the body contains."""
        return self.status is not None and HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def is_overload(self) -> bool:
        """The receiver is overloaded: it says so by its status, or does not respond."""
        return self.status is None or self.status in OVERLOADED


@dataclass(frozen=True, slots=True)
class DeliveryDecision:
    """Meaning of a response for its delivery."""

    state: Literal["delivered", "waiting", "failed"]
    next_try_at: datetime | None = None
    gone: bool = False
    error: str | None = None


def is_http(version: tuple[int, int], status: int) -> bool:
    """Return whether a parsed status line is one of HTTP/1: parsers accept other versions, and codes below 100."""
    return version in ((1, 0), (1, 1)) and HTTP_STATUSES[0] <= status <= HTTP_STATUSES[1]


def judge(
    response: ReceiverResponse, *, number: int, delays: Sequence[float], at: datetime, chance: float
) -> DeliveryDecision:
    """Decide the next state of a delivery after attempt `number`. `chance`, from 0 to 1, spreads the retries."""
    if response.is_success:
        return DeliveryDecision("delivered")
    error = delivery_error(response)
    if response.status == HTTPStatus.GONE:
        # The delivery keeps waiting: it is sent once the subscription is enabled again.
        return DeliveryDecision("waiting", next_try_at=at, gone=True, error=error)
    if (wait := delay_before(number + 1, delays, chance)) is None:
        return DeliveryDecision("failed", error=error)
    wait = max(wait, retry_after_wait(response.retry_after, at=at))
    return DeliveryDecision("waiting", next_try_at=at + wait, error=error)


def delay_before(number: int, delays: Sequence[float], chance: float) -> timedelta | None:
    """Return the delay before an attempt, from number 1; None if there is no further one."""
    if number - 1 > len(delays):
        return None
    return timedelta(seconds=delays[number - 2] * (1 - JITTER + 2 * JITTER * chance))


def pause_between_handshakes(delays: Sequence[float]) -> timedelta:
    """Return the pause after a handshake of a subscription: no longer than before a retry, so that none is put off."""
    retry = delay_before(2, delays, 0)
    return HANDSHAKE_PAUSE if retry is None else max(MIN_PAUSE, min(retry, HANDSHAKE_PAUSE))


def longest_delay(delays: Sequence[float]) -> timedelta:
    """Return the longest delay before any attempt."""
    return timedelta(seconds=max(delays, default=0) * (1 + JITTER))


def retry_after_wait(retry_after: str | None, *, at: datetime) -> timedelta:
    """Return the pause in `Retry-After`: seconds or an HTTP date, at most 24 hours; 0 if malformed."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])) if len(text) < 10 else MAX_RETRY_AFTER, MAX_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return timedelta(0)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(timedelta(0), min(moment - at, MAX_RETRY_AFTER))


def next_concurrency(concurrency: int, response: ReceiverResponse) -> int:
    """Return the concurrency after a response: halved on overload, one more on success."""
    if response.is_overload:
        return max(1, concurrency // 2)
    return min(MAX_CONCURRENCY, concurrency + 1) if response.is_success else concurrency


def pause_after(waited: timedelta, in_a_row: int) -> timedelta:
    """Return the pause of a receiver after requests without answer: as long as the wait, doubled with each in a row."""
    # The exponent is bounded: the longest pause is reached long before.
    return min(max(waited, MIN_PAUSE) * (1 << min(in_a_row - 1, 20)), MAX_PAUSE)


def handshake_error(response: ReceiverResponse, *, origin: str) -> str | None:
    """Return what a handshake lacks (CloudEvents HTTP 1.1 Web Hooks, §4); None if it succeeded."""
    if not response.is_success:
        return delivery_error(response)
    allowed = (response.allowed_origin or "").strip()
    if not allowed:
        return "the response to OPTIONS has no WebHook-Allowed-Origin: send this header"
    if allowed != "*" and allowed.lower() != origin.lower():
        return f"WebHook-Allowed-Origin is neither {origin} nor *: send one of them"
    return None


def delivery_error(response: ReceiverResponse) -> str:
    """Return why a response that is no success is none."""
    if response.status is None:
        return response.error or "no response"
    if HTTPStatus.MULTIPLE_CHOICES <= response.status < HTTPStatus.BAD_REQUEST:
        return f"status {response.status}: redirects are not followed, change the subscription's URL"
    return f"status {response.status}"
