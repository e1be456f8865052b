"""Requests that no HTTP library would send."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from deploy.haproxy import HAProxy
from deploy.servers import HOST


@dataclass
class Answer:
    """The answer, and if the connection was closed after it."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)


async def talk(edge: HAProxy, *words: bytes | float, seconds: float = 20) -> Answer:
    """Say these words, pausing where a number stands between them, and hear the first answer; status 0 without one."""
    reader, writer = await asyncio.open_connection(HOST, edge.port)
    try:
        async with asyncio.timeout(seconds):
            speaking = asyncio.create_task(_speak(writer, words))
            try:
                return await _hear(reader)
            finally:
                speaking.cancel()
                await asyncio.gather(speaking, return_exceptions=True)
    finally:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)


async def _speak(writer: asyncio.StreamWriter, words: tuple[bytes | float, ...]) -> None:
    for word in words:
        if isinstance(word, bytes):
            writer.write(word)
            await writer.drain()
        else:
            await asyncio.sleep(word)


async def _hear(reader: asyncio.StreamReader) -> Answer:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, ConnectionError):
        return Answer(0, {}, b"")
    first, *rest = head.strip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Answer(int(first.split()[1]), headers, body)
