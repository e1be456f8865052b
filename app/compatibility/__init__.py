"""Compare the contracts with their last published version."""

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[2] / "services" / "published"
