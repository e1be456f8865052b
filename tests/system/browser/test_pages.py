"""The documentation as a developer meets it: in a real browser, by the keyboard, on a small screen, with no network."""

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from app.docsite import openapi
from deploy.binaries import folder_of
from tests.support import node, platforms
from tests.support.fixtures import completed, first_to_make

Report = Mapping[str, Any]
OPERATION: Final = '[id$="-list_phases"]'
OF_THE_VIEWERS: Final = {
    # Swagger UI: the line of an operation is one button, and holds another one.
    "/docs": {"nested-interactive"},
}
"""Findings of axe in code that is not ours. Findings that a style sheet can mend are mended."""


@dataclass(frozen=True)
class Visit:
    """A page, how much of it there must be, what to click and what is then to be read."""

    path: str
    wait: str = "h1"
    count: int = 1
    fill: tuple[str, str] | None = None
    clicks: tuple[str, ...] = ()
    read: str = "h1"
    parts: tuple[str, ...] | None = None
    """Parts of the page that axe checks; None: the whole page."""


PAGES: Final = (
    Visit("/", wait=".example button", count=6, read="pre.sh"),
    Visit("/schemas"),
    Visit("/schemas/contract.ContractSigned.v1"),
    Visit("/problems"),
    Visit("/problems/action-incomplete"),
    Visit("/problems/unauthorized", clicks=("summary",), read="details"),
    Visit("/docs/permissions"),
    Visit("/docs/glossary"),
    Visit("/docs/changes"),
    Visit("/v1/territories/map?phase=2018", wait="main table:last-of-type tbody tr", count=149),
    Visit("/v1/territories/map?phase=2018&as_of=2019-06-30"),
    Visit("/v1/territories/map?phase=2023"),
    Visit("/v1/territories/map?phase=2023&by=indicator&indicator=jobs_industry_share"),
    Visit("/v1/territories/2018-ti-7505/indicators/population"),
)


def viewers(operations: int) -> tuple[Visit, ...]:
    """The two that show the OpenAPI document: all of its operations; and one of them, tried."""
    filtered = (".operation-filter-input", "/v1/phases")
    button = (f"{OPERATION} {each}" for each in (".opblock-summary-control", ".try-out__btn", ".execute"))
    answer = f"{OPERATION} .live-responses-table tbody .response-col_status"
    # Of a hundred times the same, axe looks at one: all of them would take it minutes.
    one = '[data-section-id$="/operation/read_progress"]'
    return (
        Visit("/docs", ".opblock", operations, filtered, tuple(button), answer, parts=("body",)),
        Visit(
            "/redoc",
            '[data-section-id*="/operation/"]',
            operations,
            read="redoc h1",
            parts=("header", ".menu-content", one, "footer"),
        ),
    )


PATHS: Final = [each.path for each in (*PAGES, *viewers(1))]


@pytest.fixture(scope="session")
def operations() -> int:
    """Return the number of operations."""
    return sum(len(item) for item in openapi.document()["paths"].values())


@pytest.fixture(scope="session")
def visited(
    loaded: Callable[[Path], None], operations: int, commons: Path, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Report]:
    """The report of each page; one worker visits them for all workers."""

    async def browse(pictures: Path) -> str:
        folder = tmp_path_factory.mktemp("platform")
        await asyncio.to_thread(loaded, folder)
        async with platforms.embedded(folder) as form:
            asked = {
                "browser": str(folder_of("chromium") / "chromium"),
                "profile": str(tmp_path_factory.mktemp("profile")),
                "pictures": str(pictures),
                "url": form.url_of("/"),
                "pages": [asdict(each) for each in (*PAGES, *viewers(operations))],
            }
            return await asyncio.to_thread(node.answer, "browse.mjs", text=json.dumps(asked), seconds=840)

    with first_to_make(commons / "visited") as draft:
        if draft:
            (draft / "reports.json").write_text(completed(browse(draft)))
    reports: Mapping[str, Report] = json.loads((commons / "visited" / "reports.json").read_text())
    return reports


@pytest.fixture
def report(visited: Mapping[str, Report], path: str) -> Report:
    """The report of one page."""
    return visited[path]


# The first test visits all pages, which takes minutes on a busy machine.
pytestmark = pytest.mark.timeout(900)
each_page = pytest.mark.parametrize("path", PATHS)


@each_page
def test_the_browser_asks_nobody_else(report: Report) -> None:
    assert report["elsewhere"] == []


@each_page
def test_nothing_fails_and_no_policy_is_violated(report: Report) -> None:
    assert report["failed"] == []
    assert report["console"] == []


@each_page
@pytest.mark.parametrize("width", ["desktop", "phone"])
def test_axe_finds_nothing(report: Report, path: str, width: str) -> None:
    found = [each for each in report["axe"][width] if each["id"] not in OF_THE_VIEWERS.get(path, set())]

    assert found == []


@each_page
def test_the_focus_is_seen_wherever_the_tab_key_leads(report: Report, path: str) -> None:
    words = "Aller au contenu" if path.startswith("/v1/") else "Skip to the content"
    assert report["tabs"][0]["name"] == f"A {words}"
    assert [stop for stop in report["tabs"] if not stop["shown"]] == []
    assert len({stop["name"] for stop in report["tabs"]}) > 10 or len(report["tabs"]) == report["reachable"]


@each_page
def test_the_page_does_not_scroll_sideways_on_a_small_screen(report: Report) -> None:
    assert report["beyond"] == {"desktop": 0, "phone": 0}


@each_page
def test_no_table_is_cut_on_a_desktop(report: Report) -> None:
    assert report["cut"]["desktop"] == []


@each_page
def test_each_page_has_a_title_of_its_own(visited: Mapping[str, Report], report: Report) -> None:
    titles = [each["title"] for each in visited.values()]

    assert titles.count(report["title"]) == 1


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_both_viewers_list_every_operation(report: Report, operations: int) -> None:
    assert report["met"] == operations


@pytest.mark.parametrize("path", ["/docs"])
def test_an_operation_that_is_tried_is_answered(report: Report) -> None:
    assert re.match("200", report["read"])


@pytest.mark.parametrize("path", ["/"])
def test_the_examples_call_the_platform_that_shows_them(report: Report) -> None:
    assert f"API={report['origin']}\n" in report["read"]
