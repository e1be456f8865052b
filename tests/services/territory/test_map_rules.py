"""The stage of a territory on a day, and the places of outlines on the drawn map."""

import re
from datetime import date
from itertools import pairwise
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.territory.rules.frames import CROWN, FRAMES, METROPOLE, OVERSEAS, detail_of, frame_of, path_of
from services.territory.rules.maps import Mandate, stage_of
from services.territory.rules.outlines import LEVELS
from services.territory.rules.places import TerritoryOnDay

ANNOUNCED, LISTED = date(2018, 11, 22), date(2022, 12, 31)
BEFORE = date(2020, 1, 1)
PAIR = [Mandate("elu", date(2019, 5, 1), None), Mandate("industriel", date(2019, 6, 1), date(2019, 9, 1))]


def on(day: date, *, designated_on: date | None = None, changed_on: date | None = None) -> TerritoryOnDay:
    """Return a territory on a day."""
    phase = SimpleNamespace(announced_on=ANNOUNCED, listed_on=LISTED)
    members = [SimpleNamespace(entered_on=changed_on, left_on=None)]
    territory = SimpleNamespace(designated_on=designated_on, programme_phase=phase, memberships=members)
    return TerritoryOnDay(cast(Any, territory), day, [], cast(Any, None))


@pytest.mark.parametrize(
    ("state", "mandates", "contracts", "stage"),
    [
        (on(BEFORE), [], [], None),
        (on(BEFORE, designated_on=date(2019, 1, 1)), [], [], "designated"),
        (on(BEFORE, changed_on=date(2019, 1, 1)), [], [], "designated"),
        (on(LISTED), [], [], "designated"),
        (on(date(2019, 6, 1)), PAIR, [], "governance_installed"),
        (on(date(2019, 5, 31)), PAIR, [], None),
        # A pair was in office before: the territory was designated by then.
        (on(date(2019, 9, 1)), PAIR, [], "designated"),
        (on(BEFORE), [], ["draft"], "drafting"),
        (on(BEFORE), [], ["cancelled"], "designated"),
        (on(BEFORE), PAIR, ["cancelled", "under_review", "draft"], "under_review"),
        (on(BEFORE), [], ["ended"], "signed"),
    ],
)
def test_the_stage_is_the_furthest_of_the_day(
    state: TerritoryOnDay, mandates: list[Mandate], contracts: list[str], stage: str | None
) -> None:
    assert stage_of(state, mandates, contracts) == stage


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame.name)
def test_the_bounds_of_a_frame_lie_in_its_box(frame: Any) -> None:
    for lon in (frame.west, frame.east):
        for lat in (frame.south, frame.north):
            x, y = frame.project(lon, lat)

            # Of a conic projection the corners reach over; there is no land.
            slack = 100 if frame is METROPOLE else 6
            assert frame.left - slack <= x <= frame.left + frame.width + slack
            assert frame.top - slack <= y <= frame.top + frame.height + slack


def test_frames_do_not_overlap_but_for_the_sea() -> None:
    for one, other in pairwise(OVERSEAS):
        assert one.left + one.width < other.left
    assert CROWN.top + CROWN.height < METROPOLE.project(-3.5, 48.9)[1]


@pytest.mark.parametrize(
    ("place", "name"),
    [((2.35, 48.85), "metropole"), ((9.4, 42.5), "metropole"), ((-61.5, 16.2), "01"), ((-61.0, 14.6), "02"),
     ((-53.0, 4.0), "03"), ((55.5, -21.1), "04"), ((45.2, -12.8), "06")],
)  # fmt: skip
def test_each_place_has_its_frame(place: tuple[float, float], name: str) -> None:
    assert frame_of(*place).name == name


def square(lon: float, lat: float, size: float) -> str:
    """Return a square outline."""
    ring = [(lon, lat), (lon + size, lat), (lon + size, lat + size), (lon, lat + size), (lon, lat)]
    return f"[[{','.join(f'[{x},{y}]' for x, y in ring)}]]"


def coordinates(path: str) -> list[tuple[float, float]]:
    """Return the points of a path."""
    points = []
    for start, segments in re.findall(r"M([^lh]+)[lh]([^z]*)z", path):
        x, y = map(float, start.split())
        points.append((x, y))
        numbers = (
            [float(each) for each in re.findall(r"-?[0-9.]+", segments)] if " " in segments or "-" in segments else []
        )
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=False):
            x, y = x + dx, y + dy
            points.append((x, y))
    return points


@given(st.floats(1.8, 2.9), st.floats(48.5, 49.2), st.floats(0.001, 1.5))
def test_a_detail_is_cut_at_its_edges(lon: float, lat: float, size: float) -> None:
    path = detail_of(CROWN, square(lon, lat, size), LEVELS[0] * 5)

    for x, y in coordinates(path):
        assert CROWN.left - 0.2 <= x <= CROWN.left + CROWN.width + 0.2
        assert CROWN.top - 0.2 <= y <= CROWN.top + CROWN.height + 0.2


def test_an_outline_without_levels_has_no_path() -> None:
    assert path_of(square(2, 46, 1), "") == ""


def test_a_tiny_outline_is_still_seen() -> None:
    assert path_of(square(2, 46, 0.00001), LEVELS[0] * 5).endswith("h1v1h-1z")
