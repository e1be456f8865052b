"""The documentation, built once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from app.docsite import openapi
from app.docsite.build import build


@pytest.fixture(scope="session")
def api() -> Mapping[str, Any]:
    """The OpenAPI document of the whole platform."""
    return openapi.document()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole documentation."""
    folder = tmp_path_factory.mktemp("documentation") / "docs"
    build(folder)
    return folder
