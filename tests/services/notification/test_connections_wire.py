"""Connections that are kept: a request that meets a closed one is repeated once, where nothing of an answer came."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import pytest

from services.notification.jobs.failures import CLOSED
from services.notification.models import DeliveryState
from shared.settings import Settings
from tests.services.notification.engine import bench
from tests.services.notification.receiver import sending
from tests.services.notification.wire import NO_CONTENT, RESET, Answer, wire
from tests.support.waiting import PATIENCE

CLOSING: Answer = ()
CUTTING: Answer = (RESET,)


async def statuses(
    requests: int, *scripts: Sequence[Answer], method: str = "POST"
) -> tuple[list[int | None], list[int]]:
    """Send requests one after another; return their statuses, and the requests of each connection."""
    async with wire(*scripts) as server, sending() as sender:
        body = b"{}" if method == "POST" else None
        answers = [await sender.send(method, server.url, {}, body) for _ in range(requests)]
        assert all(answer.error == CLOSED for answer in answers if answer.status is None)
    return [answer.status for answer in answers], [len(lines) for lines in server.connections]


@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
@pytest.mark.parametrize("ending", [CLOSING, CUTTING], ids=["closes", "cuts"])
async def test_a_request_on_a_kept_connection_without_any_answer_is_repeated_on_a_new_one(
    ending: Answer, method: str
) -> None:
    found = await statuses(2, [NO_CONTENT, ending], [NO_CONTENT], method=method)

    assert found == ([204, 204], [2, 1])


async def test_it_is_repeated_on_a_new_connection_though_another_one_is_kept() -> None:
    async with wire([NO_CONTENT, NO_CONTENT, CLOSING], [NO_CONTENT]) as server, sending() as sender:
        for _ in range(3):
            answer = await sender.send("POST", server.url, {}, b"{}")

    assert answer.status == 204
    assert [len(lines) for lines in server.connections] == [3, 1]


@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
@pytest.mark.parametrize("ending", [CLOSING, CUTTING], ids=["closes", "cuts"])
async def test_a_request_on_a_new_connection_is_not_repeated(ending: Answer, method: str) -> None:
    found = await statuses(1, [ending], method=method)

    assert found == ([None], [1])


@pytest.mark.parametrize("ending", [CLOSING, CUTTING], ids=["closes", "cuts"])
async def test_a_request_is_repeated_once(ending: Answer) -> None:
    found = await statuses(2, [NO_CONTENT, ending], [ending], [NO_CONTENT])

    assert found == ([204, None], [2, 1])


@pytest.mark.parametrize(
    "begun",
    [
        (b"H",),
        (b"HTTP/1.1 200 OK\r\n",),
        (b"HTTP/1.1 200 OK\r\nContent-Le",),
        (b"HTTP/1.1 100 Continue\r\n\r\n",),
        (b"HTTP/1.1 200 OK\r\n", RESET),
    ],
    ids=lambda begun: b"+".join(begun).decode(),
)
@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
async def test_a_request_with_the_beginning_of_an_answer_is_not_repeated(begun: Answer, method: str) -> None:
    found = await statuses(2, [NO_CONTENT, begun], [NO_CONTENT], method=method)

    assert found == ([204, None], [2])


async def test_a_request_without_an_answer_in_time_is_not_repeated() -> None:
    silent: Answer = (b"", *[b""] * 50)
    async with wire([NO_CONTENT, silent], [NO_CONTENT]) as server, sending(0.2) as sender:
        await sender.send("POST", server.url, {}, b"{}")
        answer = await sender.send("POST", server.url, {}, b"{}")

    assert answer.error == "no response within 0.2 s"
    assert len(server.connections) == 1


async def test_an_answer_that_nobody_asked_for_is_not_the_answer_to_the_next_request() -> None:
    unasked: Answer = (*NO_CONTENT, *NO_CONTENT)
    failing: Answer = (b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",)
    async with wire([unasked, failing], [failing]) as server, sending() as sender:
        first = await sender.send("POST", server.url, {}, b"{}")
        # The second answer arrives while no request is in flight.
        await asyncio.sleep(0.1)
        second = await sender.send("POST", server.url, {}, b"{}")

    assert (first.status, second.status) == (204, 500)
    assert [len(lines) for lines in server.connections] == [1, 1]


@pytest.mark.filterwarnings("ignore:Sending a large body directly")
async def test_a_request_that_the_receiver_does_not_read_is_cut_at_its_end() -> None:
    """Closed without a cut, the connection would stay open until the receiver has read everything."""
    size, read, over = 20_000_000, list[int](), asyncio.Event()
    answered = asyncio.Event()

    async def read_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answered.wait()
        with suppress(ConnectionError):
            while piece := await reader.read(65_536):
                read.append(len(piece))
        over.set()
        writer.close()

    server = await asyncio.start_server(read_late, "127.0.0.1", 0)
    async with server, sending(0.3) as sender, asyncio.timeout(PATIENCE):
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        answer = await sender.send("POST", url, {}, b"x" * size)
        answered.set()
        await over.wait()

    assert answer.error == "no response within 0.3 s"
    assert sum(read) < size


async def test_a_receiver_that_closes_after_each_answer_without_a_word_costs_no_attempt(settings: Settings) -> None:
    async with bench(settings, webhook_delays=(3600.0,)) as place, wire([NO_CONTENT, CLOSING]) as server:
        subscription = await place.subscribe(server.url)
        await place.plan(subscription, subjects=[f"figure/{number}" for number in range(20)])
        async with place.running():
            (rows,) = await place.closed(subscription)
            attempts = await place.attempts(subscription)

    assert {(row.state, row.attempts) for row in rows} == {(DeliveryState.DELIVERED, 1)}
    assert {(each.number, each.status, each.error) for each in attempts} == {(1, 204, None)}
    assert any(len(lines) == 2 for lines in server.connections), "connections were kept"
