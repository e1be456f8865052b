"""The chart of an indicator: drawing and page beside the values, of one place."""

import re

import pytest

from tests.services.territory.api import Api

VALUES = "/v1/indicators/{}/values"
SVG = {"accept": "image/svg+xml"}
HTML = {"accept": "text/html"}

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_place_is_drawn_beside_the_nation_if_shares_compare(library: Api) -> None:
    path = VALUES.format("jobs_industry_share") + "?level=departement&geography=64"
    answer = await library.call("GET", path, headers=SVG)
    values = (await library.get(path))["items"]
    nation = (await library.get(VALUES.format("jobs_industry_share") + "?level=nation"))["items"]

    titles = re.findall(r"<title>([^<]*)</title>", answer.text)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert [title.rpartition(", ")[0] for title in titles] == ["Pyrénées-Atlantiques"] * len(values) + ["France"] * len(
        nation
    )
    shown = [float(title.rpartition(" : ")[2].replace(",", ".")) for title in titles]
    known = [float(each["value_decimal"]) for each in (*values, *nation)]
    assert shown == pytest.approx(known, abs=0.051)
    # Years between the two that are known are no line.
    assert 'class="line"' not in answer.text


async def test_a_count_is_drawn_alone(library: Api) -> None:
    answer = await library.call("GET", VALUES.format("jobs_industry") + "?level=departement&geography=64", headers=SVG)

    assert "Pyrénées-Atlantiques" in answer.text
    assert "France," not in answer.text


async def test_the_long_national_series_is_a_line_and_a_table(library: Api) -> None:
    path = VALUES.format("ggdc_share_industry")
    page = (await library.call("GET", path, headers=HTML)).text
    values = (await library.get(f"{path}?limit=200"))["items"]

    cells = re.findall(r'<th scope="row">([0-9]{4})</th><td class="number">([^<]*)</td>', page)
    assert [int(year) for year, _ in cells] == [each["year"] for each in values]
    assert [float(cell.replace(",", ".")) for _, cell in cells] == pytest.approx(
        [float(each["value_decimal"]) for each in values], abs=0.051
    )
    assert page.count('class="line"') == 1
    assert '<html lang="fr">' in page
    assert "<script" not in page


async def test_the_years_asked_for_are_drawn_alone(library: Api) -> None:
    path = VALUES.format("ggdc_share_industry") + "?from=1990&until=1995"

    page = (await library.call("GET", path, headers=HTML)).text

    assert re.findall(r'<th scope="row">([0-9]{4})</th>', page) == [str(year) for year in range(1990, 1996)]


@pytest.mark.parametrize("headers", [SVG, HTML])
async def test_a_chart_is_of_one_place(library: Api, headers: dict[str, str]) -> None:
    answer = await library.call(
        "GET", VALUES.format("jobs_industry") + "?level=departement", status=422, headers=headers
    )

    assert answer.json()["errors"][0]["parameter"] == "geography"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?limit=5", 422),
        ("?level=departement&geography=999", 422),
        ("?geography=64", 422),
        ("?from=2000&until=1990", 422),
    ],
)
async def test_bad_input_is_refused(library: Api, query: str, status: int) -> None:
    await library.call("GET", VALUES.format("jobs_industry") + query, status=status, headers=SVG)


async def test_an_unknown_indicator_is_not_found(library: Api) -> None:
    await library.call("GET", VALUES.format("weather"), status=404, headers=SVG)


async def test_a_place_without_a_value_says_so(library: Api) -> None:
    answer = await library.call(
        "GET", VALUES.format("jobs_industry") + "?level=departement&geography=64&from=1990&until=1995", headers=SVG
    )

    assert "Aucune valeur connue." in answer.text
