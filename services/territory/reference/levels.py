"""Compute the level of each point of the shipped outlines, and write `geo/levels.json.gz`.

    python -m services.territory.reference.levels

Run it after a change of an outline: a test compares the file. A point of several outlines of a layer is one point here.
Points are removed by the area of the triangle with their two neighbours, the smallest first (Visvalingam and Whyatt,
1993). A point is not removed where

- borders meet: the outlines would no longer do so,
- another point lies in the triangle: lines would cross,
- its neighbours are neighbours of each other: a ring would collapse.

So rings that are valid stay valid, and a point is removed from both sides of a border. The order does not depend on the
zoom: it is computed once, and each zoom is a threshold in it.
"""

import gzip
import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from heapq import heapify, heappop, heappush
from pathlib import Path
from typing import Final

from services.territory.reference import TerritoryReference
from services.territory.rules.outlines import LEVELS, MAX_ZOOM, Point, signed_area

FILE: Final = Path(__file__).parent / "geo" / "levels.json.gz"
TILE: Final = 256
"""Width of the world at zoom 0, in pixels."""
CELLS: Final = (0.01, 0.1, 1.0)
"""Widths of the cells of three grids of points, in degrees."""
Ring = list[int]
"""Points by their numbers, without the closing one."""


def pixel_area(zoom: int) -> float:
    """Return the area of a pixel of a web map (EPSG:3857), in square degrees at the equator."""
    return float((360 / (TILE * 2**zoom)) ** 2)


def levels_of(outlines: Mapping[str, str]) -> dict[str, str]:
    """Return the levels of the outlines of one layer: code → text as `rules.outlines` reads it."""
    numbers: dict[Point, int] = {}
    shapes = {code: _numbered(text, numbers) for code, text in outlines.items()}
    plane = [(lon, _mercator(lat)) for lon, lat in numbers]
    importance = _importance(plane, [ring for polygons in shapes.values() for rings in polygons for ring in rings])
    largest = {code: _largest(polygons, plane) for code, polygons in shapes.items()}
    # The hole around an enclave is drawn as long as the enclave is.
    enclaves = {frozenset(ring) for ring in largest.values()}
    return {
        code: "".join(
            LEVELS[
                0 if ring is largest[code] or (index and frozenset(ring) in enclaves) else _level(_area(ring, plane))
            ]
            + "".join([LEVELS[_level(importance[number])] for number in ring])
            for rings in polygons
            for index, ring in enumerate(rings)
        )
        for code, polygons in shapes.items()
    }


def _numbered(text: str, numbers: dict[Point, int]) -> list[list[Ring]]:
    return [
        [[numbers.setdefault((point[0], point[1]), len(numbers)) for point in ring[:-1]] for ring in polygon]
        for polygon in json.loads(f"[{text}]")
    ]


def _level(area: float) -> int:
    """Return the lowest zoom at which an area fills a pixel."""
    return next((zoom for zoom in range(MAX_ZOOM + 1) if area >= pixel_area(zoom)), MAX_ZOOM + 1)


def _area(ring: Ring, plane: Sequence[Point]) -> float:
    return abs(signed_area([plane[number] for number in ring]))


def _largest(polygons: Sequence[Sequence[Ring]], plane: Sequence[Point]) -> Ring:
    """Return the outer ring of the largest polygon: it is drawn at every zoom."""
    return max((rings[0] for rings in polygons), key=lambda ring: _area(ring, plane))


def _mercator(latitude: float) -> float:
    return math.degrees(math.asinh(math.tan(math.radians(latitude))))


def _importance(points: Sequence[Point], rings: Sequence[Ring]) -> list[float]:
    """Return for each point the area from which on it is removed, in square degrees; infinite: never."""
    removal = _Removal(points, _neighbours(len(points), rings))
    while removal.next() and removal.reached < pixel_area(0):
        pass
    return removal.importance


