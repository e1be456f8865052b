"""Announce deprecated operations in the OpenAPI document and in headers (RFC 9745, RFC 8594)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import quote

from fastapi import Depends

from shared.clock import PARIS

NOTICE: Final = timedelta(days=184)
"""Six months, whichever they are: so long clients have, from the announcement on."""
SUNSET: Final = "x-sunset"
"""The day from which something may be gone, in the OpenAPI document."""


@dataclass(frozen=True)
class Deprecation:
    """Since when, until when, and what to use instead."""

    since: date
    sunset: date
    instead: str

    def __post_init__(self) -> None:
        if self.sunset < self.since + NOTICE:
            raise ValueError(f"Clients have six months: let it stay until {self.since + NOTICE} at least.")

    async def __call__(self) -> None:
        """Nothing is asked of a request: the route is known by this mark."""

    @property
    def notice(self) -> str:
        """For the description of the operation."""
        return f"Deprecated since {self.since}; it may be gone from {self.sunset} on. Instead: {self.instead}."

    def headers(self, page: str) -> Mapping[str, str]:
        """Headers of each response; the link leads to the explanation."""
        since, sunset = (datetime.combine(day, time.min, PARIS) for day in (self.since, self.sunset))
        return {
            "Deprecation": f"@{int(since.timestamp())}",
            "Sunset": format_datetime(sunset.astimezone(UTC), usegmt=True),
            "Link": f'<{page}>; rel="deprecation"; type="text/html"',
        }


def deprecated_by(*, since: date, sunset: date, instead: str) -> Any:
    """The dependency that announces the end of an operation: `dependencies=[deprecated_by(…)]`."""
    return Depends(Deprecation(since, sunset, instead))


def page_of(tag: str, operation: str) -> str:
    """Return the path of an operation in the documentation."""
    return f"/docs#/{quote(tag)}/{quote(operation)}"


DOCUMENTED: Final[dict[str, dict[str, Any]]] = {
    "Deprecation": {
        "description": "Since when this operation is deprecated (RFC 9745).",
        "schema": {"type": "string", "pattern": "^@[0-9]+$", "maxLength": 20},
        "example": "@1767222000",
    },
    "Sunset": {
        "description": "From when on it may be gone (RFC 8594).",
        "schema": {"type": "string", "pattern": "GMT$", "maxLength": 29},
        "example": "Tue, 30 Jun 2026 22:00:00 GMT",
    },
    "Link": {
        "description": "Where its end is explained: `rel=deprecation`; and the next page, if there is one.",
        "schema": {"type": "string", "pattern": "rel=", "maxLength": 8000},
        "example": '</docs#/Contracts/read_contract>; rel="deprecation"; type="text/html"',
    },
}
"""The headers, for the OpenAPI document."""
