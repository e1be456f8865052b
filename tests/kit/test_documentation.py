"""The documentation is served from a folder: what its manifest lists, with those headers, and nothing else."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import httpx
import pytest

from shared.http.documentation import MANIFEST, PATHS, SENDING_ADDRESSES
from tests.kit.conftest import app_of, started
from tests.support.harness import settings_in

HEADERS: Final = {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'",
    "cache-control": "no-cache",
    "etag": '"1"',
}
ADDRESSES: Final = ["/", "/docs/glossary", "/problems/not-found", "/docs-files/a/b.html", "/schemas/a.json"]


def build(folder: Path, *addresses: str, text: str = "<p>essai</p>") -> None:
    """A folder with the same page at each address."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "page.html").write_text(text)
    listed = {address: {"file": "page.html", "headers": HEADERS} for address in addresses}
    (folder / MANIFEST).write_text(json.dumps({"addresses": listed}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder for the documentation."""
    return tmp_path / "documentation"


@pytest.fixture
async def client(tmp_path: Path, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a process that serves that folder."""
    async with started(app_of(settings_in(tmp_path, docs_dir=str(folder)))) as client:
        yield client


@pytest.mark.parametrize("address", ADDRESSES)
async def test_what_is_listed_is_served_with_its_headers(client: httpx.AsyncClient, folder: Path, address: str) -> None:
    build(folder, *ADDRESSES)

    answer = await client.get(address)
    without_body = await client.head(address)

    assert (answer.status_code, answer.text) == (200, "<p>essai</p>")
    assert {**HEADERS, "etag": 'W/"1"'}.items() <= answer.headers.items()
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    assert (without_body.status_code, without_body.text, without_body.headers["content-length"]) == (
        200,
        "",
        str(len(answer.content)),
    )


async def test_a_large_page_is_compressed_and_known_by_its_etag(client: httpx.AsyncClient, folder: Path) -> None:
    build(folder, "/", text="<p>essai</p>" * 1_000)

    compressed = await client.get("/")
    plain = await client.get("/", headers={"Accept-Encoding": "identity"})
    known = await client.get("/", headers={"If-None-Match": compressed.headers["etag"]})

    assert compressed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert compressed.text == plain.text == "<p>essai</p>" * 1_000
    assert {each.headers["etag"] for each in (compressed, plain, known)} == {'W/"1"'}
    assert {each.headers["vary"] for each in (compressed, plain, known)} == {"Accept-Encoding"}
    assert known.status_code == 304


async def test_who_holds_a_page_already_gets_304(client: httpx.AsyncClient, folder: Path) -> None:
    build(folder, "/")

    same = await client.get("/", headers={"If-None-Match": '"1"'})
    other = await client.get("/", headers={"If-None-Match": '"2"'})

    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", 'W/"1"')
    assert other.status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/docs",
        "/problems/unheard-of",
        "/problems/%00",
        "/problems/" + "a" * 10_000,
        "/problems/..%2f..%2fcursors.key",
        "/docs-files/page.html",
        f"/docs-files/{MANIFEST}",
        "/docs-files/../cursors.key",
        "/docs-files/..%2fcursors.key",
        "/docs-files/%2e%2e/%2e%2e/etc/passwd",
        "/docs-files//etc/passwd",
        "/docs-files/..%5c..%5ccursors.key",
        "/schemas/%ff",
    ],
)
async def test_what_is_not_listed_is_not_there(client: httpx.AsyncClient, folder: Path, address: str) -> None:
    build(folder, "/")

    answer = await client.get(address)

    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


@pytest.mark.parametrize("path", PATHS)
async def test_a_process_without_documentation_says_what_to_run(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path.partition("{")[0] + ("x" if "{" in path else ""))

    assert (answer.status_code, answer.json()["code"]) == (503, "documentation-not-built")
    assert "python -m services docs" in answer.json()["detail"]
    assert "retry-after" in answer.headers


async def test_documentation_that_is_built_or_built_anew_needs_no_restart(
    client: httpx.AsyncClient, folder: Path
) -> None:
    missing = await client.get("/")
    build(folder, "/", text="first")
    first = await client.get("/")
    build(folder, "/docs", text="second")
    second = await client.get("/docs")
    gone = await client.get("/")

    assert [each.status_code for each in (missing, first, second, gone)] == [503, 200, 200, 404]
    assert (first.text, second.text) == ("first", "second")


async def test_a_wrong_method_gets_the_right_ones(client: httpx.AsyncClient) -> None:
    answer = await client.post("/problems/not-found")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    ("given", "shown"),
    [((), []), (("198.51.100.7", "2001:db8::/64"), ["198.51.100.7/32", "2001:db8::/64"])],
)
async def test_receivers_read_from_where_webhooks_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: tuple[str, ...], shown: list[str]
) -> None:
    monkeypatch.setenv("TERRITORIES_WEBHOOK_ADDRESSES", json.dumps(given))
    async with started(app_of(settings_in(tmp_path))) as client:
        answer = await client.get(SENDING_ADDRESSES)

    assert (answer.status_code, answer.json()) == (200, {"addresses": shown})
