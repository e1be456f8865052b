"""One trace from a request through its events to whatever they lead to (W3C Trace Context), and the spans told of it.

A trace is there whether or not anybody records it: each answer, each log line and each event names it. With an address
for them (`otlp_url`) spans are told too, each once it is over, beside its log line. A span's id is drawn at its
beginning, for what happens within names it. Who records nothing draws none and hands on the place that was given: a
process without spans leaves no hole in the chain.
"""

import asyncio
import random
import re
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, Literal, Protocol

Kind = Literal["server", "internal", "producer", "consumer", "client"]
Value = str | int | None
"""Of an attribute; None is left out."""

FORM: Final = r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})"
HEADER: Final = re.compile(FORM)
CARRIED: Final = re.compile(rf'"traceparent": ?"{FORM}"')
"""In an event, without reading all of it: the outbox writes this before the data."""
SAMPLED: Final = 1


@dataclass(frozen=True, slots=True)
class Trace:
    """A place in a trace: a span in it, under which the next one hangs."""

    trace_id: str
    span_id: str
    is_sampled: bool = False
    """Whether somebody records it."""

    def __str__(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{self.is_sampled:02x}"


current: Final[ContextVar[Trace | None]] = ContextVar("trace", default=None)
"""The place of the request or event at work; what it tells carries it on."""


class Recorder(Protocol):
    """Export finished spans."""

    share: float
    """Share of the traces that begin here and are recorded, from 0 to 1."""

    def tell(
        self,
        service: str,
        name: str,
        kind: Kind,
        trace: Trace,
        parent: Trace | None,
        started: int,
        attributes: Mapping[str, str | int],
    ) -> None:
        """Export a span that has ended."""

    def close(self) -> None:
        """Export what is left, and stop."""


_recorder: Recorder | None = None


class About(Protocol):
    """An event, as a row or as a message."""

    @property
    def event_id(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def subject(self) -> str: ...


class Span:
    """Something that happens within a trace, or begins one."""

    __slots__ = ("_parent", "_recorder", "_started", "trace")

    def __init__(self, parent: Trace | None = None) -> None:
        begins = parent is None and _recorder is not None and random.random() < _recorder.share  # noqa: S311 - no secret
        self._recorder = _recorder if begins or (parent and parent.is_sampled) else None
        self._parent = parent
        self._started = time.time_ns()
        if parent is None:
            self.trace = Trace(_drawn(128), _drawn(64), begins)
        else:
            self.trace = Trace(parent.trace_id, _drawn(64), True) if self._recorder else parent

    def tell(
        self,
        service: str,
        name: str,
        kind: Kind,
        attributes: Mapping[str, Value],
        *,
        event: About | None = None,
        error: str | None = None,
    ) -> None:
        """It is over. `error` names the kind of failure, and never what was said."""
        if self._recorder is None:
            return
        said = dict(attributes) | ({"error.type": error} if error else {})
        if event is not None:
            said |= {
                "cloudevents.event_id": event.event_id,
                "cloudevents.event_type": event.type,
                "cloudevents.event_subject": event.subject,
            }
        told = {key: value for key, value in said.items() if value is not None}
        self._recorder.tell(service, name, kind, self.trace, self._parent, self._started, told)


@contextmanager
def at(trace: Trace | None) -> Iterator[None]:
    """What is told within it carries this trace on."""
    former = current.set(trace)
    try:
        yield
    finally:
        current.reset(former)


def given(header: str) -> Trace | None:
    """What a caller's header says, if it is one."""
    return _trace(HEADER.fullmatch(header))


def carried(event: str | bytes) -> Trace | None:
    """What an event says, if it was told within a trace."""
    return _trace(CARRIED.search(event if isinstance(event, str) else event.decode()))


def _trace(found: re.Match[str] | None) -> Trace | None:
    return Trace(found[1], found[2], bool(int(found[3], 16) & SAMPLED)) if found else None


def _drawn(bits: int) -> str:
    """An id that is not zero, which would be none."""
    return f"{random.getrandbits(bits) or 1:0{bits // 4}x}"


@asynccontextmanager
async def recorded(recorder: Recorder | None) -> AsyncIterator[None]:
    """Send spans to this recorder within the block."""
    global _recorder  # noqa: PLW0603 - one process, one collector
    if recorder is None:
        yield
        return
    _recorder = recorder
    try:
        yield
    finally:
        _recorder = None
        # It waits for the last of them to be sent.
        await asyncio.to_thread(recorder.close)
