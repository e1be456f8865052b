"""Services of the test: they remember what reached them, byte for byte, and misbehave when the path asks them to.

They live in a thread of their own: the gateway asks them every second, also while other tests run.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Final

from aiohttp import web

from app.embedded import SERVICES
from deploy.servers import HOST, free_port

NAMES: Final = (
    *(f"{service.name}-{number}" for service in SERVICES for number in range(1, service.replicas + 1)),
    "issuer-1",
)

SIGNATURE: Final = ".genuine"
"""End of a token that the services verify."""


@dataclass(frozen=True)
class Arrival:
    """One request as a service got it."""

    at: str
    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


@dataclass
class Stubs:
    """All of them; the last word of a path says what they do with it."""

    ports: dict[str, int] = field(default_factory=lambda: {name: free_port() for name in NAMES})
    arrivals: list[Arrival] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    """Addresses whose client hung up while it waited."""
    _runners: dict[str, web.AppRunner] = field(default_factory=dict)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    @property
    def addresses(self) -> dict[str, str]:
        """As the gateway's configuration asks for them."""
        return {name.upper().replace("-", "_"): f"{HOST}:{port}" for name, port in self.ports.items()}

    def about(self, target: str) -> list[Arrival]:
        """Return the arrivals at an address, on any stub."""
        return [arrival for arrival in self.arrivals if arrival.target == target]

    async def start(self, name: str) -> None:
        """Have one listen."""
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._start(name), self._loop))

    async def stop(self, *names: str) -> None:
        """Have them go away."""
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._stop(names), self._loop))

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Their thread, as long as this lasts."""
        thread = Thread(target=self._loop.run_forever)
        thread.start()
        try:
            yield
        finally:
            asyncio.run_coroutine_threadsafe(_end_all(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join()
            self._loop.close()

    async def _start(self, name: str) -> None:
        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._handle(name, request)

        app = web.Application(client_max_size=32_000_000)
        app.router.add_route("*", "/{path:.*}", handle)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, HOST, self.ports[name]).start()
        self._runners[name] = runner

    async def _stop(self, names: tuple[str, ...]) -> None:
        await asyncio.gather(*(self._runners.pop(name).cleanup() for name in names if name in self._runners))

    async def _handle(self, name: str, request: web.Request) -> web.StreamResponse:
        if request.path == "/health/live":
            return web.json_response({"status": "alive"})
        before = len(self.about(request.raw_path))
        headers = [(key.decode(), value.decode("latin-1")) for key, value in request.raw_headers]
        self.arrivals.append(Arrival(name, request.method, request.raw_path, headers, await request.read()))
        match request.path.rpartition("/")[2]:
            case "vanishes":
                self._hang_up(request)
            case "vanishes-once" if not before:
                self._hang_up(request)
            case "silent":
                await asyncio.sleep(60)
            case "waits":
                await self._wait(request)
            case "babbles":
                self._hang_up(request, b"this is no HTTP\r\n\r\n")
            case "refuses":
                return web.json_response({"code": "its-own"}, status=503, content_type="application/problem+json")
        verified = request.headers.get("Authorization", "").endswith(SIGNATURE)
        return web.json_response({"at": name}, headers={"X-Token-Verified": "true"} if verified else {})

    async def _wait(self, request: web.Request) -> None:
        """Wait until the client hangs up."""
        while request.transport and not request.transport.is_closing():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.05)
        self.left.append(request.raw_path)

    def _hang_up(self, request: web.Request, word: bytes = b"") -> None:
        assert request.transport
        if word:
            request.transport.write(word)
        request.transport.close()


async def _end_all() -> None:
    """End whoever still says nothing."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@asynccontextmanager
async def listening() -> AsyncIterator[Stubs]:
    """All of them, at work."""
    stubs = Stubs()
    with stubs.at_work():
        try:
            for name in NAMES:
                await stubs.start(name)
            yield stubs
        finally:
            await stubs.stop(*NAMES)
