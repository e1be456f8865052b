"""Rules of outlines: the points, islands and holes that are drawn at a zoom of a web map.

Each point has a level: the lowest zoom at which it is drawn. `services/territory/reference/levels.py` computes levels,
so that outlines simplified for a zoom still share their borders, and no lines cross.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Final

Point = tuple[float, float]

MAX_ZOOM: Final = 14
LEVELS: Final = "0123456789abcdef"
"""Letter of each level. The last one: not drawn at any zoom, the point lies on a straight line."""


def simplified(polygons: str, levels: str, zoom: int) -> str:
    """Return the coordinates of polygons for a zoom.

    `polygons` is the coordinates of a MultiPolygon without the outer brackets. `levels` has for each ring its own level
    and those of its points, without the closing one. Outer rings run counter-clockwise, holes clockwise (RFC 7946,
    3.1.6).
    """
    return ",".join(
        "[" + ",".join(["[" + ",".join([f"[{lon},{lat}]" for lon, lat in ring]) + "]" for ring in polygon]) + "]"
        for polygon in polygons_at(polygons, levels, zoom)
    )


def polygons_at(polygons: str, levels: str, zoom: int) -> Iterator[list[list[Point]]]:
    """Yield the polygons that are drawn at a zoom, as closed rings: the outer one first, then the holes."""
    drawn = LEVELS[: zoom + 1]
    start = 0
    for polygon in json.loads(f"[{polygons}]"):
        kept: list[list[Point]] = []
        for index, ring in enumerate(polygon):
            end = start + len(ring)
            is_drawn = levels[start] in drawn and (index == 0 or bool(kept))
            if is_drawn:
                points = [
                    (p[0], p[1]) for p, level in zip(ring, levels[start + 1 : end], strict=False) if level in drawn
                ]
                if (signed_area(points) > 0) is (index > 0):
                    points.reverse()
                kept.append([*points, points[0]])
            start = end
        if kept:
            yield kept


def signed_area(ring: Sequence[Point]) -> float:
    """Return the area of a ring, with or without its closing point: positive if it runs counter-clockwise."""
    x0, y0 = ring[0]
    total = 0.0
    x1, y1 = ring[-1][0] - x0, ring[-1][1] - y0
    for x, y in ring:
        x2, y2 = x - x0, y - y0
        total += x1 * y2 - x2 * y1
        x1, y1 = x2, y2
    return total / 2
