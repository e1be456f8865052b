"""Connections of clients: their limits, and what is answered to those that are silent, slow, or speak no HTTP."""

import asyncio
import json
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import uvicorn
from fastapi import FastAPI, Request, Response

from shared.http.middleware import EveryRequest, RefuseSurplus
from shared.runtime.connections import Connections, ServerConfig, connections_of
from shared.settings import Settings
from tests.support.serving import listening
from tests.support.waiting import until

LONG: Final = 30
"""Seconds that no test waits for."""
GET: Final = b"GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"
UPGRADE: Final = (
    b"POST /echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    b"HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n"
)


@dataclass(frozen=True)
class Answer:
    """An answer, as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def problem(self) -> Any:
        """The problem document, whole."""
        assert self.headers["content-type"] == "application/problem+json"
        document = json.loads(self.body)
        assert document["status"] == self.status
        assert document["instance"] == f"urn:uuid:{self.headers['x-request-id']}"
        return document


class Client:
    """One raw connection to a server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer

    async def send(self, *parts: bytes) -> None:
        """Send the parts, each in a packet of its own."""
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()
            await asyncio.sleep(0.02)

    async def answer(self) -> Answer:
        """Read one answer."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines)}
        body = await self._reader.readexactly(int(headers["content-length"]))
        return Answer(int(first.split()[1]), headers, body)

    async def end(self) -> bytes:
        """Wait until the server closes the connection; return what it sent before."""
        async with asyncio.timeout(LONG):
            return await self._reader.read()


class Served:
    """An application behind the platform's server."""

    def __init__(self, server: uvicorn.Server, at: tuple[str, int]) -> None:
        self.server = server
        self._at = at
        self._clients: list[Client] = []

    async def connect(self, *parts: bytes) -> Client:
        """Open a connection, and send something."""
        client = Client(*await asyncio.open_connection(*self._at))
        self._clients.append(client)
        address = client.writer.get_extra_info("sockname")

        async def is_accepted() -> bool:
            return address in self.opened()

        await until(is_accepted)
        await client.send(*parts)
        return client

    def opened(self) -> set[Any]:
        """Return the addresses of the clients of all open connections."""
        return {getattr(each, "client", None) for each in self.server.server_state.connections}

    def hang_up(self) -> None:
        """Close every connection from this side."""
        for client in self._clients:
            client.writer.close()


def app_with(begun: asyncio.Event, go_on: asyncio.Event) -> FastAPI:
    """Echo, an answer that waits, and one that is large."""
    app = FastAPI()

    @app.api_route("/echo", methods=["GET", "POST"])
    async def echo(request: Request) -> Response:
        return Response(await request.body())

    @app.get("/waits")
    async def waits() -> Response:
        begun.set()
        await go_on.wait()
        return Response("done")

    @app.get("/large")
    async def large() -> Response:
        return Response(b"x" * 30_000_000)

    app.add_middleware(RefuseSurplus)
    app.add_middleware(EveryRequest, service="test", settings=Settings())
    return app


@asynccontextmanager
async def served(app: FastAPI, **limits: Any) -> AsyncIterator[Served]:
    """Serve within limits."""
    sock = listening()
    connections = Connections(**{"at_most": 100, "head_seconds": LONG, **limits})
    server = uvicorn.Server(ServerConfig(app, connections, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    served = Served(server, sock.getsockname())
    try:
        yield served
    finally:
        served.hang_up()
        server.should_exit = True
        await serving


@pytest.fixture
def begun() -> asyncio.Event:
    """Set once a request waits."""
    return asyncio.Event()


@pytest.fixture
async def go_on() -> AsyncIterator[asyncio.Event]:
    """Set to let requests end."""
    event = asyncio.Event()
    yield event
    event.set()


@pytest.fixture
def app(begun: asyncio.Event, go_on: asyncio.Event) -> FastAPI:
    """An application that reads, waits and answers at length."""
    return app_with(begun, go_on)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param([b"Content-Length: 10\r\n\r\ngrant_type"], id="in one packet"),
        pytest.param([b"Content-Length: 10\r\n\r\n", b"grant", b"_type"], id="in pieces"),
        pytest.param([b"Transfer-Encoding: chunked\r\n\r\n", b"5\r\ngrant\r\n5\r\n_type\r\n0\r\n\r\n"], id="chunked"),
    ],
)
async def test_a_request_to_upgrade_keeps_its_body_and_is_answered_in_http_1(app: FastAPI, body: list[bytes]) -> None:
    async with served(app) as server:
        client = await server.connect()
        for _ in range(3):
            await client.send(UPGRADE + body[0], *body[1:])
            answer = await client.answer()

            assert (answer.status, answer.body) == (200, b"grant_type")


