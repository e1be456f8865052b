"""The OpenAPI document of the whole platform."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from app.embedded import create_app
from shared.settings import Settings


def document() -> dict[str, Any]:
    """Return the document of the embedded platform with its own issuer, whatever the settings of this process."""
    with TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), issuer_url="", bus_url="memory:")
        return create_app(settings).openapi()
