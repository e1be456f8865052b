"""Chart of an indicator for a place, beside the nation where that compares."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Final

from fastapi import Response

from services.territory.api import pages
from services.territory.api.charts import Chart, DrawnSeries, chart_table, line_chart
from services.territory.models import Indicator
from services.territory.schemas import IndicatorValueOut

UNITS: Final[Mapping[str, str]] = {
    "persons": "personnes",
    "thousand_persons": "milliers de personnes",
    "count": "nombre",
    "eur": "euros",
    "pct": "%",
}


def chart_of(indicator: Indicator, values: Iterable[IndicatorValueOut], names: Mapping[tuple[str, str], str]) -> Chart:
    """Return the chart of the values of some places, in the order of `names`: level and code → name."""
    by_place: dict[tuple[str, str], list[tuple[int, float]]] = {place: [] for place in names}
    digits = 0
    for each in values:
        by_place[each.level, each.geography].append((each.year, float(each.value_decimal)))
        decimals = each.value_decimal.partition(".")[2]
        digits = max(digits, min(len(decimals), 1))
    return Chart(
        title=indicator.label,
        unit=UNITS[indicator.unit],
        source=noted_source_of(indicator),
        series=[DrawnSeries(names[place], found) for place, found in by_place.items()],
        digits=digits,
    )


def chart_page(indicator: Indicator, chart: Chart) -> Response:
    """Return the page of a chart: the drawing, its numbers as a table, the definition and its reserve."""
    places = " et ".join(each.label for each in chart.series)
    return pages.page(
        f"{indicator.label}, {places}",
        f"<h1>{escape(indicator.label)}</h1>\n<p>{escape(places)}</p>\n<figure>{line_chart(chart)}</figure>\n"
        f"<h2>Valeurs</h2>\n{chart_table(chart)}\n<h2>Définition et source</h2>\n{definition_of(indicator)}",
        media_types=(pages.SVG, pages.CSV),
    )


def definition_of(indicator: Indicator) -> str:
    """Return the definition of an indicator, its reserve and its source, as markup."""
    facts: Sequence[tuple[str, str | None]] = (
        ("Définition", indicator.definition),
        ("Population", indicator.population),
        ("Géographie", indicator.zoning),
        ("À savoir", indicator.reserve),
        ("Source", source_of(indicator)),
    )
    return "".join(f"<p><strong>{name} :</strong> {escape(text)}</p>\n" for name, text in facts if text)


def source_of(indicator: Indicator) -> str:
    """Return the source of an indicator with its licence."""
    return f"{indicator.source} ({indicator.licence})" if indicator.licence else indicator.source


def noted_source_of(indicator: Indicator) -> str:
    """Return the source of a drawing with the reserve: a drawing is shown without its page too."""
    return f"{source_of(indicator)}. À savoir : {indicator.reserve}" if indicator.reserve else source_of(indicator)
