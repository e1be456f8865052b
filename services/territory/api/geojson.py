"""GeoJSON (RFC 7946), joined from stored text: outlines are never parsed here."""

import json
from collections.abc import Iterable
from typing import Any, Final

from fastapi import Response
from pydantic import BaseModel

MEDIA_TYPE: Final = "application/geo+json"


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
