"""The token alone says who calls, and passes untouched; each request has an id that nobody can misuse."""

import re

import httpx
import pytest

from deploy.haproxy import HAProxy
from shared.problem import instance_of
from tests.system.gateway.stubs import Stubs
from tests.system.gateway.wire import talk

pytestmark = pytest.mark.asyncio(loop_scope="package")

FORGED = (
    *("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-User", "X-Forwarded-Proto", "X-Real-IP"),
    *("X-Client-Id", "X-Client-Cert", "X-Remote-User", "Remote-User", "X-User", "X-User-Id", "X-Org", "X-Org-Siren"),
    *("X-Role", "X-Roles", "X-Scope", "X-Auth-Request-User", "X-Authenticated-Userid", "X-JWT-Payload"),
    *("X-SSL-Client-Verify", "X-Original-URL", "X-Rewrite-URL", "Proxy"),
)
TOKEN = "Bearer eyJhbGciOiJSUzI1NiJ9.eyJjbGllbnRfaWQiOiJyZWdpb24ifQ.c2lnbmF0dXJl"


@pytest.mark.parametrize("name", FORGED)
async def test_a_header_that_would_say_who_calls_goes(http: httpx.AsyncClient, stubs: Stubs, name: str) -> None:
    target = f"/v1/territories/forged/{name}"

    await http.get(target, headers={name: "130026032", name.lower(): "130026032", name.upper(): "130026032"})

    (arrival,) = stubs.about(target)
    assert arrival.header(name) == []


@pytest.mark.parametrize("token", [TOKEN, "Basic cmVnaW9uOnNlY3JldA==", "bearer  x", "Bearer é", "nonsense"])
async def test_a_token_passes_untouched(edge: HAProxy, stubs: Stubs, token: str) -> None:
    target = f"/v1/actions/token-{abs(hash(token))}"

    answer = await talk(edge, f"GET {target} HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n".encode("latin-1"))

    assert answer.status == 200
    (arrival,) = stubs.about(target)
    assert arrival.header("Authorization") == [token]


async def test_what_a_request_depends_on_passes_untouched(http: httpx.AsyncClient, stubs: Stubs) -> None:
    sent = {
        "If-Match": '"3"',
        "Idempotency-Key": "a key",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "Accept": "application/geo+json",
    }

    await http.post("/v1/actions/passes", headers=sent, json={"title": "École"})

    (arrival,) = stubs.about("/v1/actions/passes")
    assert {name: arrival.header(name) for name in sent} == {name: [value] for name, value in sent.items()}
    assert arrival.body == '{"title":"École"}'.encode()


async def test_a_plain_request_id_is_kept_and_returned(http: httpx.AsyncClient, stubs: Stubs) -> None:
    answer = await http.get("/v1/actions/plain", headers={"X-Request-Id": "mine-1"})

    assert stubs.about("/v1/actions/plain")[0].header("X-Request-Id") == ["mine-1"]
    assert answer.headers.get_list("X-Request-Id") == ["mine-1"]


@pytest.mark.parametrize("ids", [[], ["with spaces"], ["x" * 101], ["a\tb"], ['"%0a'], ["one", "two"]])
async def test_any_other_request_id_is_replaced(edge: HAProxy, stubs: Stubs, ids: list[str]) -> None:
    target = f"/v1/actions/ids-{abs(hash(str(ids)))}"
    lines = "".join(f"X-Request-Id: {each}\r\n" for each in ids)

    answer = await talk(edge, f"GET {target} HTTP/1.1\r\nHost: x\r\n{lines}\r\n".encode())

    (arrival,) = stubs.about(target)
    (given,) = arrival.header("X-Request-Id")
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", given)
    assert answer.headers["x-request-id"] == given


@pytest.mark.parametrize(
    ("given", "instance"),
    [
        ("mine-2", "mine-2"),
        ("1:2::3", "1%3A2%3A%3A3"),
        ("0198f3c2-7a51-7c1e-9d0c-5c1f0e0a2b11", "urn:uuid:0198f3c2-7a51-7c1e-9d0c-5c1f0e0a2b11"),
    ],
)
async def test_a_refusal_of_the_edge_names_its_request(http: httpx.AsyncClient, given: str, instance: str) -> None:
    answer = await http.get("/nothing", headers={"X-Request-Id": given})

    assert answer.json()["instance"] == instance_of(given) == instance
    assert answer.headers["X-Request-Id"] == given


async def test_browsers_must_not_guess(http: httpx.AsyncClient) -> None:
    for path in ("/v1/actions", "/nothing"):
        headers = (await http.get(path)).headers
        assert headers.get_list("X-Content-Type-Options") == ["nosniff"]
        assert headers.get_list("Access-Control-Allow-Origin") == ["*"]
