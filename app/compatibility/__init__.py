"""The contracts as they were last published, and what a new version of them breaks."""

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parents[2] / "services" / "published"
