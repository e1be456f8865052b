"""A receiver that does nothing but note when what arrived; a process of its own, as receivers are."""

import asyncio
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web


class ReceiverProcess:
    """The receiver's process, as the benchmarks speak to it."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self.http = http
        self.url = url

    async def arrivals(self) -> dict[str, float]:
        """When each event first came, by its id, in seconds of the machine's clock."""
        async with self.http.get(f"{self.url}/") as answer:
            found: dict[str, float] = await answer.json()
        return found

    async def forget(self) -> None:
        """Begin anew."""
        await self.http.delete(f"{self.url}/")

    async def has(self, count: int, *, seconds: float = 120) -> dict[str, float]:
        """Wait until so many have come."""
        async with asyncio.timeout(seconds):
            while len(found := await self.arrivals()) < count:  # noqa: ASYNC110 - another process tells nobody
                await asyncio.sleep(0.1)
        return found


@asynccontextmanager
async def receiving() -> AsyncIterator[ReceiverProcess]:
    """A receiver at work on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "benchmarks.receiver", str(port))
    try:
        async with aiohttp.ClientSession() as http:
            receiver = ReceiverProcess(http, f"http://127.0.0.1:{port}")
            async with asyncio.timeout(30):
                while True:
                    try:
                        await receiver.arrivals()
                        break
                    except aiohttp.ClientConnectionError:
                        await asyncio.sleep(0.05)
            yield receiver
    finally:
        process.terminate()
        await process.wait()


def main() -> None:
    """Receive until told to stop."""
    came: dict[str, float] = {}

    async def note(request: web.Request) -> web.Response:
        await request.read()
        came.setdefault(request.headers["webhook-id"] + request.path, time.time())
        return web.Response(status=204)

    async def consent(_: web.Request) -> web.Response:
        return web.Response(headers={"WebHook-Allowed-Origin": "*"})

    async def list_arrivals(_: web.Request) -> web.Response:
        return web.json_response(came)

    async def forget(_: web.Request) -> web.Response:
        came.clear()
        return web.Response(status=204)

    app = web.Application()
    app.router.add_get("/", list_arrivals)
    app.router.add_delete("/", forget)
    app.router.add_post("/{name}", note)
    app.router.add_route("OPTIONS", "/{name}", consent)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)


if __name__ == "__main__":
    main()
