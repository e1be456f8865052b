"""Run an application in a process: socket, signals, terminal output."""

import asyncio
import fcntl
import gc
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, Final

import uvicorn
from fastapi import FastAPI

from shared.app_state import NotSet, stop
from shared.runtime import health
from shared.runtime.connections import ServerConfig, connections_of
from shared.runtime.platform import PLATFORM
from shared.settings import Settings
from shared.telemetry import log
from shared.telemetry.line_writer import LineWriter

POLL_INTERVAL: Final = 0.2
"""Seconds between two looks at whether the platform is ready, at the start."""
PROGRESS_INTERVAL: Final = 1.0
"""Minimum seconds between two lines about what is lacking."""

_kept: list[Any] = []
"""Files kept open until the process ends."""


def say(sentence: str) -> None:
    """Print a line for the person at the terminal."""
    print(sentence, flush=True)


def alone_in(folder: Path) -> None:
    """Lock the data folder, or exit: two platforms on one folder would publish everything twice."""
    lock = (folder / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"Another platform runs on {folder}: stop it, or set DATA_DIR to another folder.")
    _kept.append(lock)


def let_go() -> None:
    """Give up the lock in a forked process: it shall not outlive the platform."""
    _kept.clear()


def serve(app: FastAPI, settings: Settings, *, banner: str = "", log_file: bool = False) -> None:
    """Serve until SIGTERM or SIGINT; then finish open requests, close everything, and exit with 0."""
    stream = (settings.make_data_dir() / "log.jsonl").open("a") if log_file else sys.stdout
    log.configure(stream=LineWriter(stream))
    bound = listening(settings)
    config = ServerConfig(
        app,
        connections_of(settings),
        log_config=None,
        access_log=False,
        server_header=False,
        # The token identifies the caller, and no URL is built from the request: forwarded headers are not needed.
        proxy_headers=False,
        # Seconds for open requests to end at a stop; after them they are cancelled, and answered 503.
        timeout_graceful_shutdown=10,
        lifespan="on",
    )
    server = HttpServer(config, app, banner)
    server.run(sockets=[bound])
    if not server.started:
        sys.exit("The start failed; the log says why.")


def welcome(settings: Settings) -> str:
    """Return the start banner: addresses, and a first call that can be pasted."""
    address = f"http://{settings.host}:{settings.port}"
    webhooks = "  webhooks        go to this machine too: dangerous_loopback_webhooks, for development alone"
    return "\n".join(
        (
            "",
            f"Territoires d'industrie is ready: {address}",
            f"  documentation   {address}/",
            f"  demo clients    {settings.data_dir}/clients.env",
            f"  log             {settings.data_dir}/log.jsonl",
            *([webhooks] if settings.dangerous_loopback_webhooks else []),
            "",
            "A first call:",
            "",
            f"  curl '{address}/v1/territories?q=lacq'",
            "",
            "Stop with Ctrl-C; what you did is still there at the next start.",
        )
    )


class HttpServer(uvicorn.Server):
    """The HTTP server of an application. At a stop it finishes open requests, and ends those that wait for news."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, banner: str = "") -> None:
        super().__init__(config)
        self._app = app
        self._banner = banner
        self._announcing: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        # A full collection stops everything for 0.1 s: it need not look through what is imported, or stands since the
        # start.
        gc.freeze()
        await super().startup(sockets)
        gc.collect()
        gc.freeze()
        if self.started and self._banner:
            self._announcing = asyncio.create_task(self._announce())

    async def _announce(self) -> None:
        """Print the banner once the platform is ready; until then what it lacks, whenever that has changed."""
        clock = asyncio.get_running_loop().time
        said, due_at = "", clock()
        while lacking := await self._lacking():
            line = f"Not ready yet: {'; '.join(lacking)}."
            if line != said and clock() >= due_at:
                say(line)
                said, due_at = line, clock() + PROGRESS_INTERVAL
            await asyncio.sleep(POLL_INTERVAL)
        say(self._banner)

    async def _lacking(self) -> list[str]:
        try:
            return await health.lacking_of(PLATFORM.of(self._app))
        except Exception as error:  # whatever it is, the platform is not ready
            return [f"the databases do not answer ({type(error).__name__})"]

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._announcing:
            self._announcing.cancel()
            await asyncio.wait([self._announcing])
        stop(self._app)
        # An application without a platform has no services.
        with suppress(NotSet):
            PLATFORM.of(self._app).release_waiting()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin the stop; end a start at once."""
        if not self.started:
            # Loading takes long, and has no request to finish. What it has not committed is loaded by the next start.
            if self._banner:
                say("Stopped before the start was finished.")
            os._exit(0)
        super().handle_exit(sig, frame)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn raises the signal again at the end; a requested stop is not a failure.
        former = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)


def listening(settings: Settings) -> socket.socket:
    """Open the listening socket; exit with a sentence if the port is not available."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio sets TCP_NODELAY only if the protocol is named. Without it the body waits until the client has
    # acknowledged the headers, which it delays by 40 ms.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((settings.host, settings.port))
    except OSError as error:
        sys.exit(f"Port {settings.port} is not available ({os.strerror(error.errno or 0)}): set PORT to another one.")
    return bound
