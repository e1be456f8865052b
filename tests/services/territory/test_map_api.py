"""The map: the same facts as JSON, CSV, SVG and page; bad input is refused in words."""

import csv
import gzip
import io
import re
from collections import Counter
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlencode
from uuid import uuid4
from xml.etree import ElementTree

import pytest

from services.territory.api.french import french_decimal
from services.territory.commands import know_contract_state
from services.territory.rules.frames import WIDTH
from shared.clock import today
from shared.events.contract import ContractEvent, ContractOpened, ContractSigned
from shared.events.stages import STAGE_LABELS, STAGES
from shared.storage.database import Database
from tests.services.territory.api import Api
from tests.services.territory.places import LACQ_PAU_TARBES

MAP = "/v1/territories/map"
SVG = "{http://www.w3.org/2000/svg}"
DAYS = [
    "phase=2018&as_of=2019-06-30", "phase=2018", "phase=2023", "phase=2023&region=75", "as_of=2019-06-30",
    "phase=2018&as_of=2019-06-30&by=indicator&indicator=jobs_industry_share", "by=indicator&indicator=population",
    "by=indicator&indicator=industry_share_25_54",
    "phase=2023&region=75&by=indicator&indicator=jobs_industry&year=2008",
]  # fmt: skip

on_session = pytest.mark.asyncio(loop_scope="session")


async def drawn(library: Api, query: str) -> ElementTree.Element:
    """Return the map as SVG."""
    answer = await library.call("GET", f"{MAP}?{query}", headers={"accept": "image/svg+xml"})
    assert answer.headers["content-type"] == "image/svg+xml"
    assert len(gzip.compress(answer.content)) < 300_000
    return ElementTree.fromstring(answer.text)


def shown(item: dict[str, Any]) -> str:
    """Return what the drawing says of a territory."""
    if item["value_decimal"] is None:
        return str(item["label"])
    return french_decimal(item["value_decimal"])


