"""Reading official geography and the programme's frame."""

import pytest

from tests.services.territory.api import Api
from tests.services.territory.places import PAU, PAU_BEARN

GEOJSON = {"accept": "application/geo+json"}

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("phases", 2),
        ("axes", 9),
        ("regions", 18),
        ("departements", 101),
        ("epcis", 1255),
        ("epts", 11),
        ("employment-zones", 306),
    ],
)
async def test_each_list_is_whole(library: Api, path: str, count: int) -> None:
    assert len(await library.collect(f"/v1/{path}")) == count


async def test_every_commune_is_read_page_by_page_and_none_twice(library: Api) -> None:
    codes = [row["code"] for row in await library.collect("/v1/communes?region=75")]

    assert len(codes) == len(set(codes)) == 4293
    assert codes == sorted(codes)
    assert PAU in codes


async def test_a_place_is_found_without_accents(library: Api) -> None:
    found = await library.get("/v1/communes?q=saint etienne&departement=42")

    assert [row["name"] for row in found["items"]] == ["Saint-Étienne", "Saint-Étienne-le-Molard"]


async def test_words_are_found_by_their_beginning_not_in_their_middle(library: Api) -> None:
    assert [row["siren"] for row in (await library.get("/v1/epcis?q=bearn pyr"))["items"]] == [PAU_BEARN]
    assert (await library.get("/v1/epcis?q=earn"))["items"] == []
    assert (await library.get("/v1/epcis?q=--"))["items"] == []


async def test_corsican_codes_are_codes(library: Api) -> None:
    assert (await library.get("/v1/departements/2A"))["name"] == "Corse-du-Sud"
    assert (await library.get("/v1/communes/2A004"))["name"] == "Ajaccio"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/regions/99", 404),
        ("/v1/regions/7", 422),
        ("/v1/departements/20", 404),
        ("/v1/departements/2C", 422),
        ("/v1/communes/99999", 404),
        ("/v1/communes/pau", 422),
        ("/v1/epcis/200067255", 422),
        ("/v1/epcis/130005481", 404),
        ("/v1/epcis?region=99", 422),
        ("/v1/epcis?type=SIVOM", 422),
        ("/v1/communes?epci=200067255", 422),
        ("/v1/communes?departement=20", 422),
        ("/v1/employment-zones/0099", 404),
        ("/v1/employment-zones/75", 422),
        ("/v1/regions?limit=0", 422),
        ("/v1/regions?cursor=abc", 400),
        ("/v1/axes?phase=2019", 422),
        ("/v1/phases?phase=2018", 422),
    ],
)
async def test_bad_input_is_a_problem(library: Api, path: str, status: int) -> None:
    problem = await library.get(path, status=status)

    assert problem["detail"]


@pytest.mark.parametrize(("path", "count"), [("regions", 18), ("departements", 101), ("employment-zones", 306)])
async def test_outlines_are_geojson(library: Api, path: str, count: int) -> None:
    answer = await library.call("GET", f"/v1/{path}", headers=GEOJSON)

    drawn = answer.json()
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.headers["vary"] == "Accept, Accept-Encoding"
    assert answer.headers["content-encoding"] == "gzip"
    assert len(drawn["features"]) == count
    assert {feature["geometry"]["type"] for feature in drawn["features"]} == {"MultiPolygon"}


async def test_one_outline_is_a_feature(library: Api) -> None:
    drawn = await library.get(f"/v1/epcis/{PAU_BEARN}", accept="application/geo+json")

    assert drawn["type"] == "Feature"
    assert drawn["properties"]["name"] == "CA Pau Béarn Pyrénées"
    [lon, lat] = drawn["geometry"]["coordinates"][0][0][0]
    assert (round(lon), round(lat)) == (0, 43)


async def test_an_axis_may_be_a_regions_own(library: Api) -> None:
    axes = await library.get("/v1/axes?phase=2018")

    assert [axis["code"] for axis in axes["items"]] == ["attirer", "recruter", "innover", "simplifier", "installer"]
    assert [axis["region"] for axis in axes["items"]] == [None, None, None, None, "44"]


async def test_a_token_that_is_not_valid_is_refused_even_on_a_public_read(library: Api) -> None:
    await library.get("/v1/regions", by="nobody:1", status=401)


async def test_an_intercommunality_over_a_border_is_found_from_both_sides(library: Api) -> None:
    over_a_border = "200067361"
    place = await library.get(f"/v1/epcis/{over_a_border}")

    assert place["departement_codes"] == ["46", "12"]
    for filters in ("departement=46", "departement=12"):
        assert over_a_border in [each["siren"] for each in await library.collect(f"/v1/epcis?{filters}")]
    for region in ("28", "32"):
        found = await library.collect(f"/v1/epcis?region={region}")
        assert all(region in each["region_codes"] for each in found)
        assert any(each["region_code"] != region for each in found)
