"""Expected results of the demo's steps, and waiting for them."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

import httpx

WAIT: Final = 90.0
"""Time limit for an effect that arrives by an event, in seconds."""


class Deviation(AssertionError):
    """A step of the journey did not have the expected result."""


async def until(answer: Callable[[], Awaitable[Any]], *, seconds: float = WAIT) -> Any:
    """Poll until there is a result: effects of events arrive a moment later."""
    deadline = time.monotonic() + seconds
    while not (found := await answer()):
        expect(time.monotonic() < deadline, "it did not arrive in time")
        await asyncio.sleep(0.05)
    return found


def ok(answer: httpx.Response) -> Any:
    """Return the body of a successful response, or raise Deviation."""
    expect(answer.is_success, f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}")
    return answer.json() if answer.content else None


def expect(condition: object, otherwise: str) -> None:
    """Raise Deviation unless the condition holds."""
    if not condition:
        raise Deviation(otherwise)
