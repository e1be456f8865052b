"""The requests of the client, as they arrive: the address to the byte."""

import pytest

from tests.services.notification.receiver import sending
from tests.services.notification.wire import NO_CONTENT, wire

TARGETS = [
    "/hook?sp=%2Ftriggers&sig=aB%2Bc%2F%3D",
    "/hook?sp=/triggers&sig=aB+c/=",
    "/a/../b",
    "/./a//b/",
    "/%7euser/%41?%C3%A9=%c3%a9",
    "/a;b=c,d:@!$&'()*+?e??&&=",
    "/hook??",
    "/?a=1&a=2",
]


@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
@pytest.mark.parametrize("target", TARGETS)
async def test_an_address_is_called_as_it_was_registered(target: str, method: str) -> None:
    async with wire([NO_CONTENT]) as server, sending() as sender:
        answer = await sender.send(method, server.url.replace("/hook", target), {}, b"{}" * (method == "POST") or None)

    assert server.requests == [f"{method} {target} HTTP/1.1"]
    assert answer.status == 204


@pytest.mark.parametrize(("end", "target"), [("", "/"), ("?a=b", "/?a=b")])
async def test_an_address_without_a_path_is_called_at_the_root(end: str, target: str) -> None:
    async with wire([NO_CONTENT]) as server, sending() as sender:
        await sender.send("OPTIONS", server.url.replace("/hook", end), {})

    assert server.requests == [f"OPTIONS {target} HTTP/1.1"]
