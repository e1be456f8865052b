"""Slots for requests in flight: bounded for all, for each client and for each receiver; slow receivers have their own.

A request that takes long leaves its prompt slot to others. Receivers that hang therefore delay the others by a second
at most, and later not at all: their next requests need slow slots.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from types import TracebackType
from typing import Final, NamedTuple, Self
from urllib.parse import urlsplit

SLOW_AFTER: Final = 1.0
"""Seconds after which a request in flight is slow."""


class Key(NamedTuple):
    """A limit that may be reached: of which requests, and whose."""

    bound: str
    kind: str
    whose: str
    limit: int


class Peer(NamedTuple):
    """Client and receiver of a request: the owner of the subscription, and the host and port of its URL."""

    client: str
    receiver: str

    @classmethod
    def of(cls, client_id: str, url: str) -> Self:
        """Return the client and the receiver of the requests to an address."""
        return cls(client_id, urlsplit(url).netloc.lower())


class Limits(NamedTuple):
    """Maximum numbers of requests."""

    all: int
    client: int
    receiver: int


class Bound:
    """Number of requests, and its limits."""

    def __init__(self, name: str, limits: Limits) -> None:
        self.name = name
        self._limits = limits
        self._counts: dict[Key, int] = {}

    def reached(self, of: Peer) -> Key | None:
        """Return a limit that allows no further request; None if there is none."""
        for key in self.keys(of):
            if self.is_reached(key):
                return key
        return None

    def is_reached(self, key: Key) -> bool:
        """Return True if a limit allows no further request."""
        return self._counts.get(key, 0) >= key.limit

    def keys(self, of: Peer) -> Sequence[Key]:
        """Return what a request is counted for."""
        return _keys(self.name, self._limits, of)

    def add(self, of: Peer) -> None:
        """Count a request."""
        for key in self.keys(of):
            self._counts[key] = self._counts.get(key, 0) + 1

    def remove(self, of: Peer) -> None:
        """Count a request no longer."""
        for key in self.keys(of):
            self._counts[key] -= 1
            if not self._counts[key]:
                del self._counts[key]


@lru_cache(maxsize=4096)
def _keys(bound: str, limits: Limits, of: Peer) -> Sequence[Key]:
    return (
        Key(bound, "all", "", limits.all),
        Key(bound, "client", of.client, limits.client),
        Key(bound, "receiver", of.receiver, limits.receiver),
    )


class Slots:
    """Requests in flight. `freed` is called with the limits below which there is room again."""

    def __init__(
        self, *, every: Limits, prompt: Limits, slow: Limits, freed: Callable[[Collection[Key]], None]
    ) -> None:
        self._every = Bound("every", every)
        self._prompt = Bound("prompt", prompt)
        self._slow = Bound("slow", slow)
        self._freed = freed
        self._begun: deque[tuple[float, Slot]] = deque()
        """The requests that began within the last `SLOW_AFTER` seconds, and when."""
        self._is_watching = False

    def reached(self, of: Peer, *, is_slow: bool) -> Key | None:
        """Return a limit that allows no further request; None if one may start."""
        return self._every.reached(of) or (self._slow if is_slow else self._prompt).reached(of)

    def is_reached(self, key: Key) -> bool:
        """Return True if a limit allows no further request."""
        return next(each for each in (self._every, self._prompt, self._slow) if each.name == key.bound).is_reached(key)

    def take(self, of: Peer, *, is_slow: bool, slowed: Callable[[], None]) -> "Slot":
        """Count a request until it leaves its slot. `slowed` is called when it has become slow."""
        bounds = [self._every, self._slow if is_slow else self._prompt]
        for bound in bounds:
            bound.add(of)
        return Slot(
            of,
            bounds,
            until_slow=None if is_slow else self._prompt,
            slowed=slowed,
            freed=self._freed,
            begun=self._watch,
        )

    def _watch(self, slot: "Slot") -> None:
        """Let a request become slow in time. One timer serves all: one for each would cost more than its slot."""
        loop = asyncio.get_running_loop()
        self._begun.append((loop.time() + SLOW_AFTER, slot))
        if not self._is_watching:
            self._is_watching = True
            loop.call_later(SLOW_AFTER, self._slow_down)

    def _slow_down(self) -> None:
        loop = asyncio.get_running_loop()
        while self._begun and (self._begun[0][1].is_over or self._begun[0][0] <= loop.time()):
            _, slot = self._begun.popleft()
            if not slot.is_over:
                slot.slow_down()
        self._is_watching = bool(self._begun)
        if self._begun:
            loop.call_at(self._begun[0][0], self._slow_down)


class Slot:
    """The slot of one request in flight, within one `with`. A slow request leaves its prompt slot before the end."""

    def __init__(
        self,
        of: Peer,
        bounds: list[Bound],
        *,
        until_slow: Bound | None,
        slowed: Callable[[], None],
        freed: Callable[[Collection[Key]], None],
        begun: Callable[[Self], None],
    ) -> None:
        self._of = of
        self._bounds = bounds
        self._until_slow = until_slow
        self._slowed = slowed
        self._freed = freed
        self._begin = begun
        self.is_over = False
        self.was_slow = False
        """The request has taken longer than `SLOW_AFTER`."""

    def __enter__(self) -> Self:
        self._begin(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.is_over = True
        # A request that was cancelled makes no room: nothing else begins while everything ends.
        if kind is None:
            self._leave(self._bounds)

    def slow_down(self) -> None:
        """Leave the prompt slot."""
        self.was_slow = True
        self._slowed()
        if self._until_slow:
            self._bounds.remove(self._until_slow)
            self._leave([self._until_slow])

    def _leave(self, bounds: Sequence[Bound]) -> None:
        for bound in bounds:
            bound.remove(self._of)
        self._freed([key for bound in bounds for key in bound.keys(self._of)])
