"""The stamp of a built documentation folder: built again only when the code or its text has changed."""

import hashlib
import json
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Final

from shared.http.documentation import MANIFEST

SOURCES: Final = Path(__file__).parents[2]
LIBRARIES: Final = ("fastapi", "pydantic", "markdown-it-py")
"""Libraries whose versions change the result."""


def built_by(folder: Path) -> str | None:
    """Return the stamp of a built folder; None if it is not built."""
    try:
        return str(json.loads((folder / MANIFEST).read_text())["stamp"])
    except FileNotFoundError:
        return None


def stamp() -> str:
    """Return a digest of the code and text that the documentation is built from."""
    digest = hashlib.sha256()
    for name in LIBRARIES:
        digest.update(f"{name} {version(name)}\n".encode())
    for path in _sources():
        digest.update(f"{path.relative_to(SOURCES)}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    code = [path for package in ("app", "services", "shared") for path in (SOURCES / package).rglob("*.py")]
    text = [path for folder in ("app/docsite", "shared/events") for path in (SOURCES / folder).rglob("*")]
    yield from sorted({*code, *(path for path in text if path.is_file() and path.suffix != ".pyc")})
