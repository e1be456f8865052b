"""Any input gets our own answer: a problem document that says what to do next, never a 5xx."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.problem import instance_of
from tests.kit.acts import open_account
from tests.kit.conftest import OWNER, app_of, bearer, started
from tests.support.harness import settings_in

# Nothing here is left behind that another test would notice: one ledger for all of them.
pytestmark = pytest.mark.asyncio(loop_scope="module")

JSON = {"Content-Type": "application/json"}
NESTED = b'{"owner":' + b"[" * 10_000 + b"]" * 10_000 + b"}"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest) -> dict[str, str]:
    """Both databases, one after the other."""
    return {"database_url": request.getfixturevalue("url_on_postgresql")} if request.param == "postgresql" else {}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(tmp_path_factory: pytest.TempPathFactory, where: dict[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a ledger."""
    async with started(app_of(settings_in(tmp_path_factory.mktemp("ledger"), **where))) as client:
        yield client


def assert_problem(answer: httpx.Response) -> None:
    """An answer that is no success is a whole problem document."""
    assert answer.status_code < 500, answer.text
    if answer.status_code < 400:
        return
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert {"type", "title", "status", "detail", "code", "instance"} <= problem.keys()
    assert problem["type"] == f"/problems/{problem['code']}"
    assert problem["status"] == answer.status_code
    assert problem["instance"] == instance_of(answer.headers["x-request-id"])
    assert problem["detail"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"", 422, id="empty"),
        pytest.param(b"{", 400, id="cut short"),
        pytest.param(b"\xff\xfe", 400, id="not UTF-8"),
        pytest.param(NESTED, 400, id="nested too deep"),
        pytest.param(b'{"owner":"200053759","balance":' + b"9" * 5000 + b"}", 400, id="more digits than Python reads"),
        pytest.param(b'{"owner":"200053759","balance":' + b"9" * 40 + b"}", 422, id="larger than a column"),
        pytest.param(b'{"owner":"200053759","balance":9223372036854775807}', None, id="as large as a column"),
        pytest.param(b'{"owner":"200053759","balance":NaN}', 400, id="NaN"),
        pytest.param(b'{"owner":"200053759","balance":-Infinity}', 400, id="infinity"),
        pytest.param('{"owner":"200053759"}'.encode("utf-16"), 400, id="UTF-16"),
        pytest.param(b'{"owner":"200053759","balance":1e400}', 422, id="infinity, written out"),
        pytest.param(b'{"owner":"200053759","balance":50.0}', 201, id="a whole number with a point"),
        pytest.param(b'{"owner":"200053759","balance":5e1}', 201, id="a whole number with an exponent"),
        pytest.param(b'{"owner":"200053759","balance":9007199254740992.5}', 422, id="nearly a whole number"),
        pytest.param(b'{"owner":"200053759","balance":0e99999999999}', 201, id="nothing, written out"),
        pytest.param(b'{"owner":"200053759","balance":1.5}', 422, id="not a whole number"),
        pytest.param(b'{"owner":"200053759","balance":"1"}', 422, id="a number in quotes"),
        pytest.param(b'{"owner":"200053759","balance":true}', 422, id="true for 1"),
        pytest.param(b'{"owner":"200053759","owner":"200053791"}', 400, id="a field twice"),
        pytest.param(b'{"owner":"200053759","color":1}', 422, id="unknown field"),
        pytest.param(b'{"owner":"200053759","\\ud800":1}', 422, id="lone surrogate in a name"),
        pytest.param(b'{"owner":"\\ud800"}', 422, id="lone surrogate in a value"),
        pytest.param(b'{"owner":"\\u0000"}', 422, id="NUL"),
        pytest.param(b'{"owner":"200053758"}', 422, id="wrong check digit"),
        pytest.param(b'{"owner":"' + b"2" * 100_000 + b'"}', 422, id="very long"),
        pytest.param(b'{"owner":null}', 422, id="null"),
        pytest.param(b"[]", 422, id="a list"),
        pytest.param(b'"200053759"', 422, id="a text"),
        pytest.param(b"null", 422, id="nothing"),
    ],
)
async def test_a_body_that_cannot_be_taken_is_refused(client: httpx.AsyncClient, body: bytes, status: int) -> None:
    answer = await client.post("/v1/accounts", content=body, headers=JSON)

    assert_problem(answer)
    assert status is None or answer.status_code == status


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"[" * 21 + b"]" * 21, id="one level too deep"),
        pytest.param(b"[" * 900 + b'"\\u00e9",' * 1000 + b"1" + b"]" * 900, id="texts far below"),
        pytest.param(b'{"owner":' + b'{"a":' * 21 + b"1" + b"}" * 22, id="objects in objects"),
        pytest.param(b"[" + b"1e308," * 10_000 + b"1]", id="one value too many"),
        pytest.param(b'{"owner":[' + b"{}," * 10_000 + b"{}]}", id="many objects"),
        pytest.param(b"{" + b",".join(b'"k%d":1' % number for number in range(80_000)) + b"}", id="many names"),
        pytest.param(b'{"a":[' + b'""' * 100_000 + b"," * 10_000, id="texts that nothing parts"),
        pytest.param(b'{"balance":1.' + b"0" * 900_000 + b"}", id="a long fraction"),
        pytest.param(b'{"balance":' + b"9" * 101 + b"}", id="one digit too many"),
        pytest.param(b'{"balance":-1e' + b"0" * 900_000 + b"1}", id="a long exponent"),
    ],
)
async def test_what_is_costly_to_read_is_refused_before_it_is_read(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/v1/accounts", content=body, headers=JSON)

    assert_problem(answer)
    assert (answer.status_code, answer.json()["code"]) == (400, "body-too-complex")


@pytest.mark.parametrize("body", [b"{", NESTED, b'{"owner":"200053758"}'])
@pytest.mark.parametrize(("headers", "status"), [({"Authorization": ""}, 401), (bearer(role="operator"), 403)])
async def test_nobody_without_rights_has_a_body_read(
    client: httpx.AsyncClient, body: bytes, headers: dict[str, str], status: int
) -> None:
    answer = await client.post("/v1/accounts", content=body, headers={**JSON, **headers})

    assert_problem(answer)
    assert (answer.status_code, answer.headers["connection"]) == (status, "close")


async def test_a_body_with_thousands_of_errors_gets_the_first_fifty(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/accounts", json={f"k{number}": 1 for number in range(9_000)})

    assert_problem(answer)
    assert (answer.status_code, len(answer.json()["errors"])) == (422, 50)


async def test_an_address_with_thousands_of_parameters_gets_the_first_fifty(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/accounts?" + "&".join(f"k{number}" for number in range(2_000)))

    assert_problem(answer)
    assert (answer.status_code, len(answer.json()["errors"])) == (422, 50)


async def test_a_refused_body_names_each_field(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/accounts", json={"owner": 1, "a/b~c": 2, "balance": -1})

    pointers = [error["pointer"] for error in answer.json()["errors"]]
    assert pointers == ["/owner", "/balance", "/a~1b~0c"]


@pytest.mark.parametrize(
    ("body", "pointer", "detail"),
    [
        (
            {"owner": OWNER, "color": 1},
            "/color",
            "unknown field: remove it, or use one of balance, guarantor, id, owner",
        ),
        ({"owner": OWNER, "balance": "1"}, "/balance", "write a whole number, without quotes"),
        ({"owner": OWNER, "balance": -1}, "/balance", "write 0 or more"),
        ({"owner": OWNER, "guarantor": "x"}, "/guarantor", "write an id such as 0198f3c2-7a51-7c1e-9d0c-5c1f0e0a2b11"),
        ({"owner": {"a": 1}}, "/owner", "write a text, in quotes"),
        ({}, "/owner", "this is required"),
        ([], "", "write an object, in braces"),
    ],
)
async def test_what_is_wrong_is_described_in_plain_words(
    client: httpx.AsyncClient, body: Any, pointer: str, detail: str
) -> None:
    answer = await client.post("/v1/accounts", json=body)

    assert_problem(answer)
    assert answer.json()["errors"] == [{"pointer": pointer, "detail": detail}]
    assert answer.json()["detail"] == f"Correct this: {pointer or 'the body'}: {detail}."


async def test_a_missing_body_is_asked_for(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/accounts")

    assert_problem(answer)
    assert answer.json()["detail"] == "Correct this: the body: send a body in JSON."


@pytest.mark.parametrize(
    ("text", "status"),
    [
        pytest.param("a\0b", 422, id="NUL"),
        pytest.param("a\udc80b", 422, id="lone surrogate"),
        pytest.param("\\u0000", 200, id="NUL, spelled out"),
        pytest.param("é\N{WAVING BLACK FLAG}", 200, id="beyond the first plane"),
        pytest.param("a" * 100_000, 200, id="very long"),
    ],
)
async def test_a_text_is_stored_whole_or_refused(client: httpx.AsyncClient, text: str, status: int) -> None:
    account = await open_account(client)
    body = json.dumps({"amount": 1, "reason": text}).encode()

    answer = await client.post(f"/v1/accounts/{account['id']}/deposit", content=body, headers=JSON)

    assert_problem(answer)
    assert answer.status_code == status
    lines = (await client.get(f"/v1/accounts/{account['id']}/history")).json()["items"]
    assert [line["reason"] for line in lines[1:]] == ([text] if status == 200 else [])


@pytest.mark.parametrize("media_type", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "json", ""])
async def test_another_media_type_is_refused(client: httpx.AsyncClient, media_type: str) -> None:
    answer = await client.post("/v1/accounts", content=b"{}", headers={"Content-Type": media_type})

    assert_problem(answer)
    assert answer.status_code == 415


async def test_a_body_over_the_limit_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/accounts", content=b" " * 1_048_577, headers=JSON)

    assert_problem(answer)
    assert answer.status_code == 413


async def test_a_body_over_the_limit_is_refused_also_when_it_comes_in_chunks(client: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 65_536

    answer = await client.post("/v1/accounts", content=chunks(), headers=JSON)

    assert_problem(answer)
    assert answer.status_code == 413


@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_that_drips_is_refused_in_time_and_leaves_nothing(tmp_path: Path, *, declared: bool) -> None:
    drops = 0

    async def dripping() -> AsyncIterator[bytes]:
        nonlocal drops
        while True:
            drops += 1
            yield b" "
            await asyncio.sleep(0.05)

    app = app_of(settings_in(tmp_path, max_body_seconds=0.5))
    async with started(app) as client:
        length = {"Content-Length": "100000"} if declared else {}
        begun = time.monotonic()
        answer = await client.post("/v1/accounts", content=dripping(), headers={**JSON, **length})
        taken = time.monotonic() - begun
        listed = (await client.get("/v1/accounts")).json()["items"]

    assert_problem(answer)
    assert answer.status_code == 408
    assert answer.json()["code"] == "request-too-slow"
    assert answer.headers["connection"] == "close"
    assert (taken >= 0.5, drops > 2, listed) == (True, True, [])


@pytest.mark.parametrize(
    ("sent", "headers", "closes"),
    [
        (b"{}", {"Content-Type": "text/plain"}, True),
        (b"", {"Content-Type": "text/plain"}, False),
        (b"{}", JSON, False),
    ],
)
async def test_who_is_answered_before_all_is_sent_is_not_listened_to_any_longer(
    client: httpx.AsyncClient, sent: bytes, headers: dict[str, str], *, closes: bool
) -> None:
    answer = await client.post("/v1/accounts", content=sent, headers=headers)

    assert answer.is_client_error
    assert ("connection" in answer.headers) == closes


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/accounts/none", 422),
        ("/v1/accounts/%00", 422),
        ("/v1/accounts/%ff", 422),
        ("/v1/accounts/00000000-0000-0000-0000-000000000000", 404),
        ("/v1/accounts/" + "a" * 10_000, 422),
        ("/v1/none", 404),
        ("/%00", 404),
        ("/v1/accounts?color=red", 422),
        ("/v1/accounts?%00=1", 422),
        ("/v1/accounts?owner=%00", None),
        ("/v1/accounts?owner=%ff", 200),
        ("/v1/accounts?owner=" + "a" * 10_000, 200),
        ("/v1/accounts?limit=0", 422),
        ("/v1/accounts?limit=201", 422),
        ("/v1/accounts?limit=9" + "9" * 5000, 422),
        ("/v1/accounts?limit=x", 422),
        ("/v1/accounts?cursor=%00", 400),
        ("/v1/accounts?cursor=é", 400),
        ("/v1/accounts?cursor=AAAA", 400),
        ("/v1/accounts?cursor=" + "A" * 2001, 422),
        ("/v1/accounts/changes?after=AAAA", 400),
    ],
)
async def test_an_address_that_cannot_be_read_is_refused(
    client: httpx.AsyncClient, path: str, status: int | None
) -> None:
    answer = await client.get(path)

    assert_problem(answer)
    assert status is None or answer.status_code == status


@pytest.mark.parametrize(
    ("path", "repeated"),
    [
        (f"/v1/accounts?owner={OWNER}&owner={OWNER}", ["owner"]),
        ("/v1/accounts?limit=1&limit=2", ["limit"]),
        ("/v1/accounts?limit=1&owner=1&limit=2&owner=2", ["limit", "owner"]),
        ("/v1/accounts/changes?limit=1&%6Cimit=1", ["limit"]),
    ],
)
async def test_a_parameter_that_takes_one_value_is_given_once(
    client: httpx.AsyncClient, path: str, repeated: list[str]
) -> None:
    answer = await client.get(path)

    assert_problem(answer)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"parameter": name, "detail": "given more than once"} for name in repeated]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/accounts", "GET, HEAD, POST"),
        ("PUT", "/v1/accounts/1", "DELETE, GET, HEAD, PATCH"),
        ("PUT", "/health/live", "GET, HEAD"),
        # No account is named `changes`, whatever is asked of it.
        ("PATCH", "/v1/accounts/changes", "GET, HEAD"),
        ("DELETE", "/v1/accounts/changes?limit=1", "GET, HEAD"),
        ("OPTIONS", "/v1/accounts/changes", "GET, HEAD"),
    ],
)
async def test_a_wrong_method_gets_the_right_ones(
    client: httpx.AsyncClient, method: str, path: str, allowed: str
) -> None:
    answer = await client.request(method, path)

    assert_problem(answer)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert allowed in answer.json()["detail"]


