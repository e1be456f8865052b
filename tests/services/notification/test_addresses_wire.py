"""The client's real connections: a canary listens on this machine, and is never reached."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from services.notification.jobs import connections, deliveries, handshakes
from services.notification.jobs.connections import PublicConnector, Resolver
from services.notification.jobs.failures import NO_ADDRESS
from services.notification.jobs.http import Sender
from tests.services.notification.receiver import receiver, sending, status
from tests.support.waiting import PATIENCE

PUBLIC = "2a01:4f8::1"


class Canary:
    """Listens on loopback, on every address of it, and counts who comes."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.visits = 0

    async def meet(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Somebody came."""
        self.visits += 1
        writer.close()


@pytest.fixture
async def canary() -> AsyncIterator[Canary]:
    """A canary on every IPv4 and IPv6 address of this machine."""
    canary = Canary(0)
    server = await asyncio.start_server(canary.meet, "0.0.0.0", 0)
    canary.port = server.sockets[0].getsockname()[1]
    second = await asyncio.start_server(canary.meet, "::", canary.port)
    async with server, second:
        yield canary


class Names(AbstractResolver):
    """Answers each question for a name with the next of its addresses; the last of them from then on."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """As a name server under somebody else's command would."""
        self.asked += 1
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for address in answer
        ]

    async def close(self) -> None:
        """Nothing is held."""


HOSTILE = [
    "127.0.0.1",
    "127.0.0.2",
    "127.255.255.254",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "127.1",
    "127.0.1",
    "0",
    "0.0.0.0",
    "2130706433",
    "017700000001",
    "0177.0.0.1",
    "0177.0.0.01",
    "0x7f.0.0.1",
    "0x7f.1",
    "0x7f000001",
    "0X7F000001",
    "127.0.0.0x1",
    "00000177.1",
    "127.0.0.1.",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::0001]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[::127.0.0.1]",
    "[::7f00:1]",
    "[::ffff:0.0.0.0]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2002:7f00:1::1]",
    "[2001:0:7f00:1::80ff:fffe]",
    "[2001::1]",
    "[fe80::1%25lo]",
    "[fe80::1%25eth0]",
    "[::1%25lo]",
    "[fe80::7f00:1]",
    "[fec0::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[ff02::1]",
    "[2001:db8::1]",
    "[100::1]",
    "user@127.0.0.1",
    "user:word@127.0.0.1",
    "example.org@127.0.0.1",
    "１２７.0.0.1",
    "①②⑦.0.0.1",
    "127。0。0。1",
    "ⓛocalhost",
    "127%2e0%2e0%2e1",
    "%6c%6f%63%61%6c%68%6f%73%74",
    "127.0.0.1%00.example.org",
    "10.0.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "192.168.0.1",
    "224.0.0.1",
    "255.255.255.255",
]


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_no_way_of_writing_it_leads_to_this_machine(canary: Canary, scheme: str) -> None:
    async with Sender(timeout=5) as sender:
        answers = {host: await sender.send("POST", f"{scheme}://{host}:{canary.port}/", {}, b"{}") for host in HOSTILE}

    assert canary.visits == 0
    assert {host: answer.status for host, answer in answers.items() if answer.status is not None} == {}
    assert {host: answer.error for host, answer in answers.items() if answer.error != NO_ADDRESS} == {}
    assert len(HOSTILE) >= 60


async def test_the_canary_would_see_who_comes(canary: Canary) -> None:
    async with sending() as sender:
        answers = [
            await sender.send("POST", f"http://{host}:{canary.port}/", {}, b"{}")
            for host in ("127.0.0.1", "127.0.0.2", "[::1]", "localhost")
        ]

    assert canary.visits == 4
    assert [answer.status for answer in answers] == [None] * 4


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["2002:7f00:1::1"],
        ["fe80::1%lo"],
        ["127.1"],
        ["0x7f.1"],
        ["0177.0.0.1"],
        ["10.0.0.1", "127.0.0.1"],
        ["::1", "127.0.0.1", "0.0.0.0"],
    ],
    ids=" ".join,
)
async def test_no_name_leads_to_this_machine(canary: Canary, addresses: list[str]) -> None:
    async with Sender(timeout=5, resolver=Names(addresses)) as sender:
        answer = await sender.send("POST", f"http://hooks.example.org:{canary.port}/", {}, b"{}")

    assert canary.visits == 0
    assert answer.error == NO_ADDRESS


