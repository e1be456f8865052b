"""A receiver of webhooks, as a partner would write one: aiohttp, and the standardwebhooks library to verify."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from aiohttp import web
from standardwebhooks import Webhook

from services.notification.jobs.http import Sender
from shared.clock import now
from tests.support.waiting import PATIENCE

Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Received:
    """One request that arrived whole and was rightly signed."""

    event_id: str
    body: bytes
    headers: dict[str, str]
    at: datetime

    @property
    def subject(self) -> str:
        """Return the subject of the event."""
        subject: str = json.loads(self.body)["subject"]
        return subject


@dataclass
class Receiver:
    """Keeps what it gets, and answers as it is told to: `answers` in turn, then `always`."""

    secrets: list[str]
    always: Answering
    answers: list[Answering] = field(default_factory=list)
    agrees: Answering | None = None
    """Its answer to the handshake; None: it allows every sender."""
    received: list[Received] = field(default_factory=list)
    handshakes: list[dict[str, str]] = field(default_factory=list)
    unverified: list[dict[str, str]] = field(default_factory=list)
    url: str = ""
    under_way: int = 0
    most_under_way: int = 0
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def ids(self) -> list[str]:
        """The events, in the order in which they came."""
        return [one.event_id for one in self.received]

    def of(self, subject: str) -> list[str]:
        """The events of one subject, in the order in which they came."""
        return [one.event_id for one in self.received if one.subject == subject]

    async def has(self, count: int, seconds: float = PATIENCE) -> Self:
        """Wait until so many have come."""
        async with asyncio.timeout(seconds):
            while len(self.received) < count:
                self._came.clear()
                await self._came.wait()
        return self

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The one door."""
        if request.method == "OPTIONS":
            self.handshakes.append(dict(request.headers))
            return await self.agrees(request) if self.agrees else allowing("*")
        body = await request.read()
        headers = dict(request.headers)
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        try:
            if not self._verifies(body, headers):
                self.unverified.append(headers)
                return web.Response(status=401)
            lowered = {name.lower(): value for name, value in headers.items()}
            self.received.append(Received(lowered["webhook-id"], body, lowered, now()))
            self._came.set()
            answer = self.answers.pop(0) if self.answers else self.always
            return await answer(request)
        finally:
            self.under_way -= 1

    def _verifies(self, body: bytes, headers: dict[str, str]) -> bool:
        for secret in self.secrets:
            try:
                Webhook(secret).verify(body, headers)
            except Exception:  # whatever the library makes of it, it is not signed with this one
                continue
            return True
        return False


def allowing(origin: str, status: int = 200) -> web.Response:
    """An agreement to a handshake."""
    return web.Response(status=status, headers={"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*"})


def status(code: int, text: str = "", **headers: str) -> Answering:
    """Answer with this status; `Retry_After="5"` is a header."""

    async def answer(_: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=code, text=text, headers=named)

    return answer


def handshake(origin: str, code: int = 200) -> Answering:
    """Answer a handshake so."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return allowing(origin, code)

    return answer


def after(release: asyncio.Event, then: Answering) -> Answering:
    """Hang until released."""

    async def answer(request: web.Request) -> web.StreamResponse:
        await release.wait()
        return await then(request)

    return answer


async def resetting(request: web.Request) -> web.StreamResponse:
    """Take the request, and cut the line."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def endless(piece: bytes = b"x" * 65_536, pause: float = 0.0) -> Answering:
    """Answer 200, and then talk for as long as anybody listens."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(piece)
            await asyncio.sleep(pause)

    return answer


@asynccontextmanager
async def receiver(
    *secrets: str, always: Answering | None = None, answers: Sequence[Answering] = (), host: str = "127.0.0.1"
) -> AsyncIterator[Receiver]:
    """A receiver at work, on a port of its own."""
    one = Receiver(list(secrets), always or status(204), list(answers))
    app = web.Application(client_max_size=2**20)
    app.router.add_route("*", "/{path:.*}", one.handle)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, 0)
        await site.start()
        one.url = f"http://{host if ':' not in host else f'[{host}]'}:{_port(runner)}/hook"
        yield one
    finally:
        await runner.cleanup()


@asynccontextmanager
async def sending(seconds: float = 5) -> AsyncIterator[Sender]:
    """A client of receivers on this machine."""
    async with Sender(timeout=seconds, loopback_allowed=True) as sender:
        yield sender


def _port(runner: web.AppRunner) -> int:
    address: Any = runner.addresses[0]
    return int(address[1])
