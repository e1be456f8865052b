"""Around every request: its id, its trace, the limits of its body, one wide log line, one measure."""

import asyncio
import re
import sys
import time
from collections.abc import Mapping
from functools import partial
from http import HTTPMethod
from typing import Any, Final

import structlog
from fastapi import Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import problem
from shared.app_state import is_stopping
from shared.http import exception_handlers
from shared.http.body_limits import BodyLimits
from shared.ids import uuid7
from shared.problem import RequestTooSlow, Unavailable
from shared.security.request_state import RequestState, state_in
from shared.settings import Settings
from shared.telemetry import metrics, traces
from shared.telemetry.error_names import error_trace
from shared.telemetry.log import log
from shared.telemetry.traces import Span

REQUEST_ID: Final = re.compile(problem.REQUEST_ID)
QUIET: Final = ("/health/", "/metrics")
"""Asked every few seconds by machines: measured, neither logged nor traced."""


async def _send_reason(send: Send, message: Message) -> None:
    """Send why a start or a stop failed, in our own words: the server logs what it gets."""
    error = sys.exc_info()[1]
    if error and message["type"] in ("lifespan.startup.failed", "lifespan.shutdown.failed"):
        message = {**message, "message": error_trace(error)}
    await send(message)


class EveryRequest:
    """The outermost layer. A client's own request id is kept if it is a plain word."""

    def __init__(self, app: ASGIApp, *, service: str, settings: Settings) -> None:
        self._app = app
        self._service = service
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, and tell how it went."""
        if scope["type"] != "http":
            await self._app(scope, receive, partial(_send_reason, send))
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        request_id = headers.get("x-request-id", "")
        if not REQUEST_ID.match(request_id):
            request_id = str(uuid7())
        state = state_in(scope)
        state.request_id = request_id
        span = Span(traces.given(headers.get("traceparent", "")))
        line = _Line(status=500)
        body = _Body(receive, headers, self._settings, scope)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                line.update(status=message["status"], bytes=0)
                message["headers"] = [
                    *message.get("headers", []),
                    (b"x-request-id", request_id.encode()),
                    (b"traceresponse", str(span.trace).encode()),
                    (b"x-content-type-options", b"nosniff"),
                    # Pages of any site may read what is public. No preflight is answered, so none can send a token.
                    (b"access-control-allow-origin", b"*"),
                    *getattr(scope.get("route"), "announced", ()),
                    # The gateway counts by client what has it, and removes it.
                    *([(b"x-token-verified", b"true")] if state.caller else ()),
                    # Response sent before the whole body was read, or by a process that stops: close the connection.
                    *([(b"connection", b"close")] if body.is_owed or is_stopping(Request(scope)) else ()),
                ]
            elif message["type"] == "http.response.body":
                line["bytes"] += len(message.get("body", b""))
            await send(message)

        started = time.perf_counter()
        ids = {"request_id": request_id, "trace_id": span.trace.trace_id}
        with traces.at(span.trace), structlog.contextvars.bound_contextvars(**ids):
            try:
                await self._app(scope, body.receive, answer)
            except (Exception, asyncio.CancelledError) as error:
                # Answered here, and not by the framework's outermost layer, which knows neither log nor request id.
                if response := await self._response_to(scope, error, has_begun="bytes" in line):
                    await response(scope, receive, answer)
            finally:
                self._log(scope, state, line, time.perf_counter() - started, span)

    async def _response_to(self, scope: Scope, error: BaseException, *, has_begun: bool) -> Response | None:
        """Return the response to an error that nothing has handled. Raises it if there can be none."""
        request = Request(scope)
        if isinstance(error, asyncio.CancelledError) and is_stopping(request):
            # The server's patience at a stop has ended. A response that has begun is cut off.
            log.warning("request cut off by the stop", path=scope["path"])
            return None if has_begun else exception_handlers.answer(request, _cut_off())
        if has_begun or not isinstance(error, Exception):
            raise error
        return await exception_handlers.unforeseen(request, error)

    def _log(self, scope: Scope, state: RequestState, line: "_Line", seconds: float, span: Span) -> None:
        operation = getattr(scope.get("route"), "name", None) or "none"
        # A client chooses its method: a label for each would fill the memory.
        method = scope["method"] if scope["method"] in HTTPMethod.__members__ else "_OTHER"
        metrics.requests.labels(self._service, operation, method, line["status"]).observe(seconds)
        if scope["path"].startswith(QUIET):
            return
        caller = state.caller
        log.info(
            "request",
            method=scope["method"],
            path=scope["path"],
            operation=operation,
            ms=round(seconds * 1000, 1),
            **({"client_id": caller.client_id, "org": caller.org} if caller else {}),
            **line,
        )
        route = getattr(scope.get("route"), "path", None)
        # Never the query: people are searched for in it.
        said: dict[str, traces.AttributeValue] = {
            "http.request.method": method,
            "http.route": route,
            "http.response.status_code": line["status"],
            "url.path": scope["path"],
            "url.scheme": scope.get("scheme", "http"),
            "ti.operation": operation,
            "ti.request_id": state.request_id,
            "ti.client_id": caller.client_id if caller else None,
        }
        failed = str(line["status"]) if line["status"] >= 500 else None
        span.end(self._service, f"{method} {route}" if route else method, "server", said, error=failed)


def _cut_off() -> Unavailable:
    return Unavailable(
        "The process stopped before it could answer: see whether your request took effect, or send it again.",
        headers={"Retry-After": "1"},
    )


class HeadAsGet:
    """Answers HEAD as GET, without the body (RFC 9110, 9.3.2)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, as a GET if it is a HEAD."""
        if scope.get("method") != "HEAD":
            await self._app(scope, receive, send)
            return
        scope["method"] = "GET"

        async def send_headers(message: Message) -> None:
            # The server looks at it: after the headers of a HEAD it sends no body, whatever length they name.
            scope["method"] = "HEAD"
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        try:
            await self._app(scope, receive, send_headers)
        finally:
            scope["method"] = "HEAD"


class TooManyConnections(problem.Unavailable):
    """This process has as many connections as it may have: try again after `Retry-After` seconds."""


class RefuseSurplus:
    """Answers 503 on a connection that is one too many."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, if there is room for it."""
        if scope["type"] != "http" or not state_in(scope).is_surplus:
            await self._app(scope, receive, send)
            return
        headers = {"Retry-After": "1", "Connection": "close"}
        refusal = TooManyConnections(
            "All connections of this process are in use: try again in a moment.", headers=headers
        )
        await exception_handlers.answer(Request(scope), refusal)(scope, receive, send)


