"""Follow a request through its events and their effects (W3C Trace Context), and export spans.

Every response, log line and event carries a trace id, even if nothing is exported. With `otlp_url` set, each span is
exported when it ends. A span's id is generated when it starts, because its children refer to it. A process that exports
nothing forwards the incoming traceparent unchanged, so the chain has no gap.
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

from shared.telemetry import metrics

SpanKindName = Literal["server", "internal", "producer", "consumer", "client"]
AttributeValue = str | int | None
"""Value of an attribute; None is omitted."""

FORM: Final = r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})"
HEADER: Final = re.compile(FORM)
CARRIED: Final = re.compile(rf'"traceparent": ?"{FORM}"')
"""Find the traceparent in an event without parsing it: the outbox writes it before the data."""
SAMPLED: Final = 1


@dataclass(frozen=True, slots=True)
class Trace:
    """A position in a trace: the span that becomes the parent of the next one."""

    trace_id: str
    span_id: str
    is_sampled: bool = False
    """True if the trace is exported."""

    def __str__(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{self.is_sampled:02x}"


current: Final[ContextVar[Trace | None]] = ContextVar("trace", default=None)
"""Trace of the request or event in progress; its events carry it on."""


class Recorder(Protocol):
    """Export finished spans."""

    share: float
    """Share of the traces that begin here and are recorded, from 0 to 1."""

    def record(
        self,
        service: str,
        name: str,
        kind: SpanKindName,
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
    """A timed operation in a trace; without a parent it starts a new trace."""

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

    def end(
        self,
        service: str,
        name: str,
        kind: SpanKindName,
        attributes: Mapping[str, AttributeValue],
        *,
        event: About | None = None,
        error: str | None = None,
    ) -> None:
        """Export the finished span, or count it as lost. `error` is the class of the failure, never its message."""
        if self._recorder is None:
            return
        values = dict(attributes) | ({"error.type": error} if error else {})
        if event is not None:
            values |= {
                "cloudevents.event_id": event.event_id,
                "cloudevents.event_type": event.type,
                "cloudevents.event_subject": event.subject,
            }
        known = {key: value for key, value in values.items() if value is not None}
        try:
            self._recorder.record(service, name, kind, self.trace, self._parent, self._started, known)
        except Exception:  # whatever it is, the work that it is about goes on
            metrics.spans.labels("lost").inc()


@contextmanager
def at(trace: Trace | None) -> Iterator[None]:
    """Use this trace for the events published within the block."""
    former = current.set(trace)
    try:
        yield
    finally:
        current.reset(former)


def given(header: str) -> Trace | None:
    """Parse a traceparent header; None if it is malformed."""
    return _trace(HEADER.fullmatch(header))


def carried(event: str | bytes) -> Trace | None:
    """Return the trace of an event; None if it has none."""
    return _trace(CARRIED.search(event if isinstance(event, str) else event.decode()))


def _trace(found: re.Match[str] | None) -> Trace | None:
    return Trace(found[1], found[2], bool(int(found[3], 16) & SAMPLED)) if found else None


def _drawn(bits: int) -> str:
    """Generate a random id other than zero, which is invalid."""
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
