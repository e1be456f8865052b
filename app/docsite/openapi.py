"""The OpenAPI document of the whole platform: every operation of every service."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from app.embedded import create_app
from shared.settings import Settings


def document() -> dict[str, Any]:
    """As the embedded application with its own issuer tells it, whatever this process is set to."""
    with TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), issuer_url="", bus_url="memory:")
        return create_app(settings).openapi()
