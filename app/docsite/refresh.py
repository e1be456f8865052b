"""Build the documentation at start, if the folder is out of date."""

from collections.abc import Callable
from pathlib import Path

from app.docsite.stamp import built_by, stamp


def keep_up_to_date(folder: Path, say: Callable[[str], None]) -> None:
    """Build the documentation, unless the folder holds what this very code builds."""
    if built_by(folder) == stamp():
        return
    from app.docsite.build import build  # noqa: PLC0415 - needed at the first start alone

    build(folder)
    say(f"Built the documentation in {folder}")
