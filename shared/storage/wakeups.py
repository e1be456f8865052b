"""Wake background loops after a commit that concerns them."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from shared.storage.unit_of_work import WriteSession

EVENTS_PENDING: Final = "events"
"""Wakes the relay: the outbox has new events."""
INBOX_PENDING: Final = "inbox"
"""Wakes the dispatcher: the inbox has new rows."""
HISTORY_PENDING: Final = "history"
"""Wakes the sequencer: the history has lines without a position."""


@dataclass(frozen=True)
class BackgroundTask:
    """A loop that the leading process runs until it is cancelled."""

    run: Callable[[asyncio.Event], Awaitable[None]]
    """The loop; it waits for the event that it is given."""
    on: frozenset[str] = frozenset()
    """Kinds of work that set the event, after a commit of any process. A service may add kinds of its own."""


def request_wakeup(session: WriteSession, what: str) -> None:
    """Wake the background loops of this kind of work after the commit."""
    session.transaction.wakeups.add(what)


def notify(session: WriteSession, channel: str) -> None:
    """Wake the tasks that listen to this channel, in every process, after the commit."""
    session.transaction.channels.add(channel)


async def wait_for_wakeup(wake: asyncio.Event, seconds: float) -> None:
    """Wait for the event, at most this many seconds."""
    # Not `wait_for`: on Python 3.11 it loses a cancellation that comes as it is woken, and the process never ends.
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await wake.wait()


class Wakeups:
    """Events that wake the background loops of one database in this process."""

    def __init__(self) -> None:
        self._events: dict[asyncio.Event, frozenset[str]] = {}

    def add(self, on: frozenset[str]) -> asyncio.Event:
        """Return an event that each commit with one of these kinds of work sets."""
        event = asyncio.Event()
        self._events[event] = on
        return event

    def remove(self, event: asyncio.Event) -> None:
        """Forget an event that no loop waits for."""
        del self._events[event]

    def wake(self, what: Collection[str]) -> None:
        """Set the events of these kinds of work."""
        for event, on in self._events.items():
            if not on.isdisjoint(what):
                event.set()
