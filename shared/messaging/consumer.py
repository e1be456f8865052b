"""Declare the event handlers of a service."""

import json
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Row, Table
from sqlalchemy.ext.asyncio import AsyncSession

from shared.bus import Message
from shared.events import Event
from shared.telemetry import traces
from shared.telemetry.traces import Trace

if TYPE_CHECKING:
    pass

Handle = Callable[[AsyncSession, Any], Awaitable[None]]
UNREADABLE: Final = "unreadable"
"""The handler's name on rows whose message is none of our events: parked at once."""


class Kind(StrEnum):
    """How a handler treats an event that comes again, late, or at a rebuild."""

    PROJECTS = "projects"
    TALLIES = "tallies"
    REACTS = "reacts"
    KEEPS = "keeps"


@dataclass(frozen=True)
class Handler:
    """A function that applies events of some types."""

    name: str
    types: frozenset[str]
    kind: Kind
    call: Handle
    fills: tuple[Table, ...] = ()
    """The tables that it writes, and only such handlers do: a rebuild makes them anew from the events."""
    together: bool = False
    """Is it given a list: all that it has to apply of a batch, those of one subject in their order?"""

    @property
    def rebuildable(self) -> bool:
        """Has it no effect but on its own tables?"""
        return self.kind in (Kind.PROJECTS, Kind.TALLIES)


@dataclass
class Consumer:
    """The event door of a service. Each handler has its own rows, its own transaction, its own tries."""

    service: str
    handlers: dict[str, Handler] = field(default_factory=dict)

    @property
    def types(self) -> frozenset[str]:
        """Every event type that the service listens to: its queue's bindings."""
        return frozenset().union(*(handler.types for handler in self.handlers.values()))

    def projects(
        self, *events: type[Event], into: Sequence[type[Any]], together: bool = False
    ) -> Callable[[Handle], Handle]:
        """Keeps a local copy: the event carries the full state, so an older one of the same subject is skipped.

        `into` names the models that it writes; nobody else writes them, and a rebuild makes them anew. A handler of
        events that come by the hundred takes them `together`, in a list, and writes them by few statements.
        """
        return self._on(Kind.PROJECTS, events, into, together=together)

    def tallies(self, *events: type[Event], into: Sequence[type[Any]]) -> Callable[[Handle], Handle]:
        """Adds up: every event counts once, whatever its order; `into` as with `projects`."""
        return self._on(Kind.TALLIES, events, into)

    def reacts(self, *events: type[Event]) -> Callable[[Handle], Handle]:
        """Has effects beyond a copy: runs once for each event, and is left out of a rebuild."""
        return self._on(Kind.REACTS, events)

    def keeps(self, *events: type[Event], together: bool = False) -> Callable[[Handle], Handle]:
        """Keeps the `Message` itself, to the byte: runs once for each event, and is left out of a rebuild."""
        return self._on(Kind.KEEPS, events, together=together)

    def _on(
        self, kind: Kind, events: Collection[type[Event]], into: Sequence[type[Any]] = (), *, together: bool = False
    ) -> Callable[[Handle], Handle]:
        def register(call: Handle) -> Handle:
            name = call.__name__
            if name in self.handlers:
                raise TypeError(f"{self.service} has two handlers of the name {name}")
            types, tables = frozenset(event.type for event in events), tuple(model.__table__ for model in into)
            self.handlers[name] = Handler(name, types, kind, call, tables, together)
            return call

        return register

    def of_type(self, event_type: str) -> list[Handler]:
        """The handlers of an event type."""
        return [handler for handler in self.handlers.values() if event_type in handler.types]


async def call(consumer: Consumer, session: AsyncSession, rows: Sequence[Row[Any]], trace: Trace | None = None) -> None:
    """Run the handler of these rows, of several if it takes them together; what it tells carries the trace on."""
    handler = consumer.handlers[rows[0].handler]
    given = [_given(handler, row) for row in rows]
    with traces.at(trace):
        await handler.call(session, given if handler.together else given[0])
        await session.flush()
        # The next finds nothing loaded, and so reads what this one has put.
        session.expunge_all()


def _given(handler: Handler, row: Row[Any]) -> Message | Event:
    if handler.kind is Kind.KEEPS:
        return Message(row.event_id, row.type, row.subject, row.body)
    return Event.catalogue[row.type].model_validate(json.loads(row.body)["data"])