async def test_a_websocket_is_not_opened(app: FastAPI) -> None:
    async with served(app) as server:
        client = await server.connect(
            b"GET /echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )

        assert (await client.answer()).status == 200


async def test_a_silent_connection_is_closed(app: FastAPI) -> None:
    async with served(app, head_seconds=0.2) as server:
        client = await server.connect()

        assert await client.end() == b""


@pytest.mark.parametrize("before", [b"", GET], ids=["the first request", "a later one"])
async def test_headers_that_do_not_end_in_time_are_answered_408(app: FastAPI, before: bytes) -> None:
    async with served(app, head_seconds=0.3) as server:
        client = await server.connect(before)
        if before:
            assert (await client.answer()).status == 200
        dripping = asyncio.create_task(client.send(*[b"GET /echo HTTP/1.1\r\n", *[b"a: b\r\n"] * 1000]))
        answer = await client.answer()
        dripping.cancel()

    assert (answer.status, answer.problem["code"], answer.headers["connection"]) == (408, "request-too-slow", "close")


async def test_a_request_at_work_is_not_limited_by_the_time_of_headers(
    app: FastAPI, begun: asyncio.Event, go_on: asyncio.Event
) -> None:
    async with served(app, head_seconds=0.2) as server:
        client = await server.connect(b"GET /waits HTTP/1.1\r\nHost: x\r\n\r\n")
        await begun.wait()
        await asyncio.sleep(0.5)
        go_on.set()

        assert (await client.answer()).body == b"done"


@pytest.mark.parametrize(
    "sent",
    [b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\na: " + b"b" * 100_000],
    ids=["TLS", "no address", "long headers"],
)
async def test_what_is_no_request_is_answered_with_a_problem_document(app: FastAPI, sent: bytes) -> None:
    async with served(app) as server:
        client = await server.connect(sent)
        answer = await client.answer()

    assert (answer.status, answer.problem["code"], answer.headers["connection"]) == (400, "malformed-request", "close")


async def test_a_body_that_breaks_off_into_nonsense_is_refused(app: FastAPI) -> None:
    async with served(app) as server:
        client = await server.connect(
            b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", b"no chunk\r\n"
        )
        answer = await client.answer()

    assert (answer.status, answer.problem["code"]) == (400, "malformed-request")


async def test_at_the_limit_a_new_connection_takes_the_place_of_the_one_that_waits_longest(app: FastAPI) -> None:
    async with served(app, at_most=3) as server:
        silent = [await server.connect() for _ in range(2)]
        idle = await server.connect(GET)
        await idle.answer()

        client = await server.connect(GET)
        assert (await client.answer()).status == 200
        assert await silent[0].end() == b""

        for other in (silent[1], idle, client):
            await other.send(GET)
            assert (await other.answer()).status == 200


async def test_with_all_connections_at_work_a_new_request_is_answered_503(
    app: FastAPI, begun: asyncio.Event, go_on: asyncio.Event
) -> None:
    async with served(app, at_most=1) as server:
        working = await server.connect(b"GET /waits HTTP/1.1\r\nHost: x\r\n\r\n")
        await begun.wait()

        client = await server.connect(GET)
        answer = await client.answer()
        assert (answer.status, answer.problem["code"]) == (503, "too-many-connections")
        assert (answer.headers["retry-after"], answer.headers["connection"]) == ("1", "close")
        assert await client.end() == b""

        go_on.set()
        assert (await working.answer()).body == b"done"
        again = await server.connect(GET)
        assert (await again.answer()).status == 200


async def test_a_client_that_takes_nothing_of_its_answer_loses_its_connection(app: FastAPI) -> None:
    async with served(app, stalled_seconds=0.3) as server:
        client = await server.connect()
        client.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await client.send(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")

        async def is_closed() -> bool:
            return not server.opened()

        await until(is_closed)


async def test_a_client_that_takes_its_answer_slowly_gets_all_of_it(app: FastAPI) -> None:
    async with served(app, stalled_seconds=LONG) as server:
        client = await server.connect(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        await asyncio.sleep(0.3)

        assert len((await client.answer()).body) == 30_000_000


def test_half_of_the_file_handles_are_left_to_others(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, max_connections=300)

    with file_handles(512):
        assert connections_of(settings).at_most == 256
    with file_handles(1024):
        assert connections_of(settings).at_most == 300


@contextmanager
def file_handles(number: int) -> Iterator[None]:
    """Lower the limit of file handles of this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (number, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
