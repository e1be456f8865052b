"""Responses over 1 kB are compressed for those who accept it, and nothing else changes."""

import gzip
from collections.abc import AsyncIterator, Mapping

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from shared.http import compression
from shared.http.compression import MINIMUM, Compression
from shared.http.middleware import HeadAsGet
from shared.settings import Settings
from tests.kit.acts import open_account
from tests.kit.conftest import app_of, started

TEXT = "Lacq-Pau-Tarbes " * MINIMUM


async def large(request: Request) -> Response:
    """A large response with the headers that its query names."""
    return Response(TEXT, headers=dict(request.query_params))


async def in_parts(_request: Request) -> Response:
    """A response that is sent in parts."""

    async def parts() -> AsyncIterator[str]:
        for start in range(0, len(TEXT), 1_000):
            yield TEXT[start : start + 1_000]

    return StreamingResponse(parts())


ROUTES = [Route("/large", large), Route("/parts", in_parts), Route("/small", lambda _: Response("x" * (MINIMUM - 1)))]
APP = HeadAsGet(Compression(Starlette(routes=ROUTES)))


async def answer(path: str, accepted: str | None = "gzip", method: str = "GET") -> tuple[httpx.Response, bytes]:
    """The response to a client that accepts these codings, and its bytes as they were sent."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(APP), base_url="http://service") as client:
        del client.headers["Accept-Encoding"]
        headers = {} if accepted is None else {"Accept-Encoding": accepted}
        async with client.stream(method, path, headers=headers) as response:
            sent = b"".join([part async for part in response.aiter_raw()])
    return response, sent


@pytest.mark.parametrize("accepted", ["gzip", "br, gzip;q=0.5", "*", "deflate, *;q=0.1", "GZIP"])
@pytest.mark.parametrize("path", ["/large", "/parts"])
async def test_a_large_response_is_compressed_for_a_client_that_accepts_it(path: str, accepted: str) -> None:
    response, sent = await answer(path, accepted)

    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(sent).decode() == TEXT
    assert len(sent) < len(TEXT) / 10
    assert response.headers.get("content-length", str(len(sent))) == str(len(sent))


@pytest.mark.parametrize("accepted", [None, "", "identity", "br", "gzip;q=0", "*;q=1, gzip;q=0", "gzip;q=x"])
async def test_a_client_that_does_not_accept_it_gets_the_bytes(accepted: str | None) -> None:
    response, sent = await answer("/large", accepted)

    assert "content-encoding" not in response.headers
    assert response.headers["vary"] == "Accept-Encoding"
    assert sent.decode() == TEXT


async def test_a_small_response_is_sent_as_it_is() -> None:
    response, sent = await answer("/small")

    assert "content-encoding" not in response.headers
    assert len(sent) == MINIMUM - 1


@pytest.mark.parametrize("headers", ['etag="3"', "cache-control=no-store", "content-encoding=br"])
async def test_what_names_exact_bytes_or_holds_a_secret_is_sent_as_it_is(headers: str) -> None:
    response, sent = await answer(f"/large?{headers}")

    assert response.headers.get("content-encoding", "br") == "br"
    assert sent.decode() == TEXT


async def test_a_weak_etag_stays() -> None:
    response, _ = await answer('/large?etag=W/"3"')

    assert (response.headers["etag"], response.headers["content-encoding"]) == ('W/"3"', "gzip")


@pytest.mark.parametrize("path", ["/large", "/parts", "/small"])
async def test_head_has_the_headers_of_get(path: str) -> None:
    (with_body, _), (without, sent) = await answer(path), await answer(path, method="HEAD")

    assert without.headers == with_body.headers
    assert sent == b""


@pytest.fixture
def all_compressed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compress small responses too."""
    monkeypatch.setattr(compression, "MINIMUM", 1)


@pytest.mark.usefixtures("all_compressed")
async def test_the_etag_of_an_object_is_the_same_whatever_a_client_accepts(on_sqlite: Settings) -> None:
    def coded(response: httpx.Response) -> tuple[str | None, str | None]:
        return response.headers.get("content-encoding"), response.headers.get("etag")

    async with started(app_of(on_sqlite)) as client:
        path = f"/v1/accounts/{(await open_account(client))['id']}"
        plain = await client.get(path, headers={"Accept-Encoding": "identity"})
        compressed = await client.get(path)
        known = await client.get(path, headers={"If-None-Match": compressed.headers["etag"]})
        changed = await client.patch(
            path, json={"owner": plain.json()["owner"], "balance": 1}, headers={"If-Match": compressed.headers["etag"]}
        )
        listed = await client.get("/v1/accounts")

    assert coded(plain) == coded(compressed) == (None, '"1"')
    assert (known.status_code, changed.status_code) == (304, 200)
    assert coded(listed) == ("gzip", None)


@pytest.mark.usefixtures("all_compressed")
async def test_a_repeated_post_gets_the_same_response_whatever_it_accepts(on_sqlite: Settings) -> None:
    async with started(app_of(on_sqlite)) as client:
        account = (await open_account(client))["id"]
        sent: list[Mapping[str, str]] = [{"Accept-Encoding": "gzip"}, {"Accept-Encoding": "identity"}]
        answers = [
            await client.post(
                f"/v1/accounts/{account}/deposit", json={"amount": 5}, headers={"Idempotency-Key": "k", **each}
            )
            for each in sent
        ]

    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["idempotent-replayed"] == "true"
