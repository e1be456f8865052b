"""A bus that does what a test tells it to: it fails, loses confirmations, repeats, and hears only some types."""

import random
from collections.abc import Collection, Sequence

from shared.bus import BusUnavailable, Message, PublishOutcome, Receive, Unroutable


class Wire:
    """Keeps what was published, in the order in which it got through."""

    def __init__(self, *, failing: float = 0, seed: int = 1) -> None:
        self.sent: list[Message] = []
        self.publications = 0
        self.away = False
        self.breaks = False
        """The process ends right after the next publication: nothing comes back to the relay."""
        self.unheard: set[str] = set()
        self._failing = failing
        self._chance = random.Random(seed)

    async def publish(self, messages: Sequence[Message]) -> Sequence[PublishOutcome]:
        self.publications += len(messages)
        outcomes = [self._publish(message) for message in messages]
        if self.breaks:
            raise ConnectionAbortedError
        return outcomes

    def _publish(self, message: Message) -> PublishOutcome:
        if self.away:
            return BusUnavailable("away")
        if message.type in self.unheard:
            return Unroutable(message.type)
        failed = self._chance.random() < self._failing
        # Half of those that fail got through: it was the confirmation that was lost.
        if not failed or self._chance.random() < 0.5:
            self.sent.append(message)
        return BusUnavailable("not confirmed") if failed else None

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    async def listen(self, service: str, types: Collection[str], receive: Receive) -> None: ...

    async def missing(self) -> list[str]:
        return []
