"""Applications behind real HTTP servers in this process."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from shared.runtime.connections import ServerConfig, connections_of
from shared.runtime.server import HttpServer
from shared.settings import Settings


def listening() -> socket.socket:
    """A socket on a free port, so that an address is known before the application that needs it is made."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    return sock


def address(sock: socket.socket) -> str:
    return f"http://127.0.0.1:{sock.getsockname()[1]}"


@asynccontextmanager
async def at_work(
    app: FastAPI, sock: socket.socket, *, patience: int = 10, banner: str = ""
) -> AsyncIterator[HttpServer]:
    """The application behind the platform's own server; `should_exit` stops it."""
    config = ServerConfig(
        app, connections_of(Settings()), log_config=None, timeout_graceful_shutdown=patience, lifespan="on"
    )
    server = HttpServer(config, app, banner)
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield server
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def served(app: FastAPI, sock: socket.socket) -> AsyncIterator[None]:
    """The application behind a real server, until the end of the block."""
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, ws="none"))
    serving = asyncio.create_task(server.serve(sockets=[sock]))
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await serving
