"""The chart of an indicator of a territory: beside its régions and the nation where the scale has a meaning."""

import re
from decimal import Decimal

import pytest

from tests.services.territory.api import Api
from tests.services.territory.places import LACQ_PAU_TARBES

SERIES = f"/v1/territories/{LACQ_PAU_TARBES}/indicators/{{}}"
SVG = {"accept": "image/svg+xml"}
HTML = {"accept": "text/html"}

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def points(library: Api, path: str) -> dict[str, dict[int, Decimal]]:
    """Return the drawn points, by place and year."""
    answer = await library.call("GET", path, headers=SVG)
    assert answer.headers["content-type"] == "image/svg+xml"
    found: dict[str, dict[int, Decimal]] = {}
    for title in re.findall(r"<title>([^<]*)</title>", answer.text):
        name, year, value = re.fullmatch(r"(.*), ([0-9]{4}) : (.*)", title).groups()  # type: ignore[union-attr]
        found.setdefault(name, {})[int(year)] = Decimal(value.replace("\u202f", "").replace(",", "."))
    return found


async def test_a_share_is_drawn_beside_its_regions_and_the_nation(library: Api) -> None:
    path = SERIES.format("jobs_industry_share")
    facts = await library.get(path)
    drawn = await points(library, path)

    assert list(drawn) == ["Lacq-Pau - Tarbes", "Région Nouvelle-Aquitaine", "Région Occitanie", "France"]
    known = {each["year"]: Decimal(each["value_decimal"]) for each in facts["values"]}
    assert drawn["Lacq-Pau - Tarbes"] == {year: round(value, 1) for year, value in known.items()}


async def test_counts_are_drawn_as_index_numbers_and_the_title_says_so(library: Api) -> None:
    path = SERIES.format("jobs_industry")
    facts = await library.get(path)
    drawn = await points(library, path)
    svg = (await library.call("GET", path, headers=SVG)).text

    assert "Emploi industriel, indice 100 en 2008" in svg
    assert {each[2008] for each in drawn.values()} == {Decimal("100.0")}
    nation = {each["year"]: Decimal(each["value_decimal"]) for each in facts["nation"]["values"]}
    assert drawn["France"][2018] == round(nation[2018] / nation[2008] * 100, 1)


async def test_the_page_has_the_index_numbers_and_the_values_as_tables(library: Api) -> None:
    page = (await library.call("GET", SERIES.format("population") + "?as_of=2019-03-05", headers=HTML)).text

    assert page.count("<table>") == 2
    assert "Population municipale, indice 100 en 2016" in page
    assert "membres au 5 mars 2019" in page
    assert "Somme exacte des valeurs des membres." in page
    assert "as_of=2019-03-05" in page
    assert "<script" not in page


async def test_a_territory_without_values_is_said_to_have_none(library: Api) -> None:
    share = await library.call("GET", SERIES.format("ggdc_share_industry"), headers=SVG)
    count = await library.call("GET", SERIES.format("ggdc_employment_industry"), headers=SVG)

    assert "Lacq-Pau - Tarbes : aucune valeur connue" in share.text
    assert ">France<" in share.text
    assert "Aucune valeur connue." in count.text
    assert "France" not in count.text


@pytest.mark.parametrize(
    ("code", "query", "status"),
    [
        ("weather", "", 404),
        ("population", "?from=2020&until=2010", 422),
        ("population", "?from=2010&years=3", 422),
        ("population", "?as_of=2100-01-01", 422),
        ("population", "?separator=semicolon", 422),
    ],
)
async def test_bad_input_is_refused(library: Api, code: str, query: str, status: int) -> None:
    await library.call("GET", SERIES.format(code) + query, status=status, headers=SVG)


async def test_a_form_that_is_not_there_is_refused(library: Api) -> None:
    await library.call("GET", SERIES.format("population"), status=406, headers={"accept": "image/png"})
