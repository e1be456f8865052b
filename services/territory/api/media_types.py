"""Addresses that answer in more forms than JSON, as `Accept` asks."""

from typing import Any, Final

from fastapi import Depends, Response

from services.territory.api import csv, geojson, icalendar


async def _varying(response: Response) -> None:
    response.headers["Vary"] = "Accept"


BY_ACCEPT: Final = [Depends(_varying)]
"""The `dependencies=` of such an address: caches must know."""

_FEATURE: Final = {
    "type": "Feature",
    "id": "2018-ti-7505",
    "properties": {"key": "2018-ti-7505", "name": "Lacq-Pau - Tarbes"},
    "geometry": None,
}
_CONTENT: Final[dict[str, dict[str, Any]]] = {
    geojson.MEDIA_TYPE: {
        "schema": {"type": "object", "description": "A feature or a feature collection (RFC 7946)."},
        "example": _FEATURE,
    },
    csv.MEDIA_TYPE: {
        "schema": {"description": "A header row, then one row for each object (RFC 4180)."},
        "example": "siren,name,kind\r\n200067254,CA Pau Béarn Pyrénées,epci\r\n",
    },
    icalendar.MEDIA_TYPE: {
        "schema": {"description": "The events whose days are known (RFC 5545)."},
        "example": "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n",
    },
}


def also(*media_types: str) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of such an address."""
    return {
        200: {
            "content": {name: _CONTENT[name] for name in media_types},
            "description": "As asked for by `Accept`; other forms than JSON come whole, without pages.",
        }
    }
