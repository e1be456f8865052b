"""Meaning of a webhook response: delivered, retry later, give up, or endpoint gone.

Standard Webhooks: any 2xx is success; 410 ends the subscription; 429, 502 and 504 reduce the concurrency. A redirect is
a failure: its target was not checked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final, Literal

JITTER: Final = 0.2
"""Delays differ by up to a fifth: what failed together shall not come back together."""
LONGEST_WAIT: Final = timedelta(hours=24)
"""`Retry-After` is obeyed up to this, and never hurries a try: ten in a second would be no patience."""
OVERLOADED: Final = frozenset(
    {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
)
AT_ONCE: Final = 8
"""Requests to one subscription at a time, while it keeps up."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Response of the receiver, or the reason why there is none."""

    status: int | None
    error: str | None = None
    retry_after: str | None = None
    allowed_origin: str | None = None
    body: str | None = None
    """The first of it, for the owner to read."""
    ms: int = 0

    @property
    def is_success(self) -> bool:
        """Any 2xx, whatever it says."""
        return self.status is not None and HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def is_overload(self) -> bool:
        """The receiver is asked too much of: it says so, or does not answer."""
        return self.status is None or self.status in OVERLOADED


@dataclass(frozen=True, slots=True)
class Verdict:
    """Meaning of a response for its delivery."""

    state: Literal["delivered", "waiting", "failed"]
    next_try_at: datetime | None = None
    gone: bool = False
    error: str | None = None


def judge(answer: Answer, *, number: int, delays: Sequence[float], at: datetime, chance: float) -> Verdict:
    """Judge the response to an attempt; `chance`, from 0 to 1, spreads the next one."""
    if answer.is_success:
        return Verdict("delivered")
    error = _why(answer)
    if answer.status == HTTPStatus.GONE:
        # The delivery stays: whoever enables the subscription again gets it.
        return Verdict("waiting", next_try_at=at, gone=True, error=error)
    if (wait := delay_before(number + 1, delays, chance)) is None:
        return Verdict("failed", error=error)
    wait = max(wait, asked_wait(answer.retry_after, at=at))
    return Verdict("waiting", next_try_at=at + wait, error=error)


def delay_before(number: int, delays: Sequence[float], chance: float) -> timedelta | None:
    """Return the delay before an attempt, from number 1; None if there is no further one."""
    if number - 1 > len(delays):
        return None
    return timedelta(seconds=delays[number - 2] * (1 - JITTER + 2 * JITTER * chance))


def asked_wait(retry_after: str | None, *, at: datetime) -> timedelta:
    """Return the requested pause: seconds or an HTTP date, at most 24 hours; None if malformed."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])) if len(text) < 10 else LONGEST_WAIT, LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return timedelta(0)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(timedelta(0), min(moment - at, LONGEST_WAIT))


def paced(at_once: int, answer: Answer) -> int:
    """Return the concurrency after a response: halved on overload, one more on success."""
    if answer.is_overload:
        return max(1, at_once // 2)
    return min(AT_ONCE, at_once + 1) if answer.is_success else at_once


def agrees(answer: Answer, *, origin: str) -> str | None:
    """Return what a handshake lacks (CloudEvents HTTP 1.1 Web Hooks, §4); None if it succeeded."""
    if not answer.is_success:
        return _why(answer)
    allowed = (answer.allowed_origin or "").strip()
    if not allowed:
        return "The answer to OPTIONS has no WebHook-Allowed-Origin"
    if allowed != "*" and allowed.lower() != origin.lower():
        return f"WebHook-Allowed-Origin is neither {origin} nor *"
    return None


def _why(answer: Answer) -> str:
    if answer.status is None:
        return answer.error or "no answer"
    if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
        return f"answered {answer.status}: redirects are not followed, change the subscription's URL"
    return f"answered {answer.status}"
