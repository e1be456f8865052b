"""Limits of a client: how often, how much, how slowly it may send."""

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from deploy.haproxy import HAProxy
from tests.system.gateway.stubs import SIGNATURE, Stubs
from tests.system.gateway.wire import talk

pytestmark = pytest.mark.asyncio(loop_scope="package")

LIMIT = 20
MIB = 1_048_576
DRIPS: tuple[bytes | float, ...] = (b"X-A: b\r\n", 0.3) * 40
POST = b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def strict(stubs: Stubs) -> AsyncIterator[HAProxy]:
    """An edge that lets little through."""
    edge = HAProxy(stubs.addresses, {"RATE_LIMIT": str(LIMIT)})
    await asyncio.to_thread(edge.start)
    try:
        yield edge
    finally:
        await asyncio.to_thread(edge.stop)


def token(client_id: str, claim: str = "client_id", signature: str = SIGNATURE) -> str:
    """Return a token with what the gateway reads of it. The services verify it by its signature."""
    words = ({"alg": "RS256", "typ": "at+jwt"}, {claim: client_id})
    return ".".join(base64.urlsafe_b64encode(json.dumps(word).encode()).decode().strip("=") for word in words) + (
        signature
    )


def calling(edge: HAProxy, address: str = "127.0.0.1", **headers: str) -> httpx.AsyncClient:
    """A client with an address of its own."""
    transport = httpx.AsyncHTTPTransport(local_address=address)
    return httpx.AsyncClient(base_url=edge.url, headers=headers, transport=transport)


async def asked(edge: HAProxy, times: int, client_id: str = "", claim: str = "client_id") -> list[httpx.Response]:
    """The answers to as many requests of one client, whose token was verified before."""
    async with calling(edge) as client:
        if client_id:
            client.headers["Authorization"] = f"Bearer {token(client_id, claim)}"
            await client.get("/v1/territories")
        return [await client.get("/v1/territories") for _ in range(times)]


async def flood(edge: HAProxy, address: str, client_id: str) -> set[int]:
    """The statuses of many requests with forged tokens; `#` in the client id is replaced by a number."""
    forged = (token(client_id.replace("#", str(number)), signature=".forged") for number in range(2 * LIMIT + 1))
    async with calling(edge, address) as client:
        answers = [await client.get("/v1/territories", headers={"Authorization": f"Bearer {one}"}) for one in forged]
    return {answer.status_code for answer in answers}


async def test_forged_tokens_of_many_clients_share_the_window_of_their_address(strict: HAProxy) -> None:
    assert await flood(strict, "127.0.0.2", "client-#") == {200, 429}


@pytest.mark.parametrize(("address", "client_id"), [("127.0.0.3", "client-#"), ("127.0.0.4", "honest")])
async def test_a_client_that_was_verified_goes_on_beside_a_flood_from_its_address(
    strict: HAProxy, address: str, client_id: str
) -> None:
    async with calling(strict, address, Authorization=f"Bearer {token('honest')}") as client:
        first = await client.get("/v1/territories")
        refused = await flood(strict, address, client_id)
        second = await client.get("/v1/territories")

    assert (first.status_code, second.status_code) == (200, 200)
    assert 429 in refused


async def test_a_client_does_not_learn_what_the_gateway_asks(strict: HAProxy) -> None:
    (answer,) = await asked(strict, 1, "curious")

    assert "X-Token-Verified" not in answer.headers


async def test_who_asks_too_often_learns_when_to_go_on(strict: HAProxy) -> None:
    # Of more than twice as many, one window is overdrawn, even if a minute ends meanwhile.
    answers = await asked(strict, 2 * LIMIT + 1, "often")

    refused = [answer for answer in answers if answer.status_code == 429]
    assert {answer.status_code for answer in answers} == {200, 429}
    for answer in refused:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "too-many-requests"
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
        assert answer.json()["instance"] == f"urn:uuid:{answer.headers['X-Request-Id']}"


async def test_what_is_left_is_stated_on_each_answer_and_is_true(strict: HAProxy) -> None:
    answers = await asked(strict, 2 * LIMIT + 1, "counting")

    matches = [re.fullmatch(r'"default";r=(\d+);t=(\d+)', answer.headers["RateLimit"]) for answer in answers]
    left = [(int(each[1]), int(each[2])) for each in matches if each]
    assert len(left) == len(answers)
    assert {answer.headers["RateLimit-Policy"] for answer in answers} == {f'"default";q={LIMIT};w=60'}
    assert left[0][0] == LIMIT - 1
    # Every request but one was told before that it would pass, or that it would not.
    passed = [answer.status_code == 200 for answer in answers]
    for (before, _), (after, _), passes in zip(left, left[1:], passed[1:], strict=False):
        new_minute = after == LIMIT - 1
        assert new_minute or passes == (before > 0)
        assert new_minute or after == max(0, before - 1)
    assert all(1 <= seconds <= 60 for _, seconds in left)


async def test_who_obeys_the_stated_limit_is_never_refused(strict: HAProxy) -> None:
    refused, left = 0, LIMIT
    async with calling(strict, Authorization=f"Bearer {token('obedient')}") as client:
        while left:
            answer = await client.get("/v1/territories")
            refused += answer.status_code != 200
            said = re.search(r"r=(\d+)", answer.headers["RateLimit"])
            assert said
            left = int(said[1])

    assert refused == 0


