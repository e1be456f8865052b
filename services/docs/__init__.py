"""The developers' documentation, made from the services themselves and built into one folder.

Nothing here is imported by a service; what builds is imported when there is something to build.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Final

from shared.documentation import MANIFEST

SOURCES: Final = Path(__file__).parents[2]
LIBRARIES: Final = ("fastapi", "pydantic", "markdown-it-py")
"""Whose versions show in what is built."""


def keep_up_to_date(folder: Path, say: Callable[[str], None]) -> None:
    """Build the documentation, unless the folder holds what this very code builds."""
    if built_by(folder) == stamp():
        return
    from services.docs.build import build  # noqa: PLC0415 - needed at the first start alone

    build(folder)
    say(f"Built the documentation in {folder}")


def built_by(folder: Path) -> str | None:
    """The stamp of the code that built a folder; None if nothing did."""
    try:
        return str(json.loads((folder / MANIFEST).read_text())["stamp"])
    except FileNotFoundError:
        return None


def stamp() -> str:
    """A digest of all the code and text from which the documentation is made."""
    digest = hashlib.sha256()
    for name in LIBRARIES:
        digest.update(f"{name} {version(name)}\n".encode())
    for path in _sources():
        digest.update(f"{path.relative_to(SOURCES)}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    code = [path for package in ("services", "shared") for path in (SOURCES / package).rglob("*.py")]
    told = [path for folder in ("services/docs", "shared/events") for path in (SOURCES / folder).rglob("*")]
    yield from sorted({*code, *(path for path in told if path.is_file() and path.suffix != ".pyc")})
