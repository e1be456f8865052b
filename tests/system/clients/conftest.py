"""The document that clients are generated from, and a fresh platform that they speak to."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Final

import pytest

from app.demo.checks import ok
from app.demo.journey import Journey
from app.embedded import create_app
from shared.settings import Settings
from tests.support import platforms
from tests.support.processes import Form

METHODS: Final = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="session")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The OpenAPI document of the whole platform."""
    return create_app(Settings(data_dir=tmp_path_factory.mktemp("document"))).openapi()


@pytest.fixture(scope="session")
def document_file(document: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, as a partner has downloaded it."""
    file = tmp_path_factory.mktemp("downloaded") / "openapi.json"
    file.write_text(json.dumps(document))
    return file


@pytest.fixture(scope="session")
def operations(document: dict[str, Any]) -> set[str]:
    """Every operation that there is."""
    return {path[method]["operationId"] for path in document["paths"].values() for method in METHODS if method in path}


@pytest.fixture
async def form(loaded: Callable[[Path], None], tmp_path: Path, document: dict[str, Any]) -> AsyncIterator[Form]:
    """A fresh platform, allowed to deliver to this machine; the clients were generated from what it serves."""
    await asyncio.to_thread(loaded, tmp_path)
    async with platforms.embedded(tmp_path, TERRITORIES_DANGEROUS_LOOPBACK_WEBHOOKS="true") as form:
        async with form.client() as anybody:
            assert ok(await anybody.get("/openapi.json")) == document
        yield form


async def has_come_true(form: Form, output: str) -> None:
    """Assert that a program has played the whole journey, and that the platform says the same to a client of ours."""
    *lines, contract = [line for line in output.splitlines() if not line.startswith(" ")]
    async with form.client() as anybody:
        signed = ok(await anybody.get(f"/v1/contracts/{contract}"))
        report = ok(await anybody.get("/v1/progress", params={"phase": "2018"}))

    assert lines == [title for title, _ in Journey(form.client).stages]
    assert signed["status"] == "signed"
    assert all(party["signed_on"] for party in signed["parties"])
    assert report["total"]["contracts"]["signed"] == 1
    assert [one["amount_cents"] for one in report["total"]["operators"]] == [2_500_000]
