"""GeoJSON (RFC 7946), joined from text: outlines are never parsed here."""

import json
from collections.abc import Iterable
from typing import Annotated, Any, Final

from fastapi import Query, Response
from pydantic import BaseModel

from services.territory.rules.outlines import MAX_ZOOM

MEDIA_TYPE: Final = "application/geo+json"

Zoom = Annotated[
    int | None,
    Query(
        ge=0,
        le=MAX_ZOOM,
        description="For GeoJSON: outlines simplified for this zoom of a web map. Shared borders stay shared, and "
        "islands smaller than a pixel are left out. If absent, the stored outlines.",
        examples=[6],
    ),
]


def feature(code: str, properties: BaseModel, polygons: str | None, **more: Any) -> str:
    """One feature; without a geometry where no outline is known."""
    known = json.dumps(properties.model_dump(mode="json") | more, ensure_ascii=False)
    geometry = f'{{"type":"MultiPolygon","coordinates":[{polygons}]}}' if polygons else "null"
    return f'{{"type":"Feature","id":{json.dumps(code)},"properties":{known},"geometry":{geometry}}}'


def one(drawn: str) -> Response:
    """A feature as an answer."""
    return Response(drawn, media_type=MEDIA_TYPE, headers={"Vary": "Accept"})


def collection(features: Iterable[str]) -> Response:
    """A feature collection as an answer."""
    return one(f'{{"type":"FeatureCollection","features":[{",".join(features)}]}}')
