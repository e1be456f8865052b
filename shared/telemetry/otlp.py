"""Spans go to a collector: batched, encoded and sent by OpenTelemetry's own SDK, on a thread of its own.

A collector that is slow or away holds nothing up: what is more than the queue takes is dropped. The standard variables
(`OTEL_BSP_…`, `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_RESOURCE_ATTRIBUTES`…) are honoured.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    Tracer,
    set_span_in_context,
)

from shared.telemetry import metrics
from shared.telemetry.log import log
from shared.telemetry.traces import Kind, Trace

TIMEOUT: Final = 5.0
"""Seconds for a batch to be taken, further tries included. Nor does the end of the process wait any longer for one."""
LIMITS: Final = SpanLimits(max_attribute_length=1000)
"""A path is as long as its caller likes."""

# It reports each try and each span that is dropped; that the collector is away is said here, once.
logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)


class Recorder:
    """To whom spans are told."""

    def __init__(self, url: str, share: float) -> None:
        self.share = share
        """Of the traces that begin here, how many are recorded; of others, who began them decides."""
        self._exporter = _Exporter(url)
        self._batches: SpanProcessor = BatchSpanProcessor(self._exporter)
        self._ids = _Ids()
        self._tracers: dict[str, Tracer] = {}

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
        """A span that is over."""
        tracer = self._tracers.get(service) or self._tracer(service)
        self._ids.next = trace
        context = set_span_in_context(NonRecordingSpan(_context(parent)), Context()) if parent else Context()
        span = tracer.start_span(name, context, SpanKind[kind.upper()], attributes, start_time=started)
        if "error.type" in attributes:
            span.set_status(StatusCode.ERROR)
        span.end()
        metrics.spans.labels("told").inc()

    def close(self) -> None:
        """Send what is left, unless nobody takes it."""
        self._exporter.is_last = True
        if self._exporter.is_away:
            self._exporter.shutdown()
        self._batches.shutdown()

    def _tracer(self, service: str) -> Tracer:
        """Each service has one: in the embedded form they share a process, and not a name."""
        resource = Resource.create({"service.name": service, "service.namespace": "territoires-industrie"})
        provider = TracerProvider(
            ALWAYS_ON, resource, shutdown_on_exit=False, id_generator=self._ids, span_limits=LIMITS
        )
        provider.add_span_processor(self._batches)
        self._tracers[service] = tracer = provider.get_tracer("shared.traces")
        return tracer


class _Ids(IdGenerator):
    """Those that were drawn when the span began."""

    next: Trace

    def generate_trace_id(self) -> int:
        return int(self.next.trace_id, 16)

    def generate_span_id(self) -> int:
        return int(self.next.span_id, 16)


class _Exporter(OTLPSpanExporter):
    """Says once that the collector is away, and once that it is back."""

    def __init__(self, url: str) -> None:
        super().__init__(f"{url.rstrip('/')}/v1/traces", timeout=TIMEOUT)
        self._host = urlsplit(url).hostname
        self.is_away = False
        self.is_last = False
        """The process ends: nothing is tried again."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = super().export(spans)
        taken = result is SpanExportResult.SUCCESS
        if taken:
            metrics.spans.labels("taken").inc(len(spans))
        if taken is self.is_away:
            self.is_away = not taken
            log.warning("collector back" if taken else "collector away", host=self._host)
        if self.is_last and not taken:
            self.shutdown()
        return result

    def shutdown(self) -> None:
        """Take nothing more; what is under way is broken off."""
        super().shutdown()  # type: ignore[no-untyped-call]


def _context(trace: Trace) -> SpanContext:
    flags = TraceFlags(TraceFlags.SAMPLED)
    return SpanContext(int(trace.trace_id, 16), int(trace.span_id, 16), is_remote=True, trace_flags=flags)
