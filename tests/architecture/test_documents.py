"""The documents for people: their links resolve, the README stays short, the workflow runs what CI runs."""

import re
from pathlib import Path

import pytest

from benchmarks.__main__ import BEGIN, END, write
from services.territory.schemas import OrganisationOut

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def anchors(page: Path) -> set[str]:
    """Return the anchors of the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_relative_link_resolves(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if not re.match(r"[a-z]+:|/", link)]
    broken = []
    for link in links:
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)

    assert broken == []


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 130


def test_the_workflow_runs_what_ci_runs() -> None:
    assert "run: .ci/run" in (ROOT / ".github" / "workflows" / "ci.yml").read_text()


@pytest.mark.parametrize("rival", ["starlette_asyncpg", "fastapi_orm", "django_rest"])
def test_what_the_platform_is_measured_against_answers_the_same_fields(rival: str) -> None:
    words = set(re.findall(r"\w+", (ROOT / "benchmarks" / "rivals" / f"{rival}.py").read_text()))

    assert set(OrganisationOut.model_fields) <= words


def test_the_benchmarks_write_their_figures_into_the_page(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"# Performance\n\n{BEGIN}\nold\n{END}\n\nWhy\n")

    write("new", page)

    assert page.read_text() == f"# Performance\n\n{BEGIN}\nnew\n{END}\n\nWhy\n"
    assert all(mark in (ROOT / "docs" / "performance.md").read_text() for mark in (BEGIN, END))
