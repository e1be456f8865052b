"""Webhooks through the HTTP proxy of the platform's network."""

import base64
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, Final

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from services.notification.jobs.failures import NO_ADDRESS
from services.notification.jobs.http import Sender
from services.notification.jobs.proxies import Proxy, proxy_of
from services.notification.models import SubscriptionStatus
from services.notification.rules.retries import ReceiverResponse
from shared.settings import Settings
from tests.services.notification.engine import SECRET, bench
from tests.services.notification.proxy import TestProxy, certified, proxying
from tests.services.notification.receiver import Receiver, receiver
from tests.services.notification.test_addresses_wire import Names
from tests.services.notification.wire import NO_CONTENT, RESET, Wire, wire
from tests.support.waiting import until

NAME: Final = "hooks.example.org"
ADDRESS: Final = "8.8.8.8"
TARGET: Final = f"{ADDRESS}:443"
URL: Final = f"https://{NAME}/hook?token=secret"
PASSWORD: Final = "pass:word/é"
USER: Final = "user:pass%3Aword%2F%C3%A9@"


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """TLS of the receiver; clients of this test trust its certificate."""
    server, client = certified(NAME, tmp_path)
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", client)
    return server


def sender(proxy: TestProxy, *, user: str = "", looks_up: bool = False, **more: Any) -> Sender:
    """Return a client that uses a proxy. The name of the receiver has a public address."""
    used = Proxy.of(f"http://{user}127.0.0.1:{proxy.port}", looks_up=looks_up)
    return Sender(**{"timeout": 5, "resolver": Names([ADDRESS]), "proxy": used, **more})


def port_of(server: Wire | Receiver) -> int:
    """Return the port of a receiver."""
    return int(server.url.rpartition(":")[2].partition("/")[0])


@asynccontextmanager
async def behind(tls: ssl.SSLContext, proxy: TestProxy, target: str = TARGET) -> AsyncIterator[Wire]:
    """Run a receiver that the proxy connects to under another address."""
    async with wire([NO_CONTENT] * 9, tls=tls) as server:
        proxy.routes[target] = port_of(server)
        yield server


@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
async def test_the_proxy_is_asked_for_the_address_that_was_checked(tls: ssl.SSLContext, method: str) -> None:
    """The receiver proves by its certificate that it has the name."""
    async with proxying() as proxy, behind(tls, proxy) as server, sender(proxy) as client:
        answer = await client.send(method, URL, {}, b"{}")

    assert answer.status == 204
    assert proxy.asked == [[f"CONNECT {TARGET} HTTP/1.1", f"Host: {TARGET}"]]
    assert server.requests == [f"{method} /hook?token=secret HTTP/1.1"]


async def test_a_connection_through_the_proxy_is_used_again(tls: ssl.SSLContext) -> None:
    async with proxying() as proxy, behind(tls, proxy) as server, sender(proxy) as client:
        answers = [(await client.send("POST", URL, {}, b"{}")).status for _ in range(3)]

    assert answers == [204] * 3
    assert len(proxy.asked) == 1
    assert len(server.connections) == 1


async def test_an_address_of_ipv6_is_written_in_brackets(tls: ssl.SSLContext) -> None:
    names, target = Names(["2a01:4f8::1"]), "[2a01:4f8::1]:8443"
    async with proxying() as proxy, behind(tls, proxy, target), sender(proxy, resolver=names) as client:
        answer = await client.send("POST", f"https://{NAME}:8443/", {}, b"{}")

    assert answer.status == 204
    assert proxy.asked == [[f"CONNECT {target} HTTP/1.1", f"Host: {target}"]]


async def test_the_next_address_is_asked_for_if_the_proxy_opens_no_connection(tls: ssl.SSLContext) -> None:
    names = Names(["2a01:4f8::1", "10.0.0.1", "8.8.4.4", ADDRESS])
    async with proxying() as proxy, behind(tls, proxy), sender(proxy, resolver=names) as client:
        answer = await client.send("POST", URL, {}, b"{}")

    assert answer.status == 204
    assert [line.split()[1] for line in proxy.targets] == ["[2a01:4f8::1]:443", "8.8.4.4:443", TARGET]


