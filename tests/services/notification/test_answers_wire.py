"""The client's results for answers that are cut, slow, compressed, absent, or no HTTP."""

import asyncio
import gzip
import socket
from collections.abc import Callable
from contextlib import closing

import pytest
from aiohttp import web

from services.notification.jobs.failures import CLOSED, NOT_HTTP
from services.notification.jobs.http import RESPONSE_BYTES
from tests.services.notification.receiver import Answering, after, endless, receiver, resetting, sending, status
from tests.services.notification.wire import wire

Spread = Callable[[bytes], list[bytes]]


async def answered(how: Answering, seconds: float = 5) -> tuple[int | None, str | None, str | None, int]:
    """Return the client's result for one way to answer."""
    async with receiver() as other, sending(seconds) as sender:
        other.agrees = how
        answer = await sender.send("OPTIONS", other.url, {})
    return answer.status, answer.error, answer.body, answer.ms


async def test_an_answer_is_kept_to_four_kilobytes() -> None:
    code, _, body, _ = await answered(status(200, "é" * 1_000_000))

    assert code == 200
    assert body == "é" * (RESPONSE_BYTES // 2)


async def test_an_answer_without_end_is_cut() -> None:
    code, _, body, _ = await answered(endless())

    assert code == 200
    assert body == "x" * RESPONSE_BYTES


async def test_who_talks_slowly_holds_us_for_a_moment_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.notification.jobs.http.READ_TIMEOUT", 0.05)
    code, _, body, _ = await answered(endless(b"x", pause=0.02))

    assert code == 200
    assert body
    assert set(body) == {"x"}


async def test_a_compressed_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(b"x" * 10_000_000)

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(body=bomb, headers={"Content-Encoding": "gzip"})

    code, _, body, _ = await answered(answer)

    assert code == 200
    assert body is not None
    assert len(body) <= RESPONSE_BYTES


async def test_an_answer_never_holds_what_a_database_does_not_take() -> None:
    _, _, body, _ = await answered(status(200, "a\0b"))

    assert body == "a\N{REPLACEMENT CHARACTER}b"


async def test_who_does_not_answer_is_given_up() -> None:
    code, error, _, ms = await answered(after(asyncio.Event(), status(200)), seconds=0.1)

    assert code is None
    assert error == "no response within 0.1 s"
    assert ms >= 90


async def test_who_cuts_the_line_has_not_answered() -> None:
    code, error, _, _ = await answered(resetting)

    assert code is None
    assert (error or "").startswith("no ")


async def test_where_nobody_listens_there_is_no_connection() -> None:
    with closing(socket.socket()) as unheard:
        unheard.bind(("127.0.0.1", 0))
        async with sending() as sender:
            answer = await sender.send("POST", f"http://127.0.0.1:{unheard.getsockname()[1]}/", {}, b"{}")

    assert answer.status is None
    assert "no connection" in (answer.error or "")


OK = b"HTTP/1.1 200 OK\r\n"
DELIVERED = {
    "204 with a body": b"HTTP/1.1 204 No Content\r\n\r\nhello",
    "204 that announces a body": b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
    "204 in chunks": b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "205 with a body": b"HTTP/1.1 205 Reset Content\r\nContent-Length: 5\r\n\r\nhello",
    "206": b"HTTP/1.1 206 Partial Content\r\nContent-Length: 0\r\n\r\n",
    "299": b"HTTP/1.1 299 Whatever\r\nContent-Length: 0\r\n\r\n",
    "no reason": b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\n\r\nhello",
    "no length": OK + b"\r\nhello",
    "a body shorter than its length": OK + b"Content-Length: 50\r\n\r\nhello",
    "a body longer than its length": OK + b"Content-Length: 2\r\n\r\nhello",
    "chunks that are none": OK + b"Transfer-Encoding: chunked\r\n\r\nzzz\r\nhello",
    "chunks without end": OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    "gzip that is none": OK + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
    "another answer behind": OK + b"Content-Length: 0\r\n\r\nHTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
    "interim responses": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK + b"\r\n",
}
NOT_DELIVERED = {
    "the head is cut": (None, OK + b"Content-Le"),
    "an interim response alone": (None, b"HTTP/1.1 102 Processing\r\n\r\n"),
    "101": (101, b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\nxx"),
    "304": (304, b"HTTP/1.1 304 Not Modified\r\n\r\n"),
    "600": (600, b"HTTP/1.1 600 Whatever\r\nContent-Length: 0\r\n\r\n"),
    "099": (None, b"HTTP/1.1 099 Whatever\r\nContent-Length: 0\r\n\r\n"),
    "HTTP/2 in letters": (None, b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"),
    "HTTP/0.9": (None, b"hello"),
    "two lengths": (None, OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
    "a length and chunks": (
        None,
        OK + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    ),
    "a failure, and a success behind": (500, b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n" + OK + b"\r\n"),
    "interim responses without end": (None, b"HTTP/1.1 102 Processing\r\n\r\n" * 500 + OK + b"\r\n"),
}
PACKETS: dict[str, Spread] = {
    "at once": lambda said: [said],
    "head and body": lambda said: [said[: said.find(b"\r\n\r\n") + 4], said[said.find(b"\r\n\r\n") + 4 :]],
    "inside the end of the head": lambda said: [said[: said.find(b"\r\n\r\n") + 2], said[said.find(b"\r\n\r\n") + 2 :]],
}
"""Ways in which the bytes of an answer may be spread over packets: they change nothing."""


@pytest.mark.parametrize("spread", PACKETS.values(), ids=PACKETS)
@pytest.mark.parametrize("said", DELIVERED.values(), ids=DELIVERED)
async def test_the_head_decides_what_is_delivered(said: bytes, spread: Spread) -> None:
    async with wire([spread(said)]) as server, sending() as sender:
        answer = await sender.send("POST", server.url, {}, b"{}")

    assert answer.is_success
    assert answer.error is None


@pytest.mark.parametrize("spread", PACKETS.values(), ids=PACKETS)
@pytest.mark.parametrize(("code", "said"), NOT_DELIVERED.values(), ids=NOT_DELIVERED)
async def test_the_head_decides_what_is_not_delivered(code: int | None, said: bytes, spread: Spread) -> None:
    async with wire([spread(said)]) as server, sending() as sender:
        answer = await sender.send("POST", server.url, {}, b"{}")

    assert not answer.is_success
    assert answer.status == code
    assert answer.error in ((NOT_HTTP, CLOSED) if code is None else (None,))


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\0\0\0\0",
        b"HTTP/9.9 200 OK\r\n\r\n",
        b"HTTP/1.1 999999999 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: minus one\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: x\r\n" % count for count in range(50_000)) + b"\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"<html>hello</html>",
    ],
    ids=lambda said: repr(said[:30]),
)
async def test_what_is_no_http_is_no_answer(said: bytes) -> None:
    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    async with server, sending() as sender:
        answer = await sender.send("OPTIONS", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", {})

    assert answer.status is None
    assert answer.error in (NOT_HTTP, CLOSED)