_Line = dict[str, Any]


class _Body:
    """The body as it arrives, up to the limits: with a declared length or in chunks, in one piece or in drops."""

    def __init__(self, receive: Receive, headers: Mapping[str, str], settings: Settings, scope: Scope) -> None:
        self._receive = receive
        self._settings = settings
        self._scope = scope
        declared = headers.get("content-length", "")
        self._length = int(declared) if declared.isdigit() else 0
        self._began = asyncio.get_running_loop().time()
        self._read = 0
        self.is_owed = self._length > 0 or "transfer-encoding" in headers
        """Is there more of it to come?"""

    async def receive(self) -> Message:
        """The next part; once it is whole, what is waited for is that the client leaves."""
        limits = self._limits
        limits.refuse_over(self._length)
        if not self.is_owed:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._began + limits.max_seconds):
                message = await self._receive()
        except TimeoutError:
            raise RequestTooSlow(f"Send the whole body within {limits.max_seconds:g} seconds.") from None
        self._read += len(message.get("body", b""))
        limits.refuse_over(self._read)
        self.is_owed = message.get("more_body", False)
        return message

    @property
    def _limits(self) -> BodyLimits:
        """The limits of the route, which is known once the body is read; else those of the settings."""
        own: BodyLimits | None = getattr(self._scope.get("route"), "body_limits", None)
        return own or BodyLimits(self._settings.max_body_bytes, self._settings.max_body_seconds)