class Table(HTMLParser):
    """Rows of the last table of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._in_cell = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag == "tbody":
            self.rows = []
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self._in_cell = True
            if self.rows:
                self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._in_cell and self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


@on_session
@pytest.mark.parametrize("query", DAYS)
async def test_drawing_page_table_and_facts_say_the_same(library: Api, query: str) -> None:
    facts = await library.get(f"{MAP}?{query}")
    svg = await drawn(library, query)
    page = (await library.call("GET", f"{MAP}?{query}", headers={"accept": "text/html"})).text
    sheet = (await library.call("GET", f"{MAP}?{query}", headers={"accept": "text/csv"})).text

    counts = Counter(item["category"] for item in facts["items"])
    assert {each["category"]: each["count"] for each in facts["categories"] if each["count"]} == counts
    assert facts["total"] == len(facts["items"]) == sum(counts.values()) > 0
    assert facts["not_drawn"] == sum(not item["is_drawn"] for item in facts["items"])
    shapes = [each.text for path in svg.iter(f"{SVG}path") for each in path.findall(f"{SVG}title")]
    said = [f"{item['name']} : {shown(item)}" for item in facts["items"] if item["is_drawn"]]
    assert sorted(map(str, shapes)) == sorted(said)
    legend = " ".join(str(text.text) for text in svg.iter(f"{SVG}text"))
    for each in facts["categories"]:
        assert f"{each['label']} ({each['count']})" in legend
    rows = Table(page).rows
    assert [row[1] for row in rows] == [item["key"] for item in facts["items"]]
    by_indicator = facts["by"] == "indicator"
    expected = [(item["value_decimal"] and shown(item)) or "non connue" for item in facts["items"]]
    cells = [row[3].removesuffix(" (sans contour)") for row in rows]
    assert cells == (expected if by_indicator else [item["label"] for item in facts["items"]])
    assert facts["without_value"] == sum(item["value_decimal"] is None for item in facts["items"] if by_indicator)
    assert len(rows) == len(shapes) + facts["not_drawn"]
    assert [row["key"] for row in csv.DictReader(io.StringIO(sheet))] == [item["key"] for item in facts["items"]]


@on_session
@pytest.mark.parametrize("query", ["phase=2018", "phase=2023"])
async def test_nothing_is_drawn_outside_the_view_box(library: Api, query: str) -> None:
    svg = await drawn(library, query)

    width, height = map(int, svg.attrib["viewBox"].split()[2:])
    assert width == WIDTH
    for path in svg.iter(f"{SVG}path"):
        if path.find(f"{SVG}title") is not None:
            for part in re.findall(r"M[^M]+", path.attrib["d"]):
                assert_inside(part, width, height)


@on_session
@pytest.mark.parametrize(
    "address",
    [
        f"{MAP}?by=indicator&indicator=industry_share_25_54",
        f"{MAP}?phase=2018",
        "/v1/indicators/ggdc_share_industry_and_construction/values?level=nation",
        "/v1/territories/2018-ti-7505/indicators/population",
    ],
)
async def test_no_line_of_a_title_leaves_the_drawing(library: Api, address: str) -> None:
    answer = await library.call("GET", address, headers={"accept": "image/svg+xml"})
    svg = ElementTree.fromstring(answer.text)

    lines = [text for text in svg.iter(f"{SVG}text") if text.attrib.get("x") == "10" and "font-weight" in text.attrib]
    assert lines
    for line in lines:
        # The widest common sans-serif, in bold: seven tenths of its size for each character.
        assert len(str(line.text)) * float(line.attrib["font-size"]) * 0.7 < float(svg.attrib["width"]), line.text


@on_session
async def test_no_label_of_an_axis_leaves_the_drawing(library: Api) -> None:
    answer = await library.call(
        "GET", "/v1/indicators/population/values?level=nation", headers={"accept": "image/svg+xml"}
    )

    labels = [
        each
        for each in ElementTree.fromstring(answer.text).iter(f"{SVG}text")
        if each.attrib.get("text-anchor") == "end"
    ]
    assert max(len(str(each.text)) for each in labels) == len("68 000 000")
    for each in labels:
        assert float(each.attrib["x"]) > len(str(each.text)) * 8.3, each.text


def assert_inside(part: str, width: int, height: int) -> None:
    """Follow the segments of one ring."""
    numbers = [float(each) for each in re.findall(r"-?(?:[0-9]+[.]?[0-9]*|[.][0-9]+)", part)]
    x, y = numbers[:2]
    segments = numbers[2:] if "l" in part else []
    for dx, dy in zip([0.0, *segments[::2]], [0.0, *segments[1::2]], strict=True):
        x, y = x + dx, y + dy
        assert 0 <= x <= width
        assert 0 <= y <= height


@on_session
async def test_the_map_has_a_title_a_description_a_source_and_a_day(library: Api) -> None:
    svg = await drawn(library, "phase=2018&as_of=2019-03-01")

    assert svg.attrib["role"] == "img"
    assert svg.attrib["lang"] == "fr"
    assert "situation au 1er mars 2019" in str(svg.findtext(f"{SVG}title"))
    assert "territoires" in str(svg.findtext(f"{SVG}desc"))
    texts = " ".join(str(text.text) for text in svg.iter(f"{SVG}text"))
    assert "IGN" in texts
    assert "Guyane" in texts


@on_session
async def test_the_page_has_no_script_and_a_strict_policy(library: Api) -> None:
    answer = await library.call("GET", MAP, headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["vary"].split(", ")[0] == "Accept"
    assert '<html lang="fr">' in answer.text
    assert "<script" not in answer.text
    assert " style=" not in answer.text


@on_session
@pytest.mark.parametrize(
    ("query", "phase"), [("as_of=2019-06-30", "2018"), ("as_of=2023-11-08", "2018"), ("as_of=2023-11-09", "2023")]
)
async def test_the_phase_in_force_on_the_day_is_shown(library: Api, query: str, phase: str) -> None:
    assert (await library.get(f"{MAP}?{query}"))["phase"] == phase


@on_session
async def test_unknown_days_of_designation_have_no_stage_before_the_list(library: Api) -> None:
    before, after = [await library.get(f"{MAP}?phase=2018&as_of={day}") for day in ("2019-06-30", "2022-12-31")]
    progress = await library.get("/v1/territories/counts?phase=2018&as_of=2019-06-30")

    counts = {each["category"]: each["count"] for each in before["categories"]}
    assert counts["undated"] == progress["at_most"] - progress["at_least"] > 0
    assert {each["category"]: each["count"] for each in after["categories"]}["undated"] == 0


@on_session
@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("phase=2019", "phase"),
        ("by=weather", "by"),
        ("by=indicator", "indicator"),
        ("by=indicator&indicator=weather", "indicator"),
        ("by=indicator&indicator=Not-a-code", "indicator"),
        ("by=indicator&indicator=population&year=99999", "year"),
        ("indicator=population", "indicator"),
        ("year=2018", "year"),
        ("as_of=2100-01-01", "as_of"),
        ("as_of=2017-01-01", "as_of"),
        ("phase=2023&as_of=2019-06-30", "as_of"),
        ("region=99", "region"),
        ("as_of=2019-02-30", "as_of"),
        ("zoom=5", "zoom"),
        ("separator=semicolon", "separator"),
    ],
)
async def test_bad_input_is_refused_by_name(library: Api, query: str, parameter: str) -> None:
    problem = await library.get(f"{MAP}?{query}", status=422)

    assert problem["errors"][0]["parameter"] == parameter


@on_session
@pytest.mark.parametrize(
    ("code", "year"), [("population", 2023), ("jobs_industry_share", 2018), ("jobs_industry", 2008)]
)
async def test_the_values_of_the_map_are_those_of_the_territories(library: Api, code: str, year: int) -> None:
    facts = await library.get(f"{MAP}?phase=2018&as_of=2019-06-30&by=indicator&indicator={code}&year={year}")
    assert (facts["indicator"], facts["year"]) == (code, year)
    some = [item for item in facts["items"] if item["regions"][0] in ("11", "75", "94")]
    assert len(some) > 10

    for item in some:
        path = f"/v1/territories/{item['key']}/indicators/{code}?as_of=2019-06-30&from={year}&until={year}"
        values = (await library.get(path))["values"]
        assert item["value_decimal"] == (values[0]["value_decimal"] if values else None)
        assert item["method"] == (values[0]["method"] if values else "none")


@on_session
async def test_each_value_lies_in_the_bounds_of_its_category(library: Api) -> None:
    facts = await library.get(f"{MAP}?phase=2023&by=indicator&indicator=jobs_industry_share")
    bounds = {each["category"]: (each["from_decimal"], each["until_decimal"]) for each in facts["categories"]}

    assert len(bounds) == 6
    for item in facts["items"]:
        since, until = bounds[item["category"]]
        assert (item["category"] == "unknown") is (item["value_decimal"] is None)
        assert since is None or Decimal(item["value_decimal"]) >= Decimal(since)
        assert until is None or Decimal(item["value_decimal"]) < Decimal(until)


@on_session
async def test_a_region_keeps_the_categories_of_the_country(library: Api) -> None:
    whole, part = [
        await library.get(f"{MAP}?phase=2023&by=indicator&indicator=population{more}") for more in ("", "&region=53")
    ]

    labels = [[each["label"] for each in facts["categories"]] for facts in (whole, part)]
    assert labels[0] == labels[1]
    assert part["items"] == [item for item in whole["items"] if "53" in item["regions"]]


@on_session
async def test_territories_without_a_value_are_hatched_and_never_zero(library: Api) -> None:
    query = "phase=2018&by=indicator&indicator=industry_share_25_54"
    facts = await library.get(f"{MAP}?{query}")
    svg = await drawn(library, query)

    assert facts["without_value"] == facts["total"] - sum(1 for item in facts["items"] if item["value_decimal"]) > 0
    assert "0" not in {item["value_decimal"] for item in facts["items"]}
    [group] = [each for each in svg.iter(f"{SVG}g") if each.attrib.get("fill") == "url(#map-unknown)"]
    assert len(group) == facts["without_value"] - sum(
        not item["is_drawn"] for item in facts["items"] if item["value_decimal"] is None
    )


@on_session
async def test_links_of_the_page_keep_what_was_asked(library: Api) -> None:
    query = "phase=2023&region=75&as_of=2024-06-30&by=indicator&indicator=jobs_industry_share&year=2008"
    page = (await library.call("GET", f"{MAP}?{query}", headers={"accept": "text/html"})).text
    links = [parse_qs(each.replace("&amp;", "&")) for each in re.findall(r'href="[?]([^"]*)"', page)]

    assert len(links) > 4
    assert all((each["as_of"], each["region"]) == (["2024-06-30"], ["75"]) for each in links)
    assert {each["phase"][0] for each in links} == {"2018", "2023"}
    for each in links:
        await library.get(f"{MAP}?{urlencode(each, doseq=True)}")


@on_session
async def test_a_phase_that_was_not_announced_by_the_day_is_no_link(library: Api) -> None:
    page = (await library.call("GET", f"{MAP}?as_of=2019-03-05", headers={"accept": "text/html"})).text

    assert "phase=2018" in page
    assert "phase=2023" not in page


@on_session
async def test_a_form_that_is_not_there_is_refused(library: Api) -> None:
    await library.call("GET", MAP, status=406, headers={"accept": "image/png"})


async def test_the_stage_follows_the_contract_on_each_day(api: Api, database: Database) -> None:
    contract = {
        "contract_id": uuid4(), "number": "2018-ti-7505/C-1", "title": "Contrat synthétique", "phase": "2018",
        "territory": LACQ_PAU_TARBES, "starts_on": "2024-01-01", "ends_on": "2026-12-31", "parties": [], "actions": [],
    }  # fmt: skip
    events: list[ContractEvent] = [
        ContractOpened.model_validate({**contract, "status": "draft", "opened_at": "2024-03-01T10:00:00Z"}),
        ContractSigned.model_validate(
            {**contract, "status": "signed", "signed_on": "2024-05-01", "content_sha256": "0" * 64}
        ),
    ]
    for event, day in zip(events, ("2024-03-01", "2024-05-01"), strict=True):
        async with database.writing() as session:
            await know_contract_state(session, event, day=type(today()).fromisoformat(day))

    found = {}
    for day in ("2024-02-29", "2024-03-01", "2024-04-30", "2024-05-01"):
        facts = await api.get(f"{MAP}?phase=2018&as_of={day}")
        found[day] = next(item["stage"] for item in facts["items"] if item["key"] == LACQ_PAU_TARBES)
    assert list(found.values()) == ["designated", "drafting", "drafting", "signed"]


def test_every_stage_has_a_french_label() -> None:
    assert list(STAGE_LABELS) == list(STAGES)
