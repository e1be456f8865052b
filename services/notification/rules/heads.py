"""The statement about the journal that is time-stamped each day."""

import json
from datetime import date


def statement_of(day: date, size: int, root: str) -> str:
    """Return the statement about a head: JSON with sorted names and without blanks (RFC 8785)."""
    return json.dumps({"day": day.isoformat(), "root": root, "size": size}, sort_keys=True, separators=(",", ":"))
