"""Charts: unknown years are gaps, definitions stay apart, drawing and table have the same numbers."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.territory.api.charts import MAX_SERIES, WIDTH, Chart, DrawnSeries, chart_table, line_chart
from services.territory.api.french import french_day, french_number, plural
from shared.clock import today

SVG = "{http://www.w3.org/2000/svg}"
YEARS = st.integers(1950, 2060)
VALUES = st.one_of(st.none(), st.floats(-1e9, 1e9))
SERIES = st.builds(
    lambda label, values: DrawnSeries(label, sorted(values.items())),
    st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=80),
    st.dictionaries(YEARS, VALUES, min_size=1, max_size=30),
)


def chart(*series: DrawnSeries, unit: str = "%", digits: int = 1) -> Chart:
    """Return a chart."""
    return Chart("Part de l’industrie (synthétique)", unit, "Source synthétique", series, digits)


def lines(svg: str) -> list[str]:
    """Return the paths of the lines."""
    return [path.attrib["d"] for path in ElementTree.fromstring(svg).iter(f"{SVG}path") if path.get("class") == "line"]


def points(svg: str) -> list[str]:
    """Return the texts of the points."""
    found = ElementTree.fromstring(svg).iter(f"{SVG}path")
    return [str(title.text) for path in found for title in path.findall(f"{SVG}title")]


def test_a_line_is_never_drawn_over_an_unknown_year() -> None:
    svg = line_chart(chart(DrawnSeries("Pau", [(2008, 15.0), (2009, 14.0), (2010, None), (2011, 13.5), (2018, 12.5)])))

    [line] = lines(svg)
    assert line.count("M") == 1
    assert line.count("L") == 1
    assert len(points(svg)) == 4


def test_years_that_are_far_apart_are_points_without_a_line() -> None:
    svg = line_chart(chart(DrawnSeries("Pyrénées-Atlantiques", [(2008, 37.0), (2018, 34.7)])))

    assert lines(svg) == []
    assert points(svg) == ["Pyrénées-Atlantiques, 2008 : 37,0", "Pyrénées-Atlantiques, 2018 : 34,7"]


def test_two_definitions_are_two_lines_and_say_so() -> None:
    old = DrawnSeries("France", [(2002, 17.0), (2003, 16.5)], "hors construction")
    new = DrawnSeries("France", [(2003, 24.0), (2004, 23.5)], "construction comprise")

    svg = line_chart(chart(old, new))

    assert len(lines(svg)) == 2
    assert "France (construction comprise)" in svg
    assert '<th scope="col" class="number">France (hors construction)</th>' in chart_table(chart(old, new))


def test_two_values_of_one_year_are_refused() -> None:
    with pytest.raises(ValueError, match="own series"):
        line_chart(chart(DrawnSeries("France", [(2003, 16.5), (2003, 24.0)])))


@pytest.mark.parametrize("count", [0, MAX_SERIES + 1])
def test_more_lines_than_a_reader_can_distinguish_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match="series"):
        line_chart(chart(*[DrawnSeries(f"Lieu {index}", [(2000, 1.0)]) for index in range(count)]))


@given(st.lists(SERIES, min_size=1, max_size=MAX_SERIES), st.integers(0, 3))
def test_drawing_and_table_have_every_known_value_inside_the_drawing(series: list[DrawnSeries], digits: int) -> None:
    made = chart(*series, digits=digits)

    svg, table = line_chart(made), chart_table(made)

    root = ElementTree.fromstring(svg)
    known = [value for each in series for _, value in each.values if value is not None]
    assert len(points(svg)) == len(known)
    cells = re.findall(r'<td class="number">([^<]*)</td>', table)
    shown = sorted(french_number(value, digits) for value in known)
    assert sorted(cell for cell in cells if cell != "non connu") == shown
    assert sorted(text.rpartition(" : ")[2] for text in points(svg)) == shown
    height = int(root.attrib["viewBox"].split()[3])
    for x, y in re.findall(r"translate\(([-0-9.]+) ([-0-9.]+)\)", svg):
        assert 0 <= float(x) <= WIDTH
        assert 0 <= float(y) <= height
    assert root.attrib["role"] == "img"
    assert " style=" not in svg


def test_a_chart_without_a_known_value_says_so() -> None:
    svg = line_chart(chart(DrawnSeries("Pau", [(2008, None)])))

    assert "Aucune valeur connue." in svg


def test_numbers_and_days_are_french() -> None:
    assert french_number(12345.678, 1) == "12\u202f345,7"
    assert french_number(-0.25, 2) == "-0,25"
    assert french_day(today().replace(year=2019, month=3, day=1)) == "1er mars 2019"
    assert plural(1, "territoire", "territoires") == "1 territoire"
    assert plural(1500, "territoire", "territoires") == "1\u202f500 territoires"
