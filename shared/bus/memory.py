"""The bus of the embedded form: a publication is confirmed when every listener has committed it to its inbox."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from shared.bus import BusUnavailable, Message, PublishOutcome, Receive, Unroutable
from shared.telemetry.error_names import error_text


@dataclass(frozen=True, slots=True, eq=False)
class _Listener:
    service: str
    types: frozenset[str]
    receive: Receive
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


class MemoryBus:
    """A bus inside one process. It stores nothing: what a listener did not take stays in the publisher's outbox."""

    def __init__(self) -> None:
        self._listeners: list[_Listener] = []
        self._open = False

    async def start(self) -> None:
        """Open the bus."""
        self._open = True

    async def close(self) -> None:
        """Refuse further publications, and wait for those in hand."""
        self._open = False
        for listener in self._listeners:
            async with listener.turn:
                pass

    async def publish(self, messages: Sequence[Message]) -> Sequence[PublishOutcome]:
        """Give each listener its messages in one batch; confirmed means committed by all of them."""
        if not self._open:
            return [BusUnavailable("The bus is closed.") for _ in messages]
        listeners = tuple(self._listeners)
        answers = await asyncio.gather(*(self._hand(listener, messages) for listener in listeners))
        refusals = dict(zip(listeners, answers, strict=True))
        return [_outcome(message, refusals) for message in messages]

    async def _hand(self, listener: _Listener, messages: Sequence[Message]) -> BusUnavailable | None:
        """Why the listener did not take its part of the messages; None if it did."""
        batch = [each for each in messages if each.type in listener.types]
        if not batch:
            return None
        # One batch at a time: two publishers never overtake each other inside a listener.
        async with listener.turn:
            try:
                await listener.receive(batch)
            except Exception as error:
                refusal = BusUnavailable(f"{listener.service} could not take its messages: {error_text(error)}")
                refusal.__cause__ = error
                return refusal
        return None

    async def listen(self, service: str, types: Collection[str], receive: Receive) -> None:
        """Hand the service every later message of these types."""
        self._listeners.append(_Listener(service, frozenset(types), receive))

    async def missing(self) -> list[str]:
        """Nothing can be missing but the bus itself."""
        return [] if self._open else ["memory:"]


def _outcome(message: Message, refusals: Mapping[_Listener, BusUnavailable | None]) -> PublishOutcome:
    takers = [refusal for listener, refusal in refusals.items() if message.type in listener.types]
    if not takers:
        return Unroutable(f"Nobody listens to {message.type}.")
    return next((refusal for refusal in takers if refusal), None)
