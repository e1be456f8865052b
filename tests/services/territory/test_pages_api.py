"""Pages for people: each names the forms that its address has, and no other."""

import re
from typing import Final

import pytest

from services.territory.api.pages import FORM_NAMES, HTML
from shared.http.accept import JSON
from tests.services.territory.api import Api
from tests.services.territory.media_types import answering, media_types_of
from tests.services.territory.places import LACQ_PAU_TARBES

PAGES: Final = {
    "/v1/indicators/{code}/values": ["/v1/indicators/population/values", "/v1/indicators/jobs_industry_share/values"],
    "/v1/territories/map": [
        "/v1/territories/map?phase=2018",
        "/v1/territories/map?phase=2018&by=indicator&indicator=jobs_industry_share",
    ],
    "/v1/territories/{territory}/indicators/{code}": [
        f"/v1/territories/{LACQ_PAU_TARBES}/indicators/population",
        f"/v1/territories/{LACQ_PAU_TARBES}/indicators/jobs_industry_share",
    ],
}
"""Address with a page → pages of it."""
MEDIA_TYPES: Final = {name: media_type for media_type, name in FORM_NAMES.items()}

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_each_page_names_the_media_types_of_its_address(library: Api) -> None:
    assert {*PAGES} == answering(HTML)
    for path, asked in [(path, asked) for path, every in PAGES.items() for asked in every]:
        text = (await library.call("GET", asked, headers={"Accept": HTML})).text
        [said] = re.findall(r"répond aussi en ([A-Z, et]+), selon", text)
        named = {MEDIA_TYPES[name] for name in re.findall("[A-Z]+", said)}

        assert named == {*media_types_of(path), JSON} - {HTML}, asked
        for media_type in FORM_NAMES:
            status = 200 if media_type in named else 406
            answer = await library.call("GET", asked, headers={"Accept": media_type}, status=status)
            assert status == 406 or answer.headers["content-type"].startswith(media_type)


@pytest.mark.parametrize("day", ["2018-11-22", "2019-06-30", "2022-12-31", "2026-01-01"])
async def test_a_map_counts_with_the_bounds_of_the_day(library: Api, day: str) -> None:
    asked = f"/v1/territories/map?phase=2018&as_of={day}"
    counts = await library.get(f"/v1/territories/counts?phase=2018&as_of={day}")
    found = await library.get(asked)
    most, least = counts["at_most"], counts["at_least"]

    assert (found["at_least"], found["at_most"], found["total"]) == (least, most, most)
    words = f"{most} territoires" if least == most else f"de {least} à {most} territoires"
    words = words if least else f"au plus {most} territoires"
    page = (await library.call("GET", asked, headers={"Accept": HTML})).text
    svg = (await library.call("GET", asked, headers={"Accept": "image/svg+xml"})).text
    assert f": {words}." in page
    assert f"{words[0].upper()}{words[1:]}. " in svg


async def test_a_map_offers_each_indicator_of_which_it_shows_a_value_and_no_other(library: Api) -> None:
    page = (await library.call("GET", "/v1/territories/map?phase=2018", headers={"Accept": HTML})).text
    offered = {*re.findall(r"indicator=([a-z0-9_]+)", page)}
    shown = set()
    for each in await library.collect("/v1/indicators"):
        if {*each["levels"]} <= {"nation", "region"}:
            continue
        found = await library.get(f"/v1/territories/map?phase=2018&by=indicator&indicator={each['code']}")
        if found["without_value"] < found["total"]:
            shown.add(each["code"])

    assert offered == shown


@pytest.mark.parametrize(
    "path",
    [
        "/v1/indicators/insee_tef_share_industry/values",
        "/v1/indicators/population/values",
        f"/v1/territories/{LACQ_PAU_TARBES}/indicators/population",
    ],
)
async def test_a_drawing_says_the_reserve_of_its_indicator(library: Api, path: str) -> None:
    svg = (await library.call("GET", path, headers={"Accept": "image/svg+xml"})).text

    assert "À savoir" in svg
