"""A service that is away, dies or says nothing: what is safe is asked again, what may take effect twice is not."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest

from deploy.haproxy import HAProxy
from tests.support.waiting import until
from tests.system.gateway.stubs import Stubs

pytestmark = pytest.mark.asyncio(loop_scope="package")

SAFE = ("GET", "HEAD", "OPTIONS")
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
KEY = {"Idempotency-Key": "one"}


@pytest.mark.parametrize("method", SAFE)
async def test_a_safe_request_goes_to_the_other_process(http: httpx.AsyncClient, stubs: Stubs, method: str) -> None:
    target = f"/v1/contracts/{method}/vanishes-once"

    answer = await http.request(method, target)

    assert answer.status_code == 200
    assert {arrival.at for arrival in stubs.about(target)} == {"contract-1", "contract-2"}


@pytest.mark.parametrize("method", UNSAFE)
async def test_what_may_take_effect_twice_is_sent_once(edge: HAProxy, stubs: Stubs, method: str) -> None:
    target = f"/v1/contracts/{method}/vanishes-once"

    async with httpx.AsyncClient(base_url=edge.url, trust_env=False) as client:
        answer = await client.request(method, target, content=b"{}")

    assert answer.status_code == 502
    assert answer.json()["code"] == "bad-gateway"
    assert len(stubs.about(target)) == 1


async def test_on_a_connection_in_use_it_is_sent_once_too(http: httpx.AsyncClient, stubs: Stubs) -> None:
    await http.get("/v1/contracts/first")

    # HAProxy then hangs up without a word, as a service would: the client knows as little of what happened.
    with pytest.raises(httpx.RemoteProtocolError):
        await http.post("/v1/contracts/in-use/vanishes-once")

    assert len(stubs.about("/v1/contracts/in-use/vanishes-once")) == 1


async def test_a_post_with_a_key_is_sent_again_with_its_body(http: httpx.AsyncClient, stubs: Stubs) -> None:
    target = "/v1/contracts/keyed/vanishes-once"

    answer = await http.post(target, headers=KEY, content=b'{"title":"x"}')

    assert answer.status_code == 200
    assert [(arrival.header("Idempotency-Key"), arrival.body) for arrival in stubs.about(target)] == [
        (["one"], b'{"title":"x"}')
    ] * 2


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_a_key_opens_nothing_for_other_methods(edge: HAProxy, stubs: Stubs, method: str) -> None:
    target = f"/v1/contracts/{method}-keyed/vanishes-once"

    async with httpx.AsyncClient(base_url=edge.url, trust_env=False) as client:
        answer = await client.request(method, target, headers=KEY, content=b"{}")

    assert answer.status_code == 502
    assert len(stubs.about(target)) == 1


async def test_an_answer_that_is_no_http_is_a_bad_gateway(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/contracts/babbles")

    assert (answer.status_code, answer.json()["code"]) == (502, "bad-gateway")


async def test_a_refusal_of_a_service_passes_as_it_is(http: httpx.AsyncClient, stubs: Stubs) -> None:
    answer = await http.get("/v1/contracts/refuses")

    assert (answer.status_code, answer.json()) == (503, {"code": "its-own"})
    assert len(stubs.about("/v1/contracts/refuses")) == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_service_that_says_nothing_is_given_up(http: httpx.AsyncClient, stubs: Stubs, method: str) -> None:
    target = f"/v1/contracts/{method}/silent"

    answer = await http.request(method, target)

    assert answer.status_code == 504
    assert answer.json()["code"] == "gateway-timeout"
    assert answer.headers["Retry-After"]
    assert len(stubs.about(target)) == 1


async def test_one_process_away_is_not_noticed(http: httpx.AsyncClient, stubs: Stubs) -> None:
    await stubs.stop("contract-1")
    try:
        reads = [await http.get("/v1/contracts/one-away") for _ in range(10)]
        # Nothing was sent before the connection failed, so any request may go to the other.
        writes = [await http.post("/v1/contracts/one-away", content=b"{}") for _ in range(10)]
    finally:
        await stubs.start("contract-1")

    assert {answer.json()["at"] for answer in (*reads, *writes)} == {"contract-2"}


async def test_requests_wait_for_a_process_that_is_restarted(http: httpx.AsyncClient, stubs: Stubs) -> None:
    await stubs.stop("catalog-1")
    asking = [asyncio.create_task(http.get("/v1/services/comes-back")) for _ in range(20)]
    await asyncio.sleep(1.5)
    assert not any(task.done() for task in asking)
    await stubs.start("catalog-1")

    assert {answer.status_code for answer in await asyncio.gather(*asking)} == {200}


async def test_a_service_that_stays_away_is_said_to_be(stubs: Stubs) -> None:
    edge = HAProxy(stubs.addresses | {"NOTIFICATION_1": "127.0.0.1:9"}, {"RATE_LIMIT": "1000000"})
    await asyncio.to_thread(edge.start)
    try:
        async with httpx.AsyncClient(base_url=edge.url, timeout=60, trust_env=False) as client:
            answer, other = await client.get("/v1/events"), await client.get("/v1/territories")
    finally:
        await asyncio.to_thread(edge.stop)

    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "service-away"
    assert int(answer.headers["Retry-After"]) > 0
    assert other.status_code == 200


async def test_a_client_that_hangs_up_is_hung_up_on_at_the_service(stubs: Stubs) -> None:
    target = "/v1/events/waits"
    patient = HAProxy(stubs.addresses, {"RATE_LIMIT": "1000000"})
    await asyncio.to_thread(patient.start)
    try:
        async with httpx.AsyncClient(base_url=patient.url, trust_env=False) as client:
            asking = asyncio.create_task(client.get(target))
            await until(arrived(stubs, target))
            asking.cancel()
            await until(left(stubs, target), seconds=20)
    finally:
        await asyncio.to_thread(patient.stop)

    assert len(stubs.about(target)) == 1


def arrived(stubs: Stubs, target: str) -> Callable[[], Awaitable[bool]]:
    """Return what says if a request has reached a stub."""

    async def read() -> bool:
        return bool(stubs.about(target))

    return read


def left(stubs: Stubs, target: str) -> Callable[[], Awaitable[bool]]:
    """Return what says if a stub was hung up on."""

    async def read() -> bool:
        return target in stubs.left

    return read