async def test_of_several_addresses_the_private_ones_are_left_out(
    canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []
    refuse = PublicConnector._socket

    def watched(self: PublicConnector, target: tuple[int, int, int, str, tuple[str, int]]) -> socket.socket:
        made = refuse(self, target)
        tried.append(target[4][0])
        made.close()
        raise OSError("nobody is there")

    monkeypatch.setattr(PublicConnector, "_socket", watched)
    async with Sender(timeout=5, resolver=Names(["127.0.0.1", PUBLIC, "10.0.0.1", "8.8.8.8"])) as sender:
        answer = await sender.send("POST", f"http://hooks.example.org:{canary.port}/", {}, b"{}")

    assert canary.visits == 0
    assert set(tried) == {PUBLIC, "8.8.8.8"}
    assert answer.status is None


async def test_a_name_that_was_public_when_it_was_asked_is_checked_again_when_connected_to(canary: Canary) -> None:
    names = Names(["8.8.8.8"], ["127.0.0.1"])
    assert [found["host"] for found in await names.resolve("hooks.example.org")] == ["8.8.8.8"]

    async with Sender(timeout=5, resolver=names) as sender:
        answer = await sender.send("POST", f"http://hooks.example.org:{canary.port}/", {}, b"{}")

    assert canary.visits == 0
    assert names.asked == 2
    assert answer.error == NO_ADDRESS


async def test_what_was_checked_is_what_is_connected_to(canary: Canary) -> None:
    """One question for the name: there is none between the check and the connection for another answer to fit in."""
    async with receiver() as other:
        port = int(other.url.split(":")[2].split("/")[0])
        names = Names(["127.0.0.1"], ["10.0.0.1"])
        async with Sender(timeout=5, loopback_allowed=True, resolver=names) as sender:
            answer = await sender.send("OPTIONS", f"http://hooks.example.org:{port}/", {})

    assert answer.status == 200
    assert names.asked == 1


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(canary: Canary, code: int) -> None:
    location = f"http://127.0.0.1:{canary.port}/"
    async with receiver(always=status(code, Location=location)) as other, sending() as sender:
        other.agrees = status(code, Location=location)
        answer = await sender.send("OPTIONS", other.url, {})

    assert canary.visits == 0
    assert answer.status == code


async def test_no_proxy_of_the_environment_is_used(canary: Canary, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
    async with receiver() as other, sending() as sender:
        answer = await sender.send("OPTIONS", other.url, {})

    assert canary.visits == 0
    assert answer.status == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_development_reaches_this_machine(host: str) -> None:
    async with receiver(host=host) as other, sending() as sender:
        answer = await sender.send("OPTIONS", other.url, {})

    assert answer.status == 200
    assert len(other.handshakes) == 1


async def test_development_reaches_this_machine_by_its_name() -> None:
    async with receiver() as other, sending() as sender:
        answer = await sender.send("OPTIONS", other.url.replace("127.0.0.1", "localhost"), {})

    assert answer.status == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "10.0.0.1", "169.254.169.254"])
async def test_development_opens_nothing_else(canary: Canary, host: str) -> None:
    async with sending() as sender:
        answer = await sender.send("POST", f"http://{host}:{canary.port}/", {}, b"{}")

    assert canary.visits == 0
    assert answer.error == NO_ADDRESS


async def test_no_cookie_comes_back() -> None:
    async with receiver(always=status(200)) as other, sending() as sender:
        other.agrees = status(200, Set_Cookie="session=1; Path=/")
        await sender.send("OPTIONS", other.url, {})
        await sender.send("OPTIONS", other.url, {})

    assert len(other.handshakes) == 2
    assert all("Cookie" not in headers for headers in other.handshakes)


async def test_a_certificate_that_nobody_vouches_for_is_refused() -> None:
    """Here not even a certificate: a server that speaks no TLS."""
    async with receiver() as other, sending() as sender:
        answer = await sender.send("OPTIONS", other.url.replace("http:", "https:"), {})

    assert answer.status is None
    assert other.handshakes == []


async def test_names_that_hang_hold_up_no_other_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as one client may have in flight, deliveries and handshakes together."""
    release, count = threading.Event(), deliveries.EVERY.client + handshakes.EVERY.client

    def look_up(host: str, _port: int, _family: int) -> list[tuple[int, str]]:
        if host.startswith("hanging"):
            release.wait()
        return [(socket.AF_INET, "127.0.0.1")]

    monkeypatch.setattr(connections, "_look_up", look_up)
    resolver = Resolver()
    hanging = [asyncio.create_task(resolver.resolve(f"hanging-{number}.example.org")) for number in range(count)]
    async with asyncio.timeout(PATIENCE):
        found = await resolver.resolve("good.example.org")
    still_hanging = [task for task in hanging if not task.done()]
    release.set()
    await asyncio.gather(*hanging)
    await resolver.close()

    assert [each["host"] for each in found] == ["127.0.0.1"]
    assert len(still_hanging) == count


async def test_names_are_looked_up_on_threads_of_their_own() -> None:
    resolver = Resolver()
    found = await resolver.resolve("localhost", 80)
    await resolver.close()

    assert {one["host"] for one in found} <= {"127.0.0.1", "::1"}
