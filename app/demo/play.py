"""`python -m services demo`: start a platform on a fresh folder, play the journey, print it, stop."""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx

from app.demo.checks import Deviation
from app.demo.journey import SUBSCRIBERS
from app.demo.life import ContractLife
from app.demo.receiver import WebhookReceiver
from shared.runtime.server import say
from shared.telemetry.error_names import error_text

START = 120.0


def run() -> int:
    """Play the journey; return the exit code."""
    with tempfile.TemporaryDirectory(prefix="territoires-demo-") as folder:
        try:
            asyncio.run(_run(Path(folder)))
        except (Deviation, httpx.HTTPError, TimeoutError) as error:
            say(f"\nThe journey failed: {error_text(error)}")
            return 1
    return 0


async def _run(folder: Path) -> None:
    started = time.monotonic()
    say("Starting a platform on a fresh folder, with the real reference data …")
    async with _platform(folder) as address:
        say(f"Ready after {time.monotonic() - started:.0f} s: {address}")
        await play(folder, address)
    say(f"\nEvery step succeeded, in {time.monotonic() - started:.0f} s.")


async def play(folder: Path, address: str) -> None:
    """Play the journey on a running platform; `clients.env` in the folder has the secrets. Raise Deviation."""
    say("Companies, State services, people, sheets, protocols and contracts are synthetic; all the rest is real.")
    async with (
        WebhookReceiver(SUBSCRIBERS).listening() as receiver,
        ContractLife(_Clients(folder, address), receiver, say) as journey,
    ):
        await journey.walk(len(journey.stages))


class _Clients:
    """Open HTTP clients with the token of a demo client."""

    def __init__(self, folder: Path, address: str) -> None:
        self._folder = folder
        self._address = address

    @asynccontextmanager
    async def __call__(self, name: str | None) -> AsyncIterator[httpx.AsyncClient]:
        async with httpx.AsyncClient(base_url=self._address, timeout=30, trust_env=False) as client:
            if name:
                client.headers["Authorization"] = f"Bearer {await self._token(client, name)}"
            yield client

    async def _token(self, client: httpx.AsyncClient, name: str) -> str:
        lines = (self._folder / "clients.env").read_text().splitlines()
        secrets = dict(line.split("=", 1) for line in lines if "=" in line)
        prefix = name.upper().replace("-", "_")
        answer = await client.post(
            "/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(secrets[f"{prefix}_ID"], secrets[f"{prefix}_SECRET"]),
        )
        token: str = answer.raise_for_status().json()["access_token"]
        return token


@asynccontextmanager
async def _platform(folder: Path) -> AsyncIterator[str]:
    """Run a platform in its own process, with loopback webhooks allowed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "TERRITORIES_DANGEROUS_LOOPBACK_WEBHOOKS": "true",
    }
    with (folder / "out.txt").open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services"),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        await _ready(address, process, folder / "out.txt")
        yield address
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _ready(address: str, process: asyncio.subprocess.Process, output: Path) -> None:
    deadline = time.monotonic() + START
    async with httpx.AsyncClient(trust_env=False) as client:
        while process.returncode is None and time.monotonic() < deadline:
            with suppress(httpx.TransportError):
                if (await client.get(f"{address}/health/ready")).is_success:
                    return
            await asyncio.sleep(0.1)
    printed = await asyncio.to_thread(output.read_text)
    raise Deviation(f"The platform did not start:\n{printed[-2000:]}")
