"""Start a process of the platform, wait until it is ready, stop it by its id."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import httpx

from deploy.servers import free_port

ROOT = Path(__file__).parents[1]
START = 180.0
"""Maximum seconds until a process is ready. A first start loads all reference data."""


class Running(Protocol):
    """A process that was started: the part of `subprocess.Popen` that is used here."""

    @property
    def pid(self) -> int:
        """Process id."""

    @property
    def returncode(self) -> int | None:
        """Exit code, negative for a signal; None until `poll` or `wait` has seen the end."""

    def poll(self) -> int | None:
        """Return the exit code, None while the process runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end; return the exit code. Raises subprocess.TimeoutExpired."""

    def send_signal(self, sig: int) -> None:
        """Send a signal."""

    def kill(self) -> None:
        """Send SIGKILL."""


def interpreter(module: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> Running:
    """Start `python -m module` in a session of its own; its output goes to the end of a file."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )


Spawn = Callable[[str, Sequence[str], Mapping[str, str], Path], Running]
spawn: Spawn = interpreter
"""Starts the processes; the tests fork most of theirs."""


@dataclass
class Process:
    """A process of `python -m services …`, or of another module, on its own port."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    port: int = field(default_factory=free_port)
    running: Running | None = None
    module: str = "services"

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, **more: str) -> None:
        """Start it; it may not be ready yet."""
        environment = {**os.environ, **self.environment, "TERRITORIES_PORT": str(self.port), **more}
        self.running = spawn(self.module, self.arguments, environment, self.log)

    async def ready(self, path: str = "/health/ready", seconds: float = START) -> None:
        """Wait until it is ready."""
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
    def pid(self) -> int:
        """Process id while it runs."""
        if self.running is None:
            raise AssertionError(f"{self.arguments} is not running.")
        return self.running.pid

    @property
    def ended(self) -> bool:
        """True if it has ended."""
        return self.running is not None and self.running.poll() is not None

    @property
    def status(self) -> int | None:
        """Exit code; negative for a signal."""
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
        """End of its output."""
        return self.log.read_text(errors="replace")[-3000:]
