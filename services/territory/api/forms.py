"""Addresses that answer in more forms than JSON, as `Accept` asks."""

from typing import Any, Final

from fastapi import Depends, Response

from services.territory.api import csv, geojson


async def _varying(response: Response) -> None:
    response.headers["Vary"] = "Accept"


BY_ACCEPT: Final = [Depends(_varying)]
"""The `dependencies=` of such an address: caches must know."""

_SCHEMAS: Final[dict[str, dict[str, str]]] = {
    geojson.MEDIA_TYPE: {"type": "object", "description": "A feature or a feature collection (RFC 7946)."},
    csv.MEDIA_TYPE: {"type": "string", "description": "A header row, then one row for each object (RFC 4180)."},
}


def also(*media_types: str) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of such an address."""
    return {
        200: {
            "content": {name: {"schema": _SCHEMAS[name]} for name in media_types},
            "description": "As asked for by `Accept`; other forms than JSON come whole, without pages.",
        }
    }
