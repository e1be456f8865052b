"""Documents that the platform publishes about itself."""

import json
from functools import cache
from tempfile import TemporaryDirectory
from typing import Any

from app.embedded import create_app
from shared.settings import Settings

Document = dict[str, Any]


def published() -> Document:
    """The OpenAPI document of all services together, as it is sent; another copy each time."""
    document: Document = json.loads(_sent())
    return document


@cache
def _sent() -> str:
    with TemporaryDirectory() as folder:
        return json.dumps(create_app(Settings(data_dir=folder)).openapi())
