"""Outlines for a zoom: every GeoJSON answer takes it, and refuses what is none."""

from collections import Counter, defaultdict

import pytest

from tests.services.territory.api import Api
from tests.services.territory.places import LACQ_PAU_TARBES, PAU_BEARN

GEOJSON = "application/geo+json"
ADDRESSES = (
    "/v1/regions",
    "/v1/regions/75",
    "/v1/departements",
    "/v1/departements/64",
    f"/v1/epcis/{PAU_BEARN}",
    "/v1/employment-zones",
    "/v1/employment-zones/0051",
    "/v1/territories?phase=2023",
    "/v1/territories?phase=2018&as_of=2019-03-05",
    f"/v1/territories/{LACQ_PAU_TARBES}",
)

pytestmark = pytest.mark.asyncio(loop_scope="session")


def at(path: str, zoom: object) -> str:
    """Return an address with a zoom."""
    return f"{path}{'&' if '?' in path else '?'}zoom={zoom}"


@pytest.mark.parametrize("path", ADDRESSES)
async def test_a_zoom_simplifies_and_keeps_everything_else(library: Api, path: str) -> None:
    stored = await library.get(path, accept=GEOJSON)
    simplified = await library.get(at(path, 4), accept=GEOJSON)

    before, after = (drawn.get("features", [drawn]) for drawn in (stored, simplified))
    assert [each["properties"] for each in after] == [each["properties"] for each in before]
    for large, small in zip(before, after, strict=True):
        points, left = points_of(large), points_of(small)
        assert left
        assert left <= points
    assert len(str(simplified)) < len(str(stored)) / 1.5


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize("zoom", ["-1", "15", "5.5", "deux", "", "1e1", "NaN", "9" * 40])
async def test_a_zoom_out_of_range_is_refused(library: Api, path: str, zoom: str) -> None:
    problem = await library.get(at(path, zoom), status=422, accept=GEOJSON)

    assert problem["errors"][0]["parameter"] == "zoom"


@pytest.mark.parametrize("path", ADDRESSES)
async def test_a_zoom_without_geojson_is_refused_in_words(library: Api, path: str) -> None:
    problem = await library.get(at(path, 5), status=422)

    assert problem["code"] == "parameter-not-fitting"
    assert "`zoom` is for application/geo+json alone" in problem["detail"]


@pytest.mark.parametrize("zoom", [0, 5, 7])
@pytest.mark.parametrize("path", ["/v1/departements", "/v1/territories?phase=2018", "/v1/territories?phase=2023"])
async def test_each_point_is_kept_by_all_its_outlines_or_by_none(library: Api, path: str, zoom: int) -> None:
    stored = await library.get(path, accept=GEOJSON)
    simplified = await library.get(at(path, zoom), accept=GEOJSON)

    users: defaultdict[tuple[float, float], set[str]] = defaultdict(set)
    for feature in stored["features"]:
        for point in points_of(feature):
            users[point].add(feature["id"])
    kept = Counter(point for feature in simplified["features"] for point in points_of(feature))
    drawn = {feature["id"]: len(feature["geometry"]["coordinates"]) for feature in simplified["features"]}
    whole = {each["id"] for each in stored["features"] if len(each["geometry"]["coordinates"]) == drawn[each["id"]]}
    # An island that is left out leaves nothing to compare.
    shared = {point: codes for point, codes in users.items() if len(codes) > 1 and codes <= whole}
    assert len(shared) > 100
    assert {kept[point] - len(codes) for point, codes in shared.items() if kept[point]} == {0}


def points_of(feature: dict[str, dict[str, list[list[list[list[float]]]]]]) -> set[tuple[float, float]]:
    """Return the points of a feature."""
    return {(lon, lat) for polygon in feature["geometry"]["coordinates"] for ring in polygon for lon, lat in ring}
