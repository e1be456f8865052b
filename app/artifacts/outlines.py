"""The published file of outlines, made from the reference data of the territory service: documents draw maps by it."""

import json
from collections.abc import Iterator
from typing import Any, Final

from services.territory.reference import SHIPPED

NAME: Final = "services/published/outlines.txt"
FILES: Final = (("territories.geojson", "2018-"), ("territories_2023.geojson", "2023-"), ("regions.geojson", "region-"))
"""Outlines, with what makes a key of their codes."""


def table() -> str:
    """Return one line for each territory and région: its key, then its rings as degrees with three decimals."""
    return "".join(f"{key} {rings}\n" for key, rings in sorted(_lines()))


def _lines() -> Iterator[tuple[str, str]]:
    folder = SHIPPED.folder / "geo"
    for file, prefix in FILES:
        for feature in json.loads((folder / file).read_text())["features"]:
            geometry = feature["geometry"]
            polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
            rings = [_ring(ring) for polygon in polygons for ring in polygon]
            yield prefix + feature["properties"]["code"], ";".join(ring for ring in rings if ring)


def _ring(ring: list[Any]) -> str:
    """Return a ring without the points that its rounding makes equal; empty if too few stay."""
    points: list[str] = []
    for longitude, latitude in ring:
        point = f"{longitude:.3f},{latitude:.3f}"
        if not points or points[-1] != point:
            points.append(point)
    return " ".join(points) if len(points) > 3 else ""
