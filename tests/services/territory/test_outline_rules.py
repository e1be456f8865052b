"""Simplifying outlines: borders stay shared, rings stay rings, small islands go and the largest stays."""

import json
from itertools import pairwise
from math import cos, pi, sin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.territory.reference.levels import levels_of
from services.territory.rules.outlines import MAX_ZOOM, Point, signed_area, simplified

ZOOMS = range(MAX_ZOOM + 1)
Polygons = list[list[list[tuple[float, float]]]]


def text(polygons: Polygons) -> str:
    """Return polygons as they are stored."""
    return json.dumps(polygons)[1:-1]


def drawn(outlines: dict[str, str], zoom: int) -> dict[str, Polygons]:
    """Return the outlines of a layer for a zoom."""
    levels = levels_of(outlines)
    return {
        code: [
            [[(lon, lat) for lon, lat in ring] for ring in polygon]
            for polygon in json.loads(f"[{simplified(polygons, levels[code], zoom)}]")
        ]
        for code, polygons in outlines.items()
    }


def ring_of(*points: tuple[float, float]) -> list[tuple[float, float]]:
    """Return a closed ring."""
    return [*points, points[0]]


def square(west: float, south: float, size: float) -> list[tuple[float, float]]:
    """Return a closed square that runs counter-clockwise."""
    return ring_of((west, south), (west + size, south), (west + size, south + size), (west, south + size))


def crossings(ring: list[Point]) -> int:
    """Return the number of pairs of edges of a ring that cross or touch without being neighbours."""
    edges = list(pairwise(ring))
    return sum(
        _cross(*edges[first], *edges[second])
        for first in range(len(edges))
        for second in range(first + 2, len(edges))
        if (first, second) != (0, len(edges) - 1)
    )


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    def side(one: Point, two: Point, three: Point) -> float:
        return (two[0] - one[0]) * (three[1] - one[1]) - (two[1] - one[1]) * (three[0] - one[0])

    return side(a, b, c) * side(a, b, d) <= 0 and side(c, d, a) * side(c, d, b) <= 0


@st.composite
def star(draw: st.DrawFn) -> list[Point]:
    """Draw a closed ring around a centre, with spikes."""
    radii = draw(st.lists(st.integers(1, 60), min_size=6, max_size=40))
    unit = draw(st.sampled_from([0.01, 0.1, 0.5]))
    turns = [2 * pi * index / len(radii) for index in range(len(radii))]
    points = [
        (round(r * unit * cos(turn), 6), round(r * unit * sin(turn), 6)) for r, turn in zip(radii, turns, strict=True)
    ]
    return ring_of(*points)


@given(star(), st.sampled_from(ZOOMS))
def test_a_simple_ring_stays_simple_and_closed(ring: list[Point], zoom: int) -> None:
    [[outer]] = drawn({"a": text([[ring]])}, zoom)["a"]

    assert outer[0] == outer[-1]
    assert len(outer) >= 4
    assert signed_area(outer) > 0
    assert set(outer) <= set(ring)
    assert crossings(outer) == 0


@given(st.lists(st.integers(-30, 30), min_size=1, max_size=40), st.sampled_from(ZOOMS))
def test_a_shared_border_has_the_same_points_on_both_sides(shifts: list[int], zoom: int) -> None:
    step = 3 / (len(shifts) + 1)
    border = [(2 + shift / 40, round(step * (index + 1), 6)) for index, shift in enumerate(shifts)]
    west = ring_of((0.0, 0.0), (2.0, 0.0), *border, (2.0, 3.0), (0.0, 3.0))
    east = ring_of((2.0, 0.0), (4.0, 0.0), (4.0, 3.0), (2.0, 3.0), *reversed(border))

    found = drawn({"west": text([[west]]), "east": text([[east]])}, zoom)

    left, right = set(found["west"][0][0]), set(found["east"][0][0])
    assert left & set(border) == right & set(border)
    assert {(2.0, 0.0), (2.0, 3.0)} <= left & right


def test_islands_and_holes_smaller_than_a_pixel_are_left_out_but_never_the_largest_island() -> None:
    islands: Polygons = [[square(0, 0, 0.02)], [square(1, 1, 0.05), square(1.01, 1.01, 0.01)[::-1]]]
    outlines = {"a": text(islands)}

    assert [len(drawn(outlines, zoom)["a"]) for zoom in (0, 6, 7, 10)] == [1, 1, 2, 2]
    assert [len(drawn(outlines, zoom)["a"][-1]) for zoom in (5, 6, 7, 8)] == [1, 1, 1, 2]


def test_the_hole_around_an_enclave_is_drawn_with_it() -> None:
    enclave = square(1, 1, 0.01)
    outlines = {"around": text([[square(0, 0, 3), enclave[::-1]]]), "enclave": text([[enclave]])}

    found = drawn(outlines, 0)

    assert set(found["around"][0][1]) == set(found["enclave"][0][0])


def test_outer_rings_run_counter_clockwise_and_holes_clockwise() -> None:
    polygon: Polygons = [[square(0, 0, 3)[::-1], square(1, 1, 1)]]

    [[outer, hole]] = drawn({"a": text(polygon)}, MAX_ZOOM)["a"]

    assert signed_area(outer) > 0 > signed_area(hole)


def test_points_on_a_straight_line_are_left_out_at_every_zoom() -> None:
    ring = ring_of((0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0))

    assert (1.0, 0.0) not in drawn({"a": text([[ring]])}, MAX_ZOOM)["a"][0][0]


@pytest.mark.parametrize("zoom", ZOOMS)
def test_a_higher_zoom_has_every_point_of_a_lower_one(zoom: int) -> None:
    ring = ring_of((0.0, 0.0), (0.5, 0.01), (1.0, -0.2), (1.5, 0.3), (2.0, 0.0), (2.0, 2.0), (1.0, 2.001), (0.0, 2.0))
    outlines = {"a": text([[ring]])}

    assert set(drawn(outlines, zoom)["a"][0][0]) <= set(drawn(outlines, min(zoom + 1, MAX_ZOOM))["a"][0][0])
