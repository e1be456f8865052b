"""The pages for people: each refusal has one, every link leads somewhere, and nothing is loaded from anywhere else."""

import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

import pytest

from app.docsite import pages as pages_of
from app.docsite import problems
from app.docsite.pages import NAVIGATION
from deploy.processes import ROOT
from services import NAMES
from shared import problem
from shared.http.documentation import MANIFEST, PATHS
from shared.problem import Refusal
from tests.architecture.sources import whole_package
from tests.support import node

Manifest = Mapping[str, Mapping[str, Any]]
VENDOR: Final = ROOT / "app" / "docsite" / "vendor"
VENDORED: Final = {"swagger-ui-5.35.0": "swagger-ui-dist", "redoc-2.5.4": "redoc"}


class Seen(HTMLParser):
    """The addresses that a browser would follow and load."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.ids: set[str] = set()
        self.inline: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given["id"]} if "id" in given else set()
        self.inline += [name for name in given if name == "style" or name.startswith("on")]
        if tag in ("script", "style") and "src" not in given:
            self.inline.append(tag)
        if tag == "a":
            self.links.append(given["href"])
        elif address := given.get("src") or given.get("spec-url") or (tag == "link" and given["href"]):
            self.loads.append(str(address))


@pytest.fixture(scope="session")
def manifest(folder: Path) -> Manifest:
    """The file at each address."""
    listed: Manifest = json.loads((folder / MANIFEST).read_text())["addresses"]
    return listed


@pytest.fixture(scope="session")
def pages(folder: Path, manifest: Manifest) -> Mapping[str, Seen]:
    """Every page, by its address."""
    html = {address: one for address, one in manifest.items() if one["file"].endswith(".html")}
    return {address: Seen((folder / one["file"]).read_text()) for address, one in html.items()}


def test_every_refusal_of_every_service_has_its_page(folder: Path, manifest: Manifest) -> None:
    declared = {
        each.__name__
        for name in NAMES
        for module in whole_package(f"services.{name}.errors")
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, Refusal) and each.__module__ == module.__name__
    }
    listed = json.loads((folder / "problems.json").read_text())

    assert declared <= {refusal.__name__ for refusal in problems.refusals().values()}
    assert {"not-found", "database-away", "too-many-requests", "documentation-not-built"} <= problems.refusals().keys()
    assert [one["type"] for one in listed] == [problems.address(code) for code in problems.refusals()]
    assert {one["type"] for one in listed} <= manifest.keys()


def test_the_page_of_a_refusal_says_what_it_means_and_who_answers_so(folder: Path) -> None:
    page = (folder / "pages/problems/action-incomplete.html").read_text()

    assert "<h1>Action sheet incomplete</h1>" in page
    assert "status 409" in page
    assert "<code>errors</code> lists the fields to fill in." in page
    assert 'href="/redoc#operation/submit_action"' in page


def test_what_a_docstring_says_is_shown_and_not_run(api: Mapping[str, Any]) -> None:
    class Conflict(problem.Conflict):
        """<script>alert(1)</script> [a](javascript:b)"""

        title = "<b>"

    seen = Seen(page := pages_of._problem(api, Conflict).html())

    assert seen.inline == []
    assert "&lt;script&gt;" in page
    assert "<title>&lt;b&gt;" in page
    assert not [link for link in seen.links if link.startswith("javascript")]


def test_every_link_leads_somewhere(pages: Mapping[str, Seen], manifest: Manifest, api: Mapping[str, Any]) -> None:
    operations = {
        f"operation/{operation['operationId']}" for item in api["paths"].values() for operation in item.values()
    }
    broken = []
    for address, page in pages.items():
        for link in page.links:
            path, _, part = link.partition("#")
            parts = operations if path == "/redoc" else pages[path or address].ids if part else set()
            if (not link.startswith("https://") and (path or address) not in manifest) or (part and part not in parts):
                broken.append((address, link))

    assert broken == []
    assert sum(len(page.links) for page in pages.values()) > 1000


def test_nothing_is_loaded_from_elsewhere_and_nothing_is_inline(pages: Mapping[str, Seen], manifest: Manifest) -> None:
    for address, page in pages.items():
        assert set(page.loads) <= manifest.keys(), address
        assert page.inline == [], address


def test_every_address_has_strict_headers(pages: Mapping[str, Seen], manifest: Manifest) -> None:
    for address, listed in manifest.items():
        policy, headers = listed["headers"]["content-security-policy"], listed["headers"]
        assert policy.startswith("default-src 'none'; "), address
        assert "frame-ancestors 'none'" in policy, address
        assert "base-uri 'none'; form-action 'none'" in policy, address
        assert "unsafe" not in policy, address
        assert headers["referrer-policy"] == "no-referrer"
        assert re.fullmatch('"[0-9a-f]{32}"', headers["etag"])
        assert headers["cache-control"] == (
            "public, max-age=31536000, immutable" if re.search(r"-\d+\.\d+\.\d+/", address) else "no-cache"
        )
    assert set(NAVIGATION) <= pages.keys()


def test_every_address_is_one_that_processes_serve_and_the_gateway_lets_in(manifest: Manifest) -> None:
    known = [
        re.compile(re.sub(r"\\{file:path\\}", ".+", re.sub(r"\\{\w+\\}", "[^/]+", re.escape(one)))) for one in PATHS
    ]
    let_in = {line.split()[0] for line in (ROOT / "deploy/gateway/pages.map").read_text().splitlines()}

    for address in manifest:
        assert any(one.match(address) for one in known), address
        assert address == "/" or address.split("/")[1] in let_in, address


@pytest.mark.parametrize(("ours", "theirs"), VENDORED.items())
def test_the_viewers_are_those_of_their_makers_byte_by_byte(ours: str, theirs: str) -> None:
    package = node.MODULES / theirs
    files = {path.name: path for path in (VENDOR / ours).iterdir()}
    original = {path.name: path for folder in (package, package / "bundles") for path in folder.glob("*")}

    assert json.loads((package / "package.json").read_text())["version"] == ours.rpartition("-")[2]
    assert {"LICENSE"} < files.keys()
    assert [name for name, path in files.items() if path.read_bytes() != original[name].read_bytes()] == []
    assert {path.name for path in VENDOR.iterdir()} == VENDORED.keys()


def test_redoc_is_served_without_the_logo_that_it_would_ask_a_third_party_for(folder: Path) -> None:
    name = "redoc-2.5.4/redoc.standalone.js"
    vendored, served = (VENDOR / name).read_bytes(), (folder / "files" / name).read_bytes()

    assert vendored.count(b"cdn.redoc.ly") == 1
    assert served == vendored.replace(b"https://cdn.redoc.ly/redoc/logo-mini.svg", b"data:,")


def test_what_is_deprecated_is_listed_with_its_last_day(api: Mapping[str, Any]) -> None:
    going = {"operationId": "read_old", "deprecated": True, "x-sunset": "2030-01-31"}
    with_it = {**api, "paths": {**api["paths"], "/v1/old": {"get": going}}}
    shown = pages_of._changes(with_it).html().replace("<wbr>", "")

    assert "No operation is deprecated today." in pages_of._changes(api).html()
    assert "<code>GET /v1/old</code></a> until 2030-01-31" in shown
