"""The bus carries stored events from an outbox to the inboxes. One interface, two adapters, one test suite."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """One event on the wire: the stored bytes, with their id and type."""

    event_id: str
    type: str
    subject: str
    body: str


class Unroutable(Exception):
    """No queue is bound to this type: the broker would drop the event without an error."""


class BusUnavailable(Exception):
    """The broker is unreachable, or does not confirm in time."""


PublishOutcome = Unroutable | BusUnavailable | None
"""Result of one publication. None: stored for every service that listens to its type."""

Receive = Callable[[Sequence[Message]], Awaitable[None]]
"""Return once the messages are committed to the inbox. Raise to have them delivered again."""


class Bus(Protocol):
    """Interface of the broker, for relay and receiver."""

    async def start(self) -> None:
        """Connect, and reconnect until closed. An unreachable broker is not an error."""

    async def close(self) -> None:
        """Finish the current batch, then disconnect."""

    async def publish(self, messages: Sequence[Message]) -> Sequence[PublishOutcome]:
        """Publish in the given order; return one outcome per message. Broker errors are outcomes, never raised."""

    async def listen(self, service: str, types: Collection[str], receive: Receive) -> None:
        """Pass the messages of a service's queue to `receive`, in order, one batch at a time, until accepted."""

    async def missing(self) -> list[str]:
        """Return the exchange and queues that this process needs and cannot reach (readiness)."""
