"""Rules of the drawn map: where places lie on it, and the paths of their outlines.

The metropole is drawn in a conic projection (Lambert-93 on a sphere), each overseas département and the inner suburbs
of Paris in a frame of their own scale.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from services.territory.rules.outlines import Point, polygons_at

WIDTH: Final = 660
"""Width of the drawing, in pixels."""
_ORIGIN: Final = math.radians(3), math.radians(46.5)
_PARALLELS: Final = math.radians(44), math.radians(49)
_N: Final = math.log(math.cos(_PARALLELS[0]) / math.cos(_PARALLELS[1])) / math.log(
    math.tan(math.pi / 4 + _PARALLELS[1] / 2) / math.tan(math.pi / 4 + _PARALLELS[0] / 2)
)
_F: Final = math.cos(_PARALLELS[0]) * math.tan(math.pi / 4 + _PARALLELS[0] / 2) ** _N / _N
_RHO: Final = _F / math.tan(math.pi / 4 + _ORIGIN[1] / 2) ** _N
EARTH_KM: Final = 6371


@dataclass(frozen=True)
class Frame:
    """Part of the map: what it shows, where, and how large."""

    name: str
    label: str
    west: float
    south: float
    east: float
    north: float
    """Bounds of what it shows, in degrees."""
    left: float
    top: float
    width: float
    height: float
    """Its box on the drawing, in pixels."""
    zoom: int
    """Zoom of a web map at which its outlines have enough points."""
    is_detail: bool = False
    """True if its places are shown in another frame too."""

    def holds(self, lon: float, lat: float) -> bool:
        """Return True if a point lies in the bounds."""
        return self.west <= lon <= self.east and self.south <= lat <= self.north

    def project(self, lon: float, lat: float) -> Point:
        """Return the place of a point on the drawing."""
        x, y = _plane(lon, lat, self.south + self.north)
        centre_x, centre_y, scale = _fit(self)
        return self.left + self.width / 2 + (x - centre_x) * scale, self.top + self.height / 2 + (y - centre_y) * scale


METROPOLE: Final = Frame("metropole", "France métropolitaine", -5.15, 41.33, 9.57, 51.1, 8, 70, 644, 610, 7)
CROWN: Final = Frame(
    "crown", "Paris et petite couronne", 2.13, 48.68, 2.62, 49.02, 10, 86, 104, 102, 10, is_detail=True
)
_BOX: Final = 122, 96
OVERSEAS: Final = (
    Frame("01", "Guadeloupe", -61.83, 15.82, -60.98, 16.53, 10, 706, *_BOX, 9),
    Frame("02", "Martinique", -61.25, 14.37, -60.79, 14.9, 139, 706, *_BOX, 9),
    Frame("03", "Guyane", -54.7, 2.0, -51.5, 5.85, 268, 706, *_BOX, 7),
    Frame("04", "La Réunion", 55.18, -21.42, 55.87, -20.84, 397, 706, *_BOX, 9),
    Frame("06", "Mayotte", 45.0, -13.05, 45.34, -12.6, 526, 706, *_BOX, 9),
)
FRAMES: Final = (METROPOLE, CROWN, *OVERSEAS)


def _plane(lon: float, lat: float, twice_latitude: float) -> Point:
    """Project a point to kilometres: conic in the metropole, cylindrical elsewhere; y runs south."""
    if twice_latitude > 80:
        radius = _F / math.tan(math.pi / 4 + math.radians(lat) / 2) ** _N
        angle = _N * (math.radians(lon) - _ORIGIN[0])
        return EARTH_KM * radius * math.sin(angle), EARTH_KM * (radius * math.cos(angle) - _RHO)
    shrink = math.cos(math.radians(twice_latitude / 2))
    return EARTH_KM * math.radians(lon) * shrink, -EARTH_KM * math.radians(lat)


@lru_cache(maxsize=16)
def _fit(frame: Frame) -> tuple[float, float, float]:
    """Return the centre of a frame in kilometres and its scale in pixels a kilometre."""
    # Of a conic projection the parallels are arcs: the west and the east are widest on their middle.
    middle = 48.4 if frame is METROPOLE else frame.south
    marks = [(frame.west, middle), (frame.east, 42.5 if frame is METROPOLE else frame.south)]
    marks += [((frame.west + frame.east) / 2, frame.south), ((frame.west + frame.east) / 2, frame.north)]
    points = [_plane(lon, lat, frame.south + frame.north) for lon, lat in marks]
    (west, east), (north, south) = ((min(axis), max(axis)) for axis in zip(*points, strict=True))
    scale = min(frame.width / (east - west), frame.height / (south - north))
    return (west + east) / 2, (north + south) / 2, scale


# Outlines change with the reference data alone; those of both phases and the régions are 350.
@lru_cache(maxsize=1024)
def path_of(polygons: str, levels: str) -> str:
    """Return the SVG path of an outline in all frames; empty if its levels are not known."""
    return "".join(_path(frame, polygons, levels) for frame in FRAMES)


@lru_cache(maxsize=16)
def detail_of(frame: Frame, polygons: str, levels: str) -> str:
    """Return the SVG path of an outline in one frame."""
    return _path(frame, polygons, levels)


def _path(frame: Frame, polygons: str, levels: str) -> str:
    drawn = []
    for polygon in polygons_at(polygons, levels, frame.zoom) if levels else ():
        outer = polygon[0]
        is_shown = any(frame.holds(*point) for point in outer) if frame.is_detail else frame_of(*outer[0]) is frame
        if is_shown:
            drawn += [_ring(frame, ring) for ring in polygon]
    return "".join(drawn)


def frame_of(lon: float, lat: float) -> Frame:
    """Return the frame that shows a point: the nearest one overseas, else the metropole."""
    if lat > 40:
        return METROPOLE
    return min(OVERSEAS, key=lambda each: math.hypot(lon - each.west, lat - each.south))


def _ring(frame: Frame, ring: Iterable[Point]) -> str:
    points = _cut([frame.project(lon, lat) for lon, lat in ring][:-1], frame)
    tenths = [(round(x * 10), round(y * 10)) for x, y in points]
    kept = [point for index, point in enumerate(tenths) if point != tenths[index - 1]]
    if len(kept) < 3:
        # Too small to be seen: a square of one pixel at its place.
        return f"M{tenths[0][0] / 10:g} {tenths[0][1] / 10:g}h1v1h-1z" if tenths else ""
    x, y = kept[0]
    segments = []
    for next_x, next_y in kept[1:]:
        segments.append(f"{(next_x - x) / 10:g} {(next_y - y) / 10:g}")
        x, y = next_x, next_y
    return f"M{kept[0][0] / 10:g} {kept[0][1] / 10:g}l{' '.join(segments)}z".replace(" -", "-")


def _cut(points: Sequence[Point], frame: Frame) -> list[Point]:
    """Cut a ring at the box of a frame (Sutherland and Hodgman, 1974)."""
    right, bottom = frame.left + frame.width, frame.top + frame.height
    found = list(points)
    for axis, limit, sign in ((0, frame.left, 1), (0, right, -1), (1, frame.top, 1), (1, bottom, -1)):
        before, found = found, []
        for index, end in enumerate(before):
            start = before[index - 1]
            starts, ends = (sign * (point[axis] - limit) >= 0 for point in (start, end))
            if starts is not ends:
                part = (limit - start[axis]) / (end[axis] - start[axis])
                found.append((start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1])))
            if ends:
                found.append(end)
    return found
