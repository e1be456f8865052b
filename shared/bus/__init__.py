"""The bus: carries stored events from an outbox to the inboxes. One interface, two adapters, one test suite."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Message:
    """One event on the wire: the bytes that were stored, under the id and type that they carry."""

    event_id: str
    type: str
    subject: str
    body: str


class Unroutable(Exception):
    """No queue takes this type: it would be lost in silence."""


class BusUnavailable(Exception):
    """The broker is away or does not confirm in time."""


Outcome = Unroutable | BusUnavailable | None
"""What became of one publication. None: it is safe at everyone who listens to its type."""

Receive = Callable[[Sequence[Message]], Awaitable[None]]
"""Returns once the messages are durably in the inbox (committed); raising means: not taken, deliver again."""


class Bus(Protocol):
    """What relay and receiver know of the broker."""

    async def start(self) -> None:
        """Connect, and stay connected: a broker that is away is no failure, it is tried again until it is there."""

    async def close(self) -> None:
        """Let the batch in hand be taken, then leave."""

    async def publish(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        """Publish in the order given; one outcome per message, in the same order. Never raises for the broker."""

    async def listen(self, service: str, types: Collection[str], receive: Receive) -> None:
        """Hand a service what reaches its queue, in order, one batch at a time, until each is taken."""

    async def missing(self) -> list[str]:
        """Exchange and queues that this process needs and that are not there or not reachable (readiness)."""
