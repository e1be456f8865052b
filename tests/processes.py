"""The platform as real processes, in both of its forms: embedded, or one process per service.

The form decides nothing but the environment: the same client plays the same journey on both.
"""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from services.embedded import SERVICES

ROOT = Path(__file__).parents[1]
START = 60.0
"""Seconds within which a process is ready, on a busy machine."""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Process:
    """One `python -m services …`, or of another module, on a port of its own."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    port: int = field(default_factory=free_port)
    running: subprocess.Popen[bytes] | None = None
    module: str = "services"

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, **more: str) -> None:
        """Start it; it may not be ready yet."""
        environment = {**os.environ, **self.environment, "TERRITORIES_PORT": str(self.port), **more}
        with self.log.open("ab") as output:
            self.running = subprocess.Popen(
                [sys.executable, "-m", self.module, *self.arguments],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    async def ready(self, path: str = "/health/ready", seconds: float = START) -> None:
        """Wait until it says that it is ready."""
        deadline = time.monotonic() + seconds
        last = "no answer"
        async with httpx.AsyncClient(timeout=5) as client:
            while time.monotonic() < deadline:
                if self.ended:
                    raise AssertionError(f"{self.arguments} ended with {self.status}:\n{self.tail()}")
                try:
                    answer = await client.get(self.url + path)
                    if answer.status_code == 200:
                        return
                    last = answer.text
                except httpx.TransportError as error:
                    last = repr(error)
                await asyncio.sleep(0.1)
        raise AssertionError(f"{self.arguments} not ready after {seconds} s: {last}\n{self.tail()}")

    @property
    def ended(self) -> bool:
        """Has it ended by itself?"""
        return self.running is not None and self.running.poll() is not None

    @property
    def status(self) -> int | None:
        """How it ended; negative for a signal."""
        return self.running.returncode if self.running else None

    def kill(self) -> None:
        """SIGKILL, this process alone."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, and wait."""
        self._end(signal.SIGTERM)

    def _end(self, number: int) -> None:
        if self.running is None:
            return
        if self.running.poll() is None:
            self.running.send_signal(number)
        try:
            self.running.wait(20)
        except subprocess.TimeoutExpired:
            self.running.kill()
            self.running.wait()

    def tail(self) -> str:
        """The end of what it said."""
        return self.log.read_text(errors="replace")[-3000:]


def segments() -> dict[str, str]:
    """The first segment after `/v1`, and the service that it belongs to: what a gateway's map says."""
    return {
        route.path.split("/")[2]: service.name
        for service in SERVICES
        for route in service.router.operations()
        if route.path.startswith("/v1/")
    }


@dataclass
class Form:
    """The platform at work: its processes, by name."""

    name: str
    data_dir: Path
    processes: dict[str, Process]
    database_url: str
    vhost: str = ""

    def url_of(self, path: str) -> str:
        """The process that answers a path."""
        if "embedded" in self.processes:
            return self.processes["embedded"].url
        if path.startswith("/v1/"):
            return self.processes[segments()[path.split("/")[2].partition("?")[0]]].url
        return self.processes["issuer"].url

    def secrets(self) -> dict[str, str]:
        """What the issuer wrote for its demo clients."""
        lines = (self.data_dir / "clients.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    @asynccontextmanager
    async def client(self, name: str | None = None) -> AsyncIterator["Client"]:
        """A client with the token of a demo client, or without one."""
        async with httpx.AsyncClient(timeout=30) as http:
            client = Client(self, http)
            if name:
                secrets = self.secrets()
                prefix = name.upper().replace("-", "_")
                answer = await http.post(
                    self.url_of("/oauth/token") + "/oauth/token",
                    data={"grant_type": "client_credentials"},
                    auth=(secrets[f"{prefix}_ID"], secrets[f"{prefix}_SECRET"]),
                )
                assert answer.status_code == 200, answer.text
                http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
            yield client


@dataclass
class Client:
    """Sends each request to the service that its path belongs to."""

    form: Form
    http: httpx.AsyncClient

    async def request(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        """One request."""
        return await self.http.request(method, self.form.url_of(path) + path, **kwargs)

    async def get(self, path: str, **kwargs: Any) -> httpx.Response:
        """Read."""
        return await self.request("GET", path, **kwargs)

    async def post(self, path: str, **kwargs: Any) -> httpx.Response:
        """Act."""
        return await self.request("POST", path, **kwargs)

    async def patch(self, path: str, **kwargs: Any) -> httpx.Response:
        """Change."""
        return await self.request("PATCH", path, **kwargs)

    async def delete(self, path: str, **kwargs: Any) -> httpx.Response:
        """Delete."""
        return await self.request("DELETE", path, **kwargs)
