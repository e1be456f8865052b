"""A process: its socket, its signals, what it says on the terminal."""

import fcntl
import gc
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from shared.settings import Settings
from shared.telemetry import log

_kept: list[Any] = []
"""Files that stay open as long as the process lives."""


def say(sentence: str) -> None:
    """A line for the person at the terminal."""
    print(sentence, flush=True)


def alone_in(folder: Path) -> None:
    """Two platforms on one folder would publish everything twice: the second one is told, and ends."""
    lock = (folder / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"Another platform runs on {folder}: stop it, or set DATA_DIR to another folder.")
    _kept.append(lock)


def serve(app: FastAPI, settings: Settings, *, banner: str = "", log_file: bool = False) -> None:
    """Serve until SIGTERM or SIGINT; then finish the requests in hand, close everything, and end with 0."""
    if log_file:
        stream = (settings.make_data_dir() / "log.jsonl").open("a", buffering=1)
        _kept.append(stream)
        log.configure(stream=stream)
    else:
        log.configure()
    taken = listening(settings)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        # Who calls, its token says; where we are called, nobody needs to tell us.
        proxy_headers=False,
        timeout_graceful_shutdown=10,
        lifespan="on",
    )
    server = _Server(config, banner)
    server.run(sockets=[taken])
    if not server.started:
        sys.exit("The start failed; the log says why.")


def welcome(settings: Settings) -> str:
    """Where to go next, and a first call that works when it is pasted."""
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


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, banner: str) -> None:
        super().__init__(config)
        self._banner = banner

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # What stands now stays. To look through all of it again would hold every request and event for 0.1 s each time;
        # and to look after each 700 new objects, as is usual, takes a fourteenth of a request's time.
        gc.collect()
        gc.freeze()
        gc.set_threshold(10_000, 20, 20)
        if self.started and self._banner:
            say(self._banner)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # The server's own way raises the signal again at the end: a stop that was asked for is not a failure.
        former = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)


def listening(settings: Settings) -> socket.socket:
    """The socket of the port that is set; a port that cannot be had ends the process with a sentence."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # Of a named protocol: only then does asyncio send each part of an answer at once. Otherwise the body waits until
    # the caller has acknowledged the headers, which it puts off for 40 ms.
    taken = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((settings.host, settings.port))
    except OSError as error:
        sys.exit(f"Port {settings.port} cannot be had ({os.strerror(error.errno or 0)}): set PORT to another one.")
    return taken
