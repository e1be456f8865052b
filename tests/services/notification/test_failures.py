"""The reasons for a failed request: our own words, without the address, its secret, or what a library says."""

import asyncio
import errno
import socket
import ssl
from contextlib import closing
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from structlog.testing import capture_logs

from services.notification.jobs.failures import CLOSED, NO_ADDRESS, NOT_HTTP, describe
from services.notification.jobs.http import Sender
from services.notification.rules.retries import ReceiverResponse
from shared.settings import Settings
from tests.services.notification.engine import bench
from tests.services.notification.receiver import after, receiver, sending, status
from tests.services.notification.wire import RESET, wire
from tests.support.waiting import until

TOKEN = "geheim"
QUERY = f"?token={TOKEN}"


def key() -> Any:
    """Return the target of a connection, as the errors of the client carry it."""
    return SimpleNamespace(host=TOKEN, port=443, ssl=True, is_ssl=True)


class Finding(AbstractResolver):
    """Finds these addresses for every name; without any, no name is known."""

    def __init__(self, *addresses: str, code: int = socket.EAI_NONAME) -> None:
        self._addresses = addresses
        self._code = code

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """As a name server would answer."""
        if not self._addresses:
            raise socket.gaierror(self._code, f"{host} is not known")
        return [
            ResolveResult(hostname=host, host=each, port=port, family=socket.AF_INET, proto=0, flags=0)
            for each in self._addresses
        ]

    async def close(self) -> None:
        """Nothing is held."""


INTERNAL_OR_UNKNOWN = {
    "private": Finding("10.0.0.1"),
    "loopback": Finding("127.0.0.1"),
    "several": Finding("10.0.0.1", "192.168.0.1", "127.0.0.1"),
    "metadata": Finding("169.254.169.254"),
    "unknown": Finding(),
    "no address": Finding(code=socket.EAI_NODATA),
    "no name server": Finding(code=socket.EAI_AGAIN),
}


@pytest.mark.parametrize("names", INTERNAL_OR_UNKNOWN.values(), ids=INTERNAL_OR_UNKNOWN)
@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
async def test_an_internal_name_looks_like_one_that_does_not_exist(names: Finding, method: str) -> None:
    async with Sender(timeout=5, resolver=names) as sender:
        answer = await sender.send(method, f"https://db.example.org/{QUERY}", {})

    assert answer == ReceiverResponse(None, NO_ADDRESS, ms=0)


async def test_a_handshake_does_not_reveal_whether_an_internal_name_exists(on_sqlite: Settings) -> None:
    errors = set()
    async with bench(on_sqlite, dangerous_loopback_webhooks=False) as place:
        # The first is refused by its address, the second is no name at all.
        for host in ("localhost", "nothing.invalid"):
            subscription = await place.subscribe(f"https://{host}:8443/{QUERY}", pending=True)
            async with place.running():
                tried = await until(lambda: place.read(subscription), lambda found: found.handshake_error is not None)  # noqa: B023
            errors.add(tried.handshake_error)

    assert errors == {NO_ADDRESS}


async def test_every_failure_has_our_own_words() -> None:
    never = asyncio.Event()
    found: dict[str, str | None] = {}
    async with sending(0.3) as sender:

        async def error(url: str) -> str | None:
            return (await sender.send("POST", url + QUERY, {}, b"{}")).error

        with closing(socket.socket()) as unheard:
            unheard.bind(("127.0.0.1", 0))
            found["refused"] = await error(f"http://127.0.0.1:{unheard.getsockname()[1]}/")
        async with receiver(always=after(never, status(200))) as one:
            one.agrees = one.always
            found["tls"] = await error(one.url.replace("http:", "https:"))
            found["late"] = (await sender.send("OPTIONS", one.url + QUERY, {})).error
        for name, said in {"http": (f"SSH {TOKEN}\r\n".encode(),), "cut": (RESET,), "closed": ()}.items():
            async with wire([said]) as server:
                found[name] = await error(server.url)
        found["url"] = await error("http://127.1/")

    assert found == {
        "refused": "no connection: the host refuses connections on this port",
        "tls": "no connection: TLS failed",
        "late": "no response within 0.3 s",
        "http": NOT_HTTP,
        "cut": CLOSED,
        "closed": CLOSED,
        "url": NO_ADDRESS,
    }


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (10, "no connection: the certificate has expired"),
        (18, "no connection: the certificate is self-signed"),
        (62, "no connection: the certificate is not valid for this host"),
        (999, "no connection: the certificate is not valid"),
    ],
)
def test_a_certificate_is_refused_in_our_own_words(code: int, words: str) -> None:
    refused = ssl.SSLCertVerificationError(1, f"certificate of {TOKEN}")
    refused.verify_code = code

    assert describe(aiohttp.ClientConnectorCertificateError(key(), refused), timeout=5) == words


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EHOSTUNREACH, TOKEN),
        OSError(TOKEN),
        aiohttp.ClientConnectorError(key(), OSError(errno.ENETUNREACH, TOKEN)),
        aiohttp.ClientConnectorError(key(), OSError(12345, TOKEN)),
        aiohttp.ClientConnectorDNSError(key(), socket.gaierror(socket.EAI_NONAME, TOKEN)),
        aiohttp.ClientProxyConnectionError(key(), OSError(errno.ECONNREFUSED, TOKEN)),
        aiohttp.ClientConnectionError(TOKEN),
        aiohttp.ClientPayloadError(TOKEN),
        aiohttp.InvalidURL(f"https://example.org/{QUERY}", TOKEN),
        aiohttp.ServerDisconnectedError(TOKEN),
        TimeoutError(TOKEN),
        ValueError(TOKEN),
    ],
    ids=repr,
)
def test_no_error_of_a_library_speaks_for_itself(error: Exception) -> None:
    words = describe(error, timeout=5)

    assert TOKEN not in words
    assert words.startswith(("no connection", "no response"))


async def test_the_secret_of_an_address_stands_in_no_log_and_no_attempt(on_sqlite: Settings) -> None:
    with capture_logs() as lines:
        async with bench(on_sqlite, webhook_delays=(0.01,)) as place, wire([(RESET,)]) as server:
            sent, asked = (
                await place.subscribe(server.url + QUERY),
                await place.subscribe(server.url + QUERY, pending=True),
            )
            await place.plan(sent)
            async with place.running():
                await place.closed(sent)
                tried = await until(lambda: place.read(asked), lambda found: found.handshake_error is not None)
            attempts = await place.attempts(sent)

    assert len(attempts) == 2
    assert {each.error for each in attempts} == {CLOSED, tried.handshake_error}
    assert {line["event"] for line in lines} >= {"webhook", "webhook handshake"}
    assert TOKEN not in str(lines)
