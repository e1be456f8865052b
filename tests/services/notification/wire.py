"""A server that answers with bytes, as no library would let a receiver do."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

RESET: Final = b"reset"
"""In the place of a packet: cut the line."""
NO_CONTENT: Final = (b"HTTP/1.1 204 No Content\r\n\r\n",)
"""An answer after which the connection stays open."""
Answer = Sequence[bytes]
"""The packets of one answer; none: no answer."""


@dataclass
class Wire:
    """The request lines that came, one list for each connection."""

    connections: list[list[str]] = field(default_factory=list)
    url: str = ""

    @property
    def requests(self) -> list[str]:
        """Return all request lines."""
        return [line for lines in self.connections for line in lines]


@asynccontextmanager
async def wire(*scripts: Sequence[Answer], tls: ssl.SSLContext | None = None) -> AsyncIterator[Wire]:
    """Serve connections in turn, each by its script: one answer per request, then the end. The last script stays."""
    seen, tasks = Wire(), list[asyncio.Task[None]]()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines: list[str] = []
        seen.connections.append(lines)
        script = scripts[min(len(seen.connections), len(scripts)) - 1]
        tasks.append(asyncio.create_task(_serve(reader, writer, script, lines)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    async with server:
        seen.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
        yield seen
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _serve(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, script: Sequence[Answer], lines: list[str]
) -> None:
    try:
        for packets in script:
            lines.append(await read_request(reader))
            for packet in packets:
                if packet is RESET:
                    writer.transport.abort()
                    return
                writer.write(packet)
                # The next packet comes by itself.
                await asyncio.sleep(0.02)
    except (ConnectionError, asyncio.IncompleteReadError):
        # The client has left.
        return
    finally:
        writer.close()


async def read_request(reader: asyncio.StreamReader) -> str:
    """Read one request with its body, and return its first line."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *headers = head.splitlines()
    lengths = [line.partition(":")[2] for line in headers if line.lower().startswith("content-length:")]
    await reader.readexactly(sum(map(int, lengths)))
    return first
