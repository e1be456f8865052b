"""Wake background loops after a commit that concerns them."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

from shared.storage.unit_of_work import WriteSession
from shared.telemetry.error_names import error_text
from shared.telemetry.log import log

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


def hand_over(session: WriteSession, what: str, work: object) -> None:
    """Give work to the background loop of this kind after the commit, in the place of a wake-up.

    Other processes are woken, and so is this one if its loop does not take work.
    """
    session.transaction.handed_over.append((what, work))


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
        self._takers: dict[str, Callable[[Any], None]] = {}

    def add(self, on: frozenset[str]) -> asyncio.Event:
        """Return an event that each commit with one of these kinds of work sets."""
        event = asyncio.Event()
        self._events[event] = on
        return event

    def remove(self, event: asyncio.Event) -> None:
        """Forget an event that no loop waits for."""
        del self._events[event]

    @contextmanager
    def taking(self, what: str, taker: Callable[[Any], None]) -> Iterator[None]:
        """Call `taker` with the work of this kind that is handed over within the block."""
        self._takers[what] = taker
        try:
            yield
        finally:
            del self._takers[what]

    def hand_over(self, work: Collection[tuple[str, Any]]) -> None:
        """Give work to the loops that take it; wake the others.

        The work is committed: a loop that fails to take it is woken to find it, and nobody takes the commit for failed.
        """
        for what, each in work:
            if taker := self._takers.get(what):
                try:
                    taker(each)
                    continue
                except Exception as error:  # whatever it is, it is no failure of the commit
                    log.error("work not taken over", work=what, error=error_text(error))
            self.wake([what])

    def wake(self, what: Collection[str]) -> None:
        """Set the events of these kinds of work."""
        for event, on in self._events.items():
            if not on.isdisjoint(what):
                event.set()
