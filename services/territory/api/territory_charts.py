"""Chart of an indicator of a territory, beside its régions and the nation, and its page."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import Final
from urllib.parse import urlencode

from fastapi import Response

from services.territory.api import pages
from services.territory.api.charts import Chart, DrawnSeries, chart_table, line_chart
from services.territory.api.french import french_day
from services.territory.api.indicator_charts import UNITS, definition_of, noted_source_of
from services.territory.models import Indicator
from services.territory.rules.value_classes import base_year, index_numbers
from services.territory.schemas import TerritorySeriesOut
from shared.events.indicators import IndicatorLevel

INDEX_DIGITS: Final = 1


@dataclass(frozen=True)
class PlaceNames:
    """Names that the chart shows."""

    territory: str
    regions: Mapping[str, str]
    """Code → name."""

    def of(self, level: IndicatorLevel, code: str) -> str:
        """Return the name of a région or of the nation. A territory may have the name of its région."""
        return "France" if level == "nation" else f"Région {self.regions.get(code, code)}"


@dataclass(frozen=True)
class TerritoryCharts:
    """The chart that is drawn, and that of the values if index numbers are drawn."""

    drawn: Chart
    values: Chart | None


def charts_of(series: TerritorySeriesOut, indicator: Indicator, names: PlaceNames) -> TerritoryCharts:
    """Return the chart of a territory: shares as they are, counts as index numbers of the first common year.

    Counts of a territory, a région and the nation have no common scale. Without a common year the territory stands
    alone, in the unit of the indicator. Index numbers are those of the comparable values: over the same départements in
    all years.
    """
    own = {each.year: Fraction(each.value_decimal) for each in series.values if each.value_decimal is not None}
    places, compared = {names.territory: own}, {names.territory: own}
    for each in (*series.regions, series.nation):
        name = names.of(each.level, each.code)
        if each.values:
            places[name] = {point.year: Fraction(point.value_decimal) for point in each.values}
            compared[name] = {
                point.year: Fraction(point.comparable_decimal)
                for point in each.values
                if point.comparable_decimal is not None
            }
    if indicator.kind == "ratio":
        return TerritoryCharts(_chart(indicator, places), None)
    base = base_year(list(compared.values())) if len(compared) > 1 else None
    if base is None:
        return TerritoryCharts(_chart(indicator, {names.territory: own}), None)
    indexed = Chart(
        title=f"{indicator.label}, indice 100 en {base}",
        unit=f"indice, 100 en {base}",
        source=" ".join((noted_source_of(indicator), *reserves_of(series, names))),
        series=_series({name: index_numbers(points, base) for name, points in compared.items()}),
        digits=INDEX_DIGITS,
    )
    return TerritoryCharts(indexed, _chart(indicator, places))


def reserves_of(series: TerritorySeriesOut, names: PlaceNames) -> list[str]:
    """Return the words about the départements that the index numbers and trends of places leave out."""
    places = (*series.regions, series.nation)
    return [f"{names.of(each.level, each.code)} : {each.reserve}" for each in places if each.reserve]


def territory_chart_page(
    series: TerritorySeriesOut, indicator: Indicator, names: PlaceNames, *, asked: Mapping[str, str]
) -> Response:
    """Return the page of a chart: the drawing, its numbers and the values as tables, how they were made."""
    charts = charts_of(series, indicator, names)
    values = f"<h2>Valeurs</h2>\n{chart_table(charts.values)}\n" if charts.values else ""
    methods = dict.fromkeys(each.explanation for each in series.values if each.value_decimal is not None)
    unknown = (
        f"Années sans valeur connue : {', '.join(map(str, series.unknown_years))}." if series.unknown_years else ""
    )
    reserves = reserves_of(series, names)
    said = "".join(f"<p>{escape(text)}</p>\n" for text in (*methods, *reserves, unknown) if text)
    phase = series.territory.partition("-")[0]
    day = {"as_of": asked["as_of"]} if "as_of" in asked else {}
    link = f"/v1/territories/map?{urlencode({'phase': phase, 'by': 'indicator', 'indicator': indicator.code, **day})}"
    title = f"{charts.drawn.title}, {names.territory}"
    return pages.page(
        f"{title}, au {french_day(series.as_of)}" if day else title,
        f"<h1>{escape(charts.drawn.title)}</h1>\n"
        f"<p>{escape(names.territory)}, membres au {french_day(series.as_of)}.</p>\n"
        f'<nav aria-label="Cartes"><ul><li><a href="{escape(link)}">Carte de cet indicateur</a></li></ul></nav>\n'
        f"<figure>{line_chart(charts.drawn)}</figure>\n<h2>Chiffres du graphique</h2>\n{chart_table(charts.drawn)}\n"
        f"{values}<h2>Définition et source</h2>\n{said}{definition_of(indicator)}",
        media_types=(pages.SVG,),
    )


def _chart(indicator: Indicator, places: Mapping[str, Mapping[int, Fraction]]) -> Chart:
    return Chart(
        title=indicator.label,
        unit=UNITS[indicator.unit],
        source=noted_source_of(indicator),
        series=_series(places),
        digits=0 if indicator.unit in ("persons", "count") else 1,
    )


def _series(places: Mapping[str, Mapping[int, Fraction]]) -> list[DrawnSeries]:
    """Return the series of places, the territory first. Years without a value are gaps."""
    return [
        DrawnSeries(name, [(year, float(value)) for year, value in sorted(points.items())])
        for name, points in places.items()
    ]
