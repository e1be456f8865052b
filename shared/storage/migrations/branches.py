"""Folders of the two branches of revisions in each database."""

from pathlib import Path
from typing import Final

KIT: Final = Path(__file__).parent / "kit"
"""Revisions of the tables of the kit; those of a service stand in its own `migrations/`."""


def newest(folder: Path) -> str | None:
    """Return the number of the newest revision in a folder; None if it has none yet."""
    return max((path.name.partition("_")[0] for path in folder.glob("[0-9]*.py")), default=None)
