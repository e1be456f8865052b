"""HEAD is answered as GET is, without the body (RFC 9110, 9.3.2)."""

import httpx
import pytest
from fastapi import FastAPI

from shared.http.middleware import EveryRequest, HeadAsGet
from shared.settings import Settings
from tests.kit.acts import open_account
from tests.kit.conftest import Lines, app_of, started
from tests.support.serving import address, listening, served

OF_ONE_REQUEST = {"date", "x-request-id", "traceresponse"}


def lasting(answer: httpx.Response) -> dict[str, str]:
    """Headers that do not differ from one request to the next."""
    return {name: value for name, value in answer.headers.items() if name not in OF_ONE_REQUEST}


@pytest.mark.parametrize(
    "path",
    [
        "/v1/accounts",
        "/v1/accounts/{id}",
        "/v1/accounts/changes",
        "/v1/accounts/0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e77",
        "/v1/accounts?colour=blue",
        "/v1/nothing",
        "/v1/accounts/1/deposit",
        "/health/live",
        "/openapi.json",
        "/",
    ],
)
async def test_it_has_the_status_and_headers_of_get(on_sqlite: Settings, path: str) -> None:
    async with started(app_of(on_sqlite)) as client:
        path = path.replace("{id}", (await open_account(client))["id"])
        with_body, without = await client.get(path), await client.head(path)

    assert without.content == b""
    assert (without.status_code, lasting(without)) == (with_body.status_code, lasting(with_body))
    assert without.headers["content-length"] == str(len(with_body.content))


async def test_it_is_not_modified_like_get(on_sqlite: Settings) -> None:
    async with started(app_of(on_sqlite)) as client:
        path = f"/v1/accounts/{(await open_account(client))['id']}"
        etag = (await client.head(path)).headers["etag"]
        again = await client.head(path, headers={"If-None-Match": etag})

    assert (etag, again.status_code) == ('"1"', 304)


async def test_its_line_says_head(on_sqlite: Settings, lines: Lines) -> None:
    async with started(app_of(on_sqlite)) as client:
        await client.head("/v1/accounts")

    [line] = lines.of("request")
    assert (line["method"], line["operation"], line["status"], line["bytes"]) == ("HEAD", "list_accounts", 200, 0)


async def test_on_the_wire_nothing_follows_the_headers(on_sqlite: Settings) -> None:
    app = FastAPI()
    app.add_api_route("/text", lambda: "a" * 1000)
    app.add_middleware(HeadAsGet)
    app.add_middleware(EveryRequest, service="ledger", settings=on_sqlite)

    async with served(app, sock := listening()), httpx.AsyncClient(base_url=address(sock)) as http:
        answers = [await http.request(method, "/text") for method in ("HEAD", "GET", "HEAD", "HEAD")]

    assert [len(each.content) for each in answers] == [0, 1002, 0, 0]
    assert {each.headers["content-length"] for each in answers} == {"1002"}
