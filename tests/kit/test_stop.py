"""A process that stops: requests that are open are finished in time, or answered 503 with a problem document."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse
from starlette.routing import Route

from shared.runtime.server import HttpServer
from shared.settings import Settings
from tests.kit.conftest import Lines, app_of
from tests.support.serving import address, at_work, listening


@pytest.fixture
def begun() -> asyncio.Event:
    """Set once the request is at work."""
    return asyncio.Event()


@asynccontextmanager
async def serving(app: FastAPI, *, patience: int) -> AsyncIterator[tuple[HttpServer, httpx.AsyncClient]]:
    """The application behind the platform's server, and a client of it."""
    sock = listening()
    async with at_work(app, sock, patience=patience) as server, httpx.AsyncClient(base_url=address(sock)) as client:
        yield server, client


def ledger_with(settings: Settings, begun: asyncio.Event, seconds: float) -> FastAPI:
    """The ledger with an address that answers after so many seconds, and one that never ends."""

    async def slow(_: Request) -> Response:
        begun.set()
        await asyncio.sleep(seconds)
        return Response("done")

    async def parts() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 1_000
            begun.set()
            await asyncio.sleep(0.01)

    async def endless(_: Request) -> Response:
        return StreamingResponse(parts())

    app = app_of(settings)
    app.router.routes += [Route("/slow", slow), Route("/endless", endless)]
    return app


async def test_an_open_request_is_finished_and_its_connection_closed(on_sqlite: Settings, begun: asyncio.Event) -> None:
    async with serving(ledger_with(on_sqlite, begun, 0.5), patience=10) as (server, client):
        asking = asyncio.create_task(client.get("/slow"))
        await begun.wait()

        server.should_exit = True
        answer = await asking

    assert (answer.status_code, answer.text, answer.headers["connection"]) == (200, "done", "close")


async def test_a_request_that_takes_too_long_is_answered_503(
    on_sqlite: Settings, begun: asyncio.Event, lines: Lines
) -> None:
    async with serving(ledger_with(on_sqlite, begun, 60), patience=1) as (server, client):
        asking = asyncio.create_task(client.get("/slow"))
        await begun.wait()

        server.should_exit = True
        answer = await asking

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "1"
    assert [line["status"] for line in lines.of("request")] == [503]
    assert "Traceback" not in lines.text


async def test_a_response_that_does_not_end_is_cut_off_without_a_traceback(
    on_sqlite: Settings, begun: asyncio.Event, lines: Lines
) -> None:
    async with (
        serving(ledger_with(on_sqlite, begun, 0), patience=1) as (server, client),
        client.stream("GET", "/endless") as answer,
    ):
        await begun.wait()
        server.should_exit = True
        with pytest.raises(httpx.RemoteProtocolError):
            await answer.aread()

    assert len(lines.of("request cut off by the stop")) == 1
    assert "Traceback" not in lines.text


async def test_an_idle_connection_does_not_delay_the_stop(on_sqlite: Settings, begun: asyncio.Event) -> None:
    async with serving(ledger_with(on_sqlite, begun, 0), patience=600) as (server, client):
        await client.get("/health/live")

        server.should_exit = True

    assert not server.server_state.connections
