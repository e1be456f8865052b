"""A collector of traces, as an operator would run one: OTLP over HTTP, decoded with OpenTelemetry's own messages."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1 import trace_pb2


@dataclass(frozen=True)
class Seen:
    """A span as it arrived."""

    service: str
    name: str
    kind: str
    trace_id: str
    span_id: str
    parent: str
    """Empty: none."""
    failed: bool
    started: int
    ended: int
    attributes: Mapping[str, Any] = field(hash=False)


@dataclass
class Collector:
    """Keeps what it is sent."""

    url: str = ""
    spans: list[Seen] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)

    def traces(self) -> Mapping[str, list[Seen]]:
        """The spans of each trace."""
        found = defaultdict(list)
        for span in self.spans:
            found[span.trace_id].append(span)
        return found

    async def take(self, request: web.Request) -> web.Response:
        """A batch."""
        body = await request.read()
        self.raw.append(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            service = _values(resource.resource.attributes)["service.name"]
            self.spans += [_seen(service, span) for scope in resource.scope_spans for span in scope.spans]
        answer = ExportTraceServiceResponse().SerializeToString()
        return web.Response(body=answer, content_type="application/x-protobuf")


def _seen(service: str, span: trace_pb2.Span) -> Seen:
    return Seen(
        service=service,
        name=span.name,
        kind=trace_pb2.Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        failed=span.status.code == trace_pb2.Status.STATUS_CODE_ERROR,
        started=span.start_time_unix_nano,
        ended=span.end_time_unix_nano,
        attributes=_values(span.attributes),
    )


def _values(attributes: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}


@asynccontextmanager
async def collecting(port: int = 0) -> AsyncIterator[Collector]:
    """A collector at work, on a port of its own if none is named."""
    one = Collector()
    app = web.Application(client_max_size=2**26)
    app.router.add_post("/v1/traces", one.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        address: Any = runner.addresses[0]
        one.url = f"http://127.0.0.1:{address[1]}"
        yield one
    finally:
        await runner.cleanup()


def broken_links(spans: list[Seen], caller: str = "") -> list[str]:
    """Spans whose parent is neither in the trace nor the caller's own; and further roots than one."""
    ids = {span.span_id for span in spans}
    tops = [span for span in spans if span.parent == caller]
    broken = [f"{span.name}: {span.parent} is not there" for span in spans if span.parent not in ids | {caller}]
    if len(ids) != len(spans):
        broken.append("a span came twice")
    return broken + [f"one of {len(tops)} roots: {span.name}" for span in tops if len(tops) != 1]
