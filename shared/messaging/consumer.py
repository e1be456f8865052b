"""Declare the event handlers of a service."""

import json
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Row, Select, Table, select

from shared.bus import Message
from shared.events import Event, EventClass
from shared.storage.outbox import BATCH, MAX_BYTES
from shared.storage.tables import handlings, inbox
from shared.storage.unit_of_work import WriteSession
from shared.telemetry import traces
from shared.telemetry.traces import Trace

Handle = Callable[[WriteSession, Any], Awaitable[None]]
UNREADABLE: Final = "unreadable"
"""The handler's name on rows whose message is none of our events: parked at once."""
RECEIVED: Final[Select[Any]] = select(handlings, inbox.c.type, inbox.c.body).join(inbox)
"""Select handlings with their events: the rows that `call` takes."""


class Handling(NamedTuple):
    """A handling with its event, as a row of `RECEIVED` has it."""

    id: int
    event_id: str
    handler: str
    subject: str
    sequence: int
    received_at: datetime
    attempts: int
    """Number of tries before this one."""
    state: str
    type: str
    body: str


HandlingRow = Row[Any] | Handling


class HandlerKind(StrEnum):
    """Treatment of an event that arrives late, again, or at a rebuild."""

    PROJECTION = "projection"
    COUNTER = "counter"
    EFFECT = "effect"
    RAW = "raw"


@dataclass(frozen=True)
class Handler:
    """A function that applies events of some types."""

    name: str
    types: frozenset[str]
    """Types that the function is called with."""
    kind: HandlerKind
    call: Handle
    fills: tuple[Table, ...] = ()
    """Tables that only such handlers write: a rebuild fills them again from the events."""
    together: bool = False
    """True if the function takes a list: all its events of a batch, those of one subject in order."""
    earlier: frozenset[str] = frozenset()
    """Replaced versions of `types`: they are upcast, unless the event was published in a later version too."""

    @property
    def rebuildable(self) -> bool:
        """True if it only writes its own tables."""
        return self.kind in (HandlerKind.PROJECTION, HandlerKind.COUNTER)

    def takes(self, event_type: str, *, superseded: bool) -> bool:
        """Return True if the function is to be called with such an event.

        A superseded event was published in a later version too: a handler that upcasts takes that one instead.
        """
        return event_type in self.types or (event_type in self.earlier and not superseded)


@dataclass
class Consumer:
    """The event handlers of a service. Each handler has its own rows, transaction and attempts."""

    service: str
    handlers: dict[str, Handler] = field(default_factory=dict)

    @property
    def types(self) -> frozenset[str]:
        """Every event type that the service listens to: the bindings of its queue."""
        return frozenset().union(*(handler.types | handler.earlier for handler in self.handlers.values()))

    @property
    def projections(self) -> list[str]:
        """Names of the handlers that fill projections."""
        return [name for name, handler in self.handlers.items() if handler.kind is HandlerKind.PROJECTION]

    def projection(
        self, *events: type[Event], into: Sequence[type[Any]], together: bool = False
    ) -> Callable[[Handle], Handle]:
        """Register a projection: each event carries the full state, so an older one of the subject is skipped.

        `into` names the models that only this handler writes; a rebuild fills them again. With `together` the handler
        takes a list, and writes hundreds of events with few statements.
        """
        return self._on(HandlerKind.PROJECTION, events, into, together=together)

    def counter(
        self, *events: type[Event], into: Sequence[type[Any]], together: bool = False
    ) -> Callable[[Handle], Handle]:
        """Register a counter: every event counts once, in any order. `into` and `together` as with `projection`."""
        return self._on(HandlerKind.COUNTER, events, into, together=together)

    def on(self, *events: type[Event], together: bool = False) -> Callable[[Handle], Handle]:
        """Register a handler with other effects: it runs once per event, and a rebuild omits it."""
        return self._on(HandlerKind.EFFECT, events, together=together)

    def raw(self, *events: type[Event], together: bool = False) -> Callable[[Handle], Handle]:
        """Register a handler of the `Message` itself, byte for byte: it runs once per event; a rebuild omits it."""
        return self._on(HandlerKind.RAW, events, together=together)

    def _on(
        self,
        kind: HandlerKind,
        events: Collection[type[Event]],
        into: Sequence[type[Any]] = (),
        *,
        together: bool = False,
    ) -> Callable[[Handle], Handle]:
        def register(call: Handle) -> Handle:
            name = call.__name__
            if name in self.handlers:
                raise TypeError(f"{self.service} has two handlers of the name {name}")
            types = frozenset(event.type for event in events)
            earlier = frozenset() if kind is HandlerKind.RAW else _earlier(events) - types
            tables = tuple(model.__table__ for model in into)
            self.handlers[name] = Handler(name, types, kind, call, tables, together, earlier)
            return call

        return register

    def calls(self, rows: Iterable[HandlingRow]) -> list[list[HandlingRow]]:
        """Group rows by call: one row, or all rows of a handler that takes them together.

        Raw handlers come last: what they do with an event may depend on the projections of its batch.
        """
        calls: dict[str | int, list[HandlingRow]] = {}
        for row in rows:
            key = row.handler if self.handlers[row.handler].together else row.id
            calls.setdefault(key, []).append(row)
        return sorted(calls.values(), key=lambda call_: self.handlers[call_[0].handler].kind is HandlerKind.RAW)

    def of_type(self, event_type: str, *, superseded: bool = False) -> list[Handler]:
        """Return the handlers of an event; `superseded`: a later version of it was published too."""
        return [handler for handler in self.handlers.values() if handler.takes(event_type, superseded=superseded)]


def _earlier(events: Iterable[EventClass]) -> frozenset[str]:
    """Return the types of all replaced versions."""
    found: set[str] = set()
    for event in events:
        version = event.replaces
        while version is not None:
            found.add(version.type)
            version = version.replaces
    return frozenset(found)


async def call(
    consumer: Consumer, session: WriteSession, rows: Sequence[HandlingRow], trace: Trace | None = None
) -> None:
    """Run the handler of these rows: one row, or all if it takes them together. Its events continue the trace."""
    handler = consumer.handlers[rows[0].handler]
    arguments = [_argument(handler, row) for row in rows]
    # An event that came late, or is replayed, still has its place among those of its subject.
    session.transaction.event_sequence = None if handler.together else rows[0].sequence
    with traces.at(trace):
        await handler.call(session, arguments if handler.together else arguments[0])
        await session.flush()
        # The next handler must read what this one has written.
        session.expunge_all()


def _argument(handler: Handler, row: HandlingRow) -> Message | Event:
    if handler.kind is HandlerKind.RAW:
        return Message(row.event_id, row.type, row.subject, row.body)
    read = _read if len(row.body) <= MAX_BYTES else _read.__wrapped__
    event = read(Event.catalogue[row.type], row.body)
    while event.type not in handler.types:
        event = _next_version(event).upcast(event)
    return event


@lru_cache(maxsize=BATCH)
def _read(event: EventClass, body: str) -> Event:
    """Read an event once for all its handlers: in the embedded form, those of all services."""
    return event.read(json.loads(body)["data"])


def _next_version(event: Event) -> EventClass:
    return next(later for later in Event.catalogue.values() if later.replaces is type(event))
