"""Addresses that answer in more forms than JSON, as `Accept` asks."""

from typing import Any, Final

from fastapi import Request

from services.territory.api import csv, geojson, icalendar, pages
from services.territory.errors import ParameterNotFitting
from shared.http.accept import JSON, chosen
from shared.problem import FieldError

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
        "schema": {
            "description": "A header row, then one row for each object (RFC 4180), in UTF-8 with its signature."
        },
        "example": "siren,name,kind\r\n200067254,CA Pau Béarn Pyrénées,epci\r\n",
    },
    pages.SVG: {
        "schema": {"description": "A drawing (SVG 1.1) with a title and a description in French."},
        "example": '<svg xmlns="http://www.w3.org/2000/svg" role="img"><title>Carte</title></svg>',
    },
    pages.HTML: {
        "schema": {"description": "A page in French, with the drawing and the same facts as tables."},
        "example": '<!doctype html><html lang="fr"><head><title>Carte</title></head><body></body></html>',
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


OF_ONE_FORM: Final = {"limit": JSON, "cursor": JSON, "separator": csv.MEDIA_TYPE, "zoom": geojson.MEDIA_TYPE}
"""Parameter → the only form of the answer in which it has an effect."""


def chosen_form(request: Request, *others: str) -> str:
    """Return the media type to answer with. Refuse a parameter that would have no effect in it."""
    media_type = chosen(request, *others)
    given = sorted(name for name in OF_ONE_FORM if name in request.query_params and OF_ONE_FORM[name] != media_type)
    if given:
        name = given[0]
        raise ParameterNotFitting(
            f"`{name}` is for {OF_ONE_FORM[name]} alone, and the answer is {media_type}: leave it out, or ask for "
            f"`Accept: {OF_ONE_FORM[name]}`.",
            errors=[FieldError(parameter=each, detail=f"only for {OF_ONE_FORM[each]}") for each in given],
        )
    return media_type
