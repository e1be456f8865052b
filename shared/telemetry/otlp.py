"""Export spans to a collector with the OpenTelemetry SDK, in batches, on its own thread.

A slow or absent collector blocks nothing: spans beyond the queue size are dropped. The standard variables
(`OTEL_BSP_…`, `OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_RESOURCE_ATTRIBUTES`…) apply.
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
from shared.telemetry.traces import SpanKindName, Trace

TIMEOUT: Final = 5.0
"""Maximum seconds to export a batch, retries included; also the maximum wait at the end of the process."""
LIMITS: Final = SpanLimits(max_attribute_length=1000)
"""Bound the length of attributes: a caller chooses the length of a path."""

# The SDK logs each attempt and each dropped span. `_Exporter` logs once that the collector is away.
logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)


class OtlpRecorder:
    """Export spans of this process."""

    def __init__(self, url: str, share: float) -> None:
        self.share = share
        """Share of the traces that start here and are exported; others follow the decision of their origin."""
        self._exporter = _Exporter(url)
        self._batches: SpanProcessor = BatchSpanProcessor(self._exporter)
        self._ids = _Ids()
        self._tracers: dict[str, Tracer] = {}

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
        """Export a finished span."""
        tracer = self._tracers.get(service) or self._tracer(service)
        self._ids.next = trace
        context = set_span_in_context(NonRecordingSpan(_context(parent)), Context()) if parent else Context()
        span = tracer.start_span(name, context, SpanKind[kind.upper()], attributes, start_time=started)
        if "error.type" in attributes:
            span.set_status(StatusCode.ERROR)
        span.end()
        metrics.spans.labels("exported").inc()

    def close(self) -> None:
        """Export the remaining spans, unless the collector is away."""
        self._exporter.is_last = True
        if self._exporter.is_away:
            self._exporter.shutdown()
        self._batches.shutdown()

    def _tracer(self, service: str) -> Tracer:
        """Create one tracer per service: in the embedded platform the services share a process, not a name."""
        resource = Resource.create({"service.name": service, "service.namespace": "territoires-industrie"})
        provider = TracerProvider(
            ALWAYS_ON, resource, shutdown_on_exit=False, id_generator=self._ids, span_limits=LIMITS
        )
        provider.add_span_processor(self._batches)
        self._tracers[service] = tracer = provider.get_tracer("shared.traces")
        return tracer


class _Ids(IdGenerator):
    """Id generator that returns the ids allocated at the start of the span."""

    next: Trace

    def generate_trace_id(self) -> int:
        return int(self.next.trace_id, 16)

    def generate_span_id(self) -> int:
        return int(self.next.span_id, 16)


class _Exporter(OTLPSpanExporter):
    """OTLP exporter that logs once when the collector goes away, and once when it is back."""

    def __init__(self, url: str) -> None:
        super().__init__(f"{url.rstrip('/')}/v1/traces", timeout=TIMEOUT)
        self._host = urlsplit(url).hostname
        self.is_away = False
        self.is_last = False
        """The process is ending: do not retry."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = super().export(spans)
        accepted = result is SpanExportResult.SUCCESS
        if accepted:
            metrics.spans.labels("accepted").inc(len(spans))
        if accepted is self.is_away:
            self.is_away = not accepted
            log.warning("collector back" if accepted else "collector away", host=self._host)
        if self.is_last and not accepted:
            self.shutdown()
        return result

    def shutdown(self) -> None:
        """Accept no more spans, and abort the export in progress."""
        super().shutdown()  # type: ignore[no-untyped-call]


def _context(trace: Trace) -> SpanContext:
    flags = TraceFlags(TraceFlags.SAMPLED)
    return SpanContext(int(trace.trace_id, 16), int(trace.span_id, 16), is_remote=True, trace_flags=flags)
