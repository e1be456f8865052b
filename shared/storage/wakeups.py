"""Wake background loops after a commit that concerns them."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from shared.storage.unit_of_work import WriteSession

EVENTS_PENDING: Final = "told"
"""Events in the outbox: the relay's."""
INBOX_PENDING: Final = "received"
"""Rows of the inbox: the dispatcher's."""
HISTORY_PENDING: Final = "recorded"
"""Lines of history: the sequencer's."""


@dataclass(frozen=True)
class BackgroundTask:
    """A loop of the process that leads; it ends only when it is cancelled."""

    run: Callable[[asyncio.Event], Awaitable[None]]
    """Woken by its event."""
    on: frozenset[str] = frozenset()
    """Set after each commit, of any process, that left one of these; a service may have kinds of its own."""


def request_wakeup(session: WriteSession, what: str) -> None:
    """Wake the background loops of this kind of work after the commit."""
    session.transaction.wakeups.add(what)


async def wait_for_wakeup(wake: asyncio.Event, seconds: float) -> None:
    """Wait to be woken, or that many seconds."""
    # Not `wait_for`: on Python 3.11 it loses a cancellation that comes as it is woken, and the process never ends.
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await wake.wait()


class Wakeups:
    """The events of the works of one database in this process."""

    def __init__(self) -> None:
        self._events: dict[asyncio.Event, frozenset[str]] = {}

    def add(self, on: frozenset[str]) -> asyncio.Event:
        """An event that is set whenever something of this is left."""
        event = asyncio.Event()
        self._events[event] = on
        return event

    def remove(self, event: asyncio.Event) -> None:
        """Nobody waits for it any more."""
        del self._events[event]

    def wake(self, what: Collection[str]) -> None:
        """Something of this was left."""
        for event, on in self._events.items():
            if not on.isdisjoint(what):
                event.set()