async def test_an_address_for_which_the_proxy_waits_leaves_time_for_the_next(
    tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notification.jobs.http.CONNECT_TIMEOUT", 1.0)
    names = Names(["2a01:4f8::1", ADDRESS])
    async with proxying() as proxy, behind(tls, proxy), sender(proxy, resolver=names) as client:
        proxy.silent.add("[2a01:4f8::1]:443")
        answer = await client.send("POST", URL, {}, b"{}")

    assert answer.status == 204
    assert [line.split()[1] for line in proxy.targets] == ["[2a01:4f8::1]:443", TARGET]


async def test_a_receiver_without_tls_is_connected_to_in_the_same_way() -> None:
    """The proxy opens a connection for it too, so the address stays the one that was checked."""
    async with receiver() as one, proxying() as proxy:
        port = port_of(one)
        proxy.routes[f"127.0.0.1:{port}"] = port
        async with sender(proxy, loopback_allowed=True) as client:
            answer = await client.send("OPTIONS", one.url, {})

    assert answer.status == 200
    assert proxy.targets == [f"CONNECT 127.0.0.1:{port} HTTP/1.1"]
    assert one.handshakes[0]["Host"] == f"127.0.0.1:{port}"


@pytest.mark.parametrize("host", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "[::1]", "127.1", NAME, "localhost"])
async def test_what_may_not_be_connected_to_is_refused_before_the_proxy_is_asked(host: str) -> None:
    async with proxying() as proxy, sender(proxy, resolver=Names(["10.0.0.1", "127.0.0.1"])) as client:
        answer = await client.send("POST", f"https://{host}/", {}, b"{}")

    assert answer == ReceiverResponse(None, NO_ADDRESS, ms=0)
    assert proxy.asked == []


async def test_the_certificate_is_that_of_the_name(tls: ssl.SSLContext) -> None:
    async with proxying() as proxy, behind(tls, proxy), sender(proxy) as client:
        answer = await client.send("POST", "https://other.example.org/", {}, b"{}")

    assert answer.error == "no connection: the certificate is not valid for this host"


async def test_the_proxy_gets_user_and_password_and_the_receiver_does_not() -> None:
    async with receiver() as one, proxying() as proxy:
        port = port_of(one)
        proxy.routes[f"127.0.0.1:{port}"] = port
        async with sender(proxy, user=USER, loopback_allowed=True) as client:
            await client.send("OPTIONS", one.url, {})

    [name, scheme, value] = proxy.asked[0][2].split()
    assert (name, scheme) == ("Proxy-Authorization:", "Basic")
    assert base64.b64decode(value).decode() == f"user:{PASSWORD}"
    assert not any(header.lower().startswith("proxy-") for header in one.handshakes[0])


async def _refused(says: bytes, **more: Any) -> tuple[ReceiverResponse, TestProxy]:
    async with proxying(says=says) as proxy, sender(proxy, user=USER, **more) as client:
        return await client.send("POST", URL, {}, b"{}"), proxy


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        (b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "the proxy of the platform answered with status 407"),
        (b"HTTP/1.1 403 Not 10.1.2.3\r\n\r\n<p>10.1.2.3", "the proxy of the platform answered with status 403"),
        (b"HTTP/1.0 502\r\n\r\n", "the proxy of the platform answered with status 502"),
        (b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", "the proxy of the platform answered with status 302"),
        (b"SSH-2.0 10.1.2.3\r\n\r\n", "the proxy of the platform does not speak HTTP/1"),
        (b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", "the proxy of the platform does not speak HTTP/1"),
        (b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 9000, "the proxy of the platform does not speak HTTP/1"),
        (b"HTTP/1.1 200", "the proxy of the platform closed the connection"),
    ],
)
async def test_a_refusal_of_the_proxy_names_the_proxy(says: bytes, reason: str) -> None:
    answer, proxy = await _refused(says)

    assert (answer.status, answer.error, answer.body) == (None, f"no connection: {reason}", None)
    assert len(proxy.asked) == 1


async def test_a_proxy_that_cuts_the_connection_is_named() -> None:
    answer, _ = await _refused(RESET)

    assert answer.error == "no connection to the proxy of the platform: the host cut the connection"