@pytest.mark.parametrize("header", ["Basic abc", "Bearer", "Bearer ", "Bearer king:", "x"])
async def test_a_token_that_is_none_is_refused(client: httpx.AsyncClient, header: str) -> None:
    answer = await client.get("/v1/accounts", headers={"Authorization": header})

    assert_problem(answer)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_missing_token_is_asked_for(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/accounts", headers={"Authorization": ""})

    assert_problem(answer)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer scope="accounts:read"')


async def test_a_role_without_a_grant_is_forbidden(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/accounts", json={"owner": OWNER}, headers=bearer(role="operator"))

    assert_problem(answer)
    assert answer.status_code == 403


OPERATIONS = [
    ("GET", "/v1/accounts"),
    ("POST", "/v1/accounts"),
    ("GET", "/v1/accounts/changes"),
    ("GET", "/v1/accounts/{id}"),
    ("GET", "/v1/accounts/{id}/history"),
    ("PATCH", "/v1/accounts/{id}"),
    ("DELETE", "/v1/accounts/{id}"),
    ("POST", "/v1/accounts/{id}/deposit"),
    ("POST", "/v1/accounts/{id}/close"),
]
TEXT = st.text(st.characters(exclude_categories=()), max_size=30)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.sampled_from([OWNER, "1e400"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.dictionaries(st.sampled_from(["owner", "balance", "guarantor", "amount", "reason"]) | TEXT, VALUES)
BODIES = st.one_of(
    st.binary(max_size=40),
    VALUES.map(json.dumps).map(str.encode),
    FIELDS.map(json.dumps).map(str.encode),
    st.builds(lambda amount, reason: json.dumps({"amount": amount, "reason": reason}).encode(), st.integers(), TEXT),
    st.builds(lambda balance: json.dumps({"owner": OWNER, "balance": balance}).encode(), st.integers()),
)
HEADER = st.binary(max_size=40).filter(lambda value: not set(value) & {0, 10, 13})
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "If-Match": HEADER | st.integers().map(lambda number: b'"%d"' % number),
        "If-None-Match": HEADER,
        "Idempotency-Key": HEADER,
        "Authorization": HEADER | HEADER.map(lambda word: b"Bearer " + word),
        "X-Request-Id": HEADER,
        "Traceparent": HEADER,
        "Content-Type": HEADER,
        "Accept": HEADER,
    },
)
QUERIES = st.dictionaries(
    st.sampled_from(["owner", "limit", "cursor", "after"]) | st.binary(max_size=5), st.binary(max_size=40), max_size=3
)


@given(
    operation=st.sampled_from(OPERATIONS),
    identity=st.sampled_from(["known", "known", "none"]) | st.binary(max_size=20),
    body=BODIES,
    headers=HEADERS,
    query=QUERIES,
)
@settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_is_sent_is_answered(
    client: httpx.AsyncClient, operation: tuple[str, str], identity: Any, body: bytes, headers: Any, query: Any
) -> None:
    method, path = operation
    if identity == "known":
        identity = (await open_account(client))["id"]
    raw = "&".join(f"{quote(name)}={quote(value)}" for name, value in query.items())
    url = f"{path.format(id=quote(identity, safe=''))}?{raw}"

    answer = await client.request(method, url, content=body, headers={"Content-Type": "application/json", **headers})

    assert_problem(answer)