@pytest.mark.parametrize("claim", ["client_id", "azp"])
async def test_one_client_does_not_use_up_what_another_has(strict: HAProxy, claim: str) -> None:
    await asked(strict, 2 * LIMIT + 1, "greedy", claim)

    (other,), (nobody,) = await asked(strict, 1, "modest", claim), await asked(strict, 1)

    assert other.status_code == nobody.status_code == 200


@pytest.mark.parametrize("client_id", ["é" * 200, "a b", "%[src]", "", "\x00"])
async def test_a_strange_client_id_breaks_nothing(strict: HAProxy, client_id: str) -> None:
    (answer,) = await asked(strict, 1, client_id)

    assert answer.status_code in (200, 429)


@pytest.mark.parametrize("length", [MIB + 1, 10 * MIB, 10**15])
async def test_a_body_that_is_too_large_is_refused_before_it_is_sent_on(
    edge: HAProxy, stubs: Stubs, length: int
) -> None:
    target = b"/v1/actions/large-%d" % length
    answer = await talk(edge, POST % target + b"Content-Length: %d\r\n\r\n" % length + b"x" * 1000)

    assert answer.status == 413
    assert answer.json()["code"] == "body-too-large"
    assert stubs.about(target.decode()) == []


async def test_a_body_of_just_the_size_passes(http: httpx.AsyncClient, stubs: Stubs) -> None:
    answer = await http.post("/v1/actions/just", content=b"x" * MIB)

    assert answer.status_code == 200
    assert len(stubs.about("/v1/actions/just")[0].body) == MIB


async def test_a_paper_copy_may_be_larger(http: httpx.AsyncClient, edge: HAProxy, stubs: Stubs) -> None:
    passed = await http.post("/v1/contracts/1/paper-copies", content=b"x" * 20 * MIB)
    # It is refused by its length: the connection closes before a body of this size is sent.
    refused = [
        await talk(edge, POST % path + b"Content-Length: %d\r\n\r\n" % size)
        for path, size in (
            (b"/v1/contracts/1/paper-copies", 20 * MIB + 1),
            (b"/v1/contracts/1/paper-copies/2", MIB + 1),
        )
    ]

    assert passed.status_code == 200
    assert [answer.status for answer in refused] == [413, 413]
    assert len(stubs.about("/v1/contracts/1/paper-copies")[0].body) == 20 * MIB


async def test_a_small_body_in_chunks_passes(edge: HAProxy, stubs: Stubs) -> None:
    head = POST % b"/v1/actions/chunks" + b"Transfer-Encoding: chunked\r\n\r\n"
    answer = await talk(edge, head, b'5\r\n{"a":\r\n', 0.1, b"2\r\n1}\r\n0\r\n\r\n")

    assert answer.status == 200
    assert stubs.about("/v1/actions/chunks")[0].body == b'{"a":1}'


async def test_a_large_body_in_chunks_must_say_its_length(edge: HAProxy, stubs: Stubs) -> None:
    head = POST % b"/v1/actions/many-chunks" + b"Transfer-Encoding: chunked\r\n\r\n"
    answer = await talk(edge, head, b"2000\r\n" + b"x" * 8192 + b"\r\n")

    assert answer.status == 411
    assert answer.json()["code"] == "length-required"
    assert stubs.about("/v1/actions/many-chunks") == []


async def test_a_post_without_a_body_passes(edge: HAProxy) -> None:
    answer = await talk(edge, b"POST /v1/actions/bare HTTP/1.1\r\nHost: x\r\n\r\n")

    assert answer.status == 200


async def test_headers_that_come_too_slowly_are_cut(edge: HAProxy) -> None:
    answer = await talk(edge, b"GET /v1/actions HTTP/1.1\r\n", *DRIPS)

    # HAProxy's own few words: there is no request yet that the configuration could answer.
    assert answer.status == 408
    assert answer.headers["connection"] == "close"


async def test_a_body_that_comes_too_slowly_is_cut(edge: HAProxy, stubs: Stubs) -> None:
    head = POST % b"/v1/actions/slow" + b"Content-Length: 1000\r\n\r\n"
    answer = await talk(edge, head, *DRIPS)

    assert answer.status == 408
    assert answer.json()["code"] == "request-too-slow"
    assert stubs.about("/v1/actions/slow") == []


async def test_a_large_body_that_stops_coming_is_cut(edge: HAProxy) -> None:
    head = POST % b"/v1/actions/stops" + b"Content-Length: 100000\r\n\r\n"
    answer = await talk(edge, head, b"x" * 50_000, 15.0, seconds=12)

    # Its beginning has been sent on, so it is the service that waits too long.
    assert answer.status == 504
    assert answer.json()["code"] == "gateway-timeout"


async def test_slow_clients_do_not_keep_others_waiting(edge: HAProxy, http: httpx.AsyncClient) -> None:
    slow = [asyncio.create_task(talk(edge, b"GET /v1/actions HTTP/1.1\r\n", 10.0)) for _ in range(200)]
    try:
        quick = [await http.get("/v1/actions/quick") for _ in range(20)]
        answers = await asyncio.gather(*slow)
    finally:
        for each in slow:
            each.cancel()

    assert {answer.status_code for answer in quick} == {200}
    assert {answer.status for answer in answers} == {408}