async def test_a_dead_proxy_is_named() -> None:
    with closing(socket.socket()) as unheard:
        unheard.bind(("127.0.0.1", 0))
        async with sender(TestProxy(port=unheard.getsockname()[1])) as client:
            answer = await client.send("POST", URL, {}, b"{}")

    assert answer.error == "no connection to the proxy of the platform: the host refuses connections on this port"


async def test_a_proxy_without_an_address_is_named() -> None:
    async with Sender(timeout=5, resolver=Names([ADDRESS]), proxy=Proxy.of("http://proxy.invalid:3128")) as client:
        answer = await client.send("POST", URL, {}, b"{}")

    assert answer.error == "no connection to the proxy of the platform"


async def test_a_silent_proxy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.notification.jobs.http.CONNECT_TIMEOUT", 0.2)
    answer, _ = await _refused(b"")

    assert answer.error == "no connection within 0.2 s through the proxy of the platform"


async def test_a_proxy_that_may_look_up_names_gets_the_name(tls: ssl.SSLContext) -> None:
    names = Names([])
    async with (
        proxying() as proxy,
        behind(tls, proxy, f"{NAME}:443") as server,
        sender(proxy, looks_up=True, resolver=names) as client,
    ):
        answer = await client.send("POST", URL, {}, b"{}")
        literal = await client.send("POST", "https://10.0.0.1/", {}, b"{}")

    assert (answer.status, len(server.requests)) == (204, 1)
    assert literal.error == NO_ADDRESS
    assert proxy.targets == [f"CONNECT {NAME}:443 HTTP/1.1"]
    assert names.asked == 0


def test_user_and_password_stand_in_no_text() -> None:
    settings = Settings(webhook_proxy=SecretStr(f"http://{USER}proxy.example:3128"))
    proxy = proxy_of(settings)

    assert proxy is not None
    assert (proxy.host, proxy.port, proxy.looks_up) == ("proxy.example", 3128, False)
    for text in (repr(settings), str(settings), repr(proxy), settings.model_dump_json()):
        assert "pass%3A" not in text
        assert base64.b64encode(f"user:{PASSWORD}".encode()).decode() not in text


def test_there_is_no_proxy_by_default() -> None:
    assert proxy_of(Settings()) is None


async def test_the_engine_sends_handshakes_and_deliveries_through_the_proxy(on_sqlite: Settings) -> None:
    proxied: dict[str, Any] = {"webhook_proxy": SecretStr("")}
    async with receiver(SECRET) as one, proxying() as proxy:
        proxy.routes[f"127.0.0.1:{port_of(one)}"] = port_of(one)
        proxied["webhook_proxy"] = SecretStr(f"http://{USER}127.0.0.1:{proxy.port}")
        with capture_logs() as lines:
            async with bench(on_sqlite, **proxied) as place:
                subscription = await place.subscribe(one, pending=True)
                async with place.running():
                    await place.has_status(subscription, SubscriptionStatus.ACTIVE)
                    await place.plan(subscription)
                    await one.has(1)
                attempts = await place.attempts(subscription)

    assert set(proxy.targets) == {f"CONNECT 127.0.0.1:{port_of(one)} HTTP/1.1"}
    assert len(one.handshakes) == 1
    assert not [each for each in (*lines, *attempts) if "pass" in repr(each)]


@pytest.mark.parametrize("pending", [True, False])
async def test_a_refusal_of_the_proxy_is_stored_as_the_reason(on_sqlite: Settings, pending: bool) -> None:
    async with receiver(SECRET) as one, proxying() as proxy:
        url = SecretStr(f"http://{USER}127.0.0.1:{proxy.port}")
        with capture_logs() as lines:
            async with bench(on_sqlite, webhook_proxy=url) as place:
                subscription = await place.subscribe(one, pending=pending)
                if not pending:
                    await place.plan(subscription)
                async with place.running():
                    if pending:
                        found = await until(lambda: place.read(subscription), lambda found: found.handshake_error)
                        reason = found.handshake_error
                    else:
                        reason = (await place.tried(subscription, 1))[0].error

    assert reason == "no connection: the proxy of the platform answered with status 502"
    assert not one.handshakes
    assert not one.received
    assert not [line for line in lines if "pass" in repr(line) or "10.1.2.3" in repr(line)]