class _Removal:
    """Removal of points, one by one, the least important first."""

    def __init__(self, points: Sequence[Point], neighbours: list[set[int]]) -> None:
        self.importance = [math.inf] * len(points)
        self.reached = 0.0
        self._points = points
        self._neighbours = neighbours
        self._grids = [_Grid(points, width) for width in CELLS]
        self._areas = {number: self._area(number) for number, near in enumerate(neighbours) if len(near) == 2}
        self._heap = [(area, number) for number, area in self._areas.items()]
        heapify(self._heap)
        self._blocked: defaultdict[int, list[int]] = defaultdict(list)
        """Point → points that can be removed at the earliest after it."""

    def next(self) -> bool:
        """Remove the next point, unless it has to stay. False: no point is left to be tried."""
        if not self._heap:
            return False
        area, number = heappop(self._heap)
        left, right = sorted(self._neighbours[number])[:2]
        if self._areas.get(number) != area or right in self._neighbours[left]:
            return True
        blocker = _inside(self._points, self._grids, (left, number, right))
        if blocker is None:
            self._remove(number, left, right)
        else:
            self._blocked[blocker].append(number)
        return True

    def _remove(self, number: int, left: int, right: int) -> None:
        self.importance[number] = self.reached = max(self.reached, self._areas.pop(number))
        for grid in self._grids:
            grid.remove(number)
        for near, other in ((left, right), (right, left)):
            self._neighbours[near].remove(number)
            self._neighbours[near].add(other)
        for near in (left, right, *self._blocked.pop(number, ())):
            if near in self._areas:
                self._areas[near] = self._area(near)
                heappush(self._heap, (self._areas[near], near))

    def _area(self, number: int) -> float:
        left, right = sorted(self._neighbours[number])
        return abs(signed_area([self._points[left], self._points[number], self._points[right]]))


def _neighbours(count: int, rings: Sequence[Ring]) -> list[set[int]]:
    neighbours: list[set[int]] = [set() for _ in range(count)]
    for ring in rings:
        for before, after in zip(ring, (*ring[1:], ring[0]), strict=True):
            neighbours[before].add(after)
            neighbours[after].add(before)
    return neighbours


def _inside(points: Sequence[Point], grids: Sequence["_Grid"], corners: tuple[int, int, int]) -> int | None:
    """Return another point in a triangle or on its edge."""
    (ax, ay), (bx, by), (cx, cy) = (points[corner] for corner in corners)
    west, east, south, north = min(ax, bx, cx), max(ax, bx, cx), min(ay, by, cy), max(ay, by, cy)
    size = max(east - west, north - south)
    grid = next((grid for grid in grids if size <= 5 * grid.width), grids[-1])
    for other in grid.near(west, east, south, north):
        x, y = points[other]
        if not (west <= x <= east and south <= y <= north) or other in corners:
            continue
        one = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        two = (cx - bx) * (y - by) - (cy - by) * (x - bx)
        three = (ax - cx) * (y - cy) - (ay - cy) * (x - cx)
        if (one >= 0 and two >= 0 and three >= 0) or (one <= 0 and two <= 0 and three <= 0):
            return other
    return None


class _Grid:
    """Points that are left, by square cells."""

    def __init__(self, points: Sequence[Point], width: float) -> None:
        self.width = width
        self._cells: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
        self._cell_of = [(math.floor(x / width), math.floor(y / width)) for x, y in points]
        for number, cell in enumerate(self._cell_of):
            self._cells[cell].add(number)

    def near(self, west: float, east: float, south: float, north: float) -> Iterator[int]:
        """Yield the points of the cells that a rectangle touches."""
        rows = range(math.floor(south / self.width), math.floor(north / self.width) + 1)
        for column in range(math.floor(west / self.width), math.floor(east / self.width) + 1):
            for row in rows:
                yield from self._cells.get((column, row), ())

    def remove(self, number: int) -> None:
        """Forget a point."""
        self._cells[self._cell_of[number]].discard(number)


def layers() -> dict[str, dict[str, str]]:
    """Return the shipped outlines: layer → code → polygons. Territories of two phases overlap: two layers."""
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for row in TerritoryReference().polygons():
        phase = row["code"].partition("-")[0] if row["layer"] == "territories" else ""
        found[f"{row['layer']}/{phase}"][row["code"]] = row["polygons"]
    return found


def digest_of(outlines: Mapping[str, str]) -> str:
    """Return the SHA-256 of the outlines of a layer."""
    return hashlib.sha256(json.dumps(outlines, sort_keys=True).encode()).hexdigest()


def write(file: Path) -> None:
    """Write the levels of all layers, and the digest of the outlines that they are of."""
    content = {
        layer: {"sha256": digest_of(outlines), "levels": levels_of(outlines)} for layer, outlines in layers().items()
    }
    file.write_bytes(gzip.compress(json.dumps(content, indent=0).encode(), mtime=0))


if __name__ == "__main__":
    write(FILE)
