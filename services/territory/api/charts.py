"""Charts as SVG: lines over years, with gaps where a year is unknown, and the same numbers as a table."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from textwrap import wrap
from typing import Final

from services.territory.api import pages
from services.territory.api.french import french_number

WIDTH: Final = 640
LEFT: Final = 66
DIGIT_WIDTH: Final = 8.4
"""Pixels of a digit of the widest common sans-serif, at the size of the labels."""
RIGHT: Final = 24
TOP: Final = 78
PLOT_HEIGHT: Final = 210
INK: Final = "#1b1b1f"
SOFT: Final = "#55555f"
LINE: Final = "#d9d9e3"
MAX_SERIES: Final = 6
TITLE_AT_MOST: Final = 50
"""Characters of a title in one line of the large type."""
SMALL_TITLE_AT_MOST: Final = 58
"""Characters of one of the two lines of the small type."""
_FONT: Final = 'font-family="system-ui,Segoe UI,Roboto,Liberation Sans,sans-serif"'


@dataclass(frozen=True)
class Mark:
    """Colour, dashes and shape of the points of a series: it is told apart in print and without colours."""

    colour: str
    dashes: str
    shape: str
    """Path of a point around (0, 0)."""


MARKS: Final = (
    Mark("#0b3c5d", "", "M-4-4h8v8h-8z"),
    Mark("#b4480f", "7 4", "M0-5l5 9h-10z"),
    Mark("#2a7a55", "2 4", "M0-5l5 5-5 5-5-5z"),
    Mark("#7a3e9d", "10 3 2 3", "M-5-4h10l-5 9z"),
    Mark("#8a6100", "4 2", "M-4-1h3v-3h2v3h3v2h-3v3h-2v-3h-3z"),
    Mark("#55555f", "1 3", "M-3-3h6v6h-6z"),
)


@dataclass(frozen=True)
class DrawnSeries:
    """Values of one place by one definition, by year. None: not known."""

    label: str
    values: Sequence[tuple[int, float | None]]
    definition: str = ""
    """Text that tells definitions apart: each has its own line, also of the same place."""


@dataclass(frozen=True)
class Chart:
    """Lines over years, in one unit."""

    title: str
    unit: str
    source: str
    series: Sequence[DrawnSeries]
    digits: int = 0
    """Decimals of the values."""


def line_chart(chart: Chart, *, name: str = "chart") -> str:
    """Return a chart as SVG. Years without a value are gaps, and no line crosses them.

    `name` begins the ids of the drawing: a page may have several. Raises ValueError for more series than can be told
    apart, for a chart without any, and for a series with two values of a year.
    """
    _check(chart)
    years = sorted({year for each in chart.series for year, _ in each.values})
    values = [value for each in chart.series for _, value in each.values if value is not None]
    ticks = _ticks(values)
    sources = wrap(f"Source : {chart.source}", 96)
    height = TOP + PLOT_HEIGHT + 48 + 22 * len(chart.series) + 14 + 16 * len(sources)
    labels = _tick_labels(ticks, chart.digits)
    scale = _Scale(years, ticks, left=max(LEFT, 16 + DIGIT_WIDTH * max(map(len, labels))))
    body = (
        _axes(scale, labels)
        + "".join(_line(scale, series, mark, chart) for series, mark in zip(chart.series, MARKS, strict=False))
        + _legend(chart)
        if values
        else f'<text x="{LEFT}" y="{TOP + 40}" font-size="15" fill="{INK}">Aucune valeur connue.</text>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" lang="fr" aria-labelledby="{name}-title {name}-desc" {_FONT}>'
        f'<title id="{name}-title">{escape(chart.title)}</title>'
        f'<desc id="{name}-desc">{escape(_described(chart))}</desc>'
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'
        f"{_title(chart.title)}"
        f'<text x="10" y="52" font-size="14" fill="{SOFT}">{escape(_short(f"Unité : {chart.unit}", 84))}</text>{body}'
        + "".join(
            f'<text x="10" y="{height + 4 - 16 * (len(sources) - index)}" font-size="12" fill="{SOFT}">'
            f"{escape(line)}</text>"
            for index, line in enumerate(sources)
        )
        + "</svg>"
    )


def _title(text: str) -> str:
    """Return a title in one line, or in two small ones."""
    is_short = len(text) <= TITLE_AT_MOST
    lines = [text] if is_short else wrap(text, SMALL_TITLE_AT_MOST, max_lines=2, placeholder="…")
    size, tops = (19, (28,)) if is_short else (15, (16, 34))
    return "".join(
        f'<text x="10" y="{top}" font-size="{size}" font-weight="700" fill="{INK}">{escape(line)}</text>'
        for line, top in zip(lines, tops, strict=False)
    )


def chart_table(chart: Chart) -> str:
    """Return the numbers of a chart as a table of HTML: a row for each year, a column for each series."""
    years = sorted({year for each in chart.series for year, _ in each.values})
    known = [dict(each.values) for each in chart.series]
    head = '<th scope="col">Année</th>' + "".join(
        f'<th scope="col" class="number">{escape(_named(each))}</th>' for each in chart.series
    )
    rows = "".join(
        f'<tr><th scope="row">{year}</th>'
        + "".join(f'<td class="number">{_cell(values.get(year), chart.digits)}</td>' for values in known)
        + "</tr>"
        for year in years
    )
    return pages.table(f"{chart.title} ({chart.unit})", head, rows)


def _check(chart: Chart) -> None:
    if not 0 < len(chart.series) <= MAX_SERIES:
        raise ValueError(f"a chart has 1 to {MAX_SERIES} series")
    for each in chart.series:
        years = [year for year, _ in each.values]
        if len(set(years)) != len(years):
            raise ValueError(f"{each.label} has two values of one year: give each definition its own series")
        if any(value is not None and not math.isfinite(value) for _, value in each.values):
            raise ValueError(f"{each.label} has a value that is no number")


@dataclass(frozen=True)
class _Scale:
    years: Sequence[int]
    ticks: Sequence[float]
    left: float
    """Left end of the lines, beside the longest label."""

    def x(self, year: int) -> float:
        span = self.years[-1] - self.years[0]
        inner = WIDTH - self.left - RIGHT - 20
        return self.left + 10 + (inner * (year - self.years[0]) / span if span else inner / 2)

    def y(self, value: float) -> float:
        low, high = self.ticks[0], self.ticks[-1]
        return TOP + PLOT_HEIGHT - PLOT_HEIGHT * (value - low) / (high - low)


def _ticks(values: Sequence[float]) -> list[float]:
    """Return four to seven round values that include all values; from zero, unless all lie far above it."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if low > 0 and low < 0.7 * high:
        low = 0.0
    elif high < 0 and high > 0.7 * low:
        high = 0.0
    span = high - low or abs(high) or 1.0
    power = 10.0 ** math.floor(math.log10(span / 4))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if span / (power * factor) <= 5)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [step * index for index in range(first, max(last, first + 1) + 1)]


def _tick_labels(ticks: Sequence[float], digits: int) -> list[str]:
    step = ticks[1] - ticks[0]
    decimals = max(digits, 0) if step < 1 else (1 if step % 1 else 0)
    while round(step, decimals) != round(step, 9) and decimals < 6:
        decimals += 1
    return [french_number(tick, decimals) for tick in ticks]


def _axes(scale: _Scale, labels: Sequence[str]) -> str:
    years = scale.years
    drawn = [
        f'<path d="M{scale.left:g} {scale.y(tick):.1f}H{WIDTH - RIGHT}" stroke="{SOFT if tick == 0 else LINE}"/>'
        f'<text x="{scale.left - 8:g}" y="{scale.y(tick) + 4:.1f}" font-size="13" text-anchor="end" fill="{INK}">'
        f"{label}</text>"
        for tick, label in zip(scale.ticks, labels, strict=True)
    ]
    # A label takes 40 pixels.
    every = max(1, math.ceil((years[-1] - years[0] + 1) * 44 / (WIDTH - scale.left - RIGHT)))
    drawn += [
        f'<text x="{scale.x(year):.1f}" y="{TOP + PLOT_HEIGHT + 20}" font-size="13" text-anchor="middle" '
        f'fill="{INK}">{year}</text>'
        for year in range(years[0], years[-1] + 1)
        if (year - years[0]) % every == 0
    ]
    return "".join(drawn)


def _line(scale: _Scale, series: DrawnSeries, mark: Mark, chart: Chart) -> str:
    """Return the points of a series, and lines between those of consecutive years alone."""
    known = {year: value for year, value in series.values if value is not None}
    segments = [
        f"M{scale.x(one):.1f} {scale.y(known[one]):.1f}L{scale.x(other):.1f} {scale.y(known[other]):.1f}"
        for one, other in pairwise(sorted(known))
        if other == one + 1
    ]
    path = _joined(segments)
    dashes = f' stroke-dasharray="{mark.dashes}"' if mark.dashes else ""
    line = (
        f'<path class="line" d="{path}" fill="none" stroke="{mark.colour}" stroke-width="2.2"{dashes}/>' if path else ""
    )
    points = "".join(
        f'<path d="{mark.shape}" transform="translate({scale.x(year):.1f} {scale.y(value):.1f})" fill="{mark.colour}">'
        f"<title>{escape(_named(series))}, {year} : {_cell(value, chart.digits)}</title></path>"
        for year, value in sorted(known.items())
    )
    return line + points


def _joined(segments: Sequence[str]) -> str:
    """Join segments that follow each other into one line: dashes then run on."""
    path = ""
    end = ""
    for step in segments:
        start, _, stop = step.partition("L")
        path += f"L{stop}" if start.removeprefix("M") == end else step
        end = stop
    return path


def _legend(chart: Chart) -> str:
    drawn = []
    for index, (series, mark) in enumerate(zip(chart.series, MARKS, strict=False)):
        y = TOP + PLOT_HEIGHT + 48 + 22 * index
        dashes = f' stroke-dasharray="{mark.dashes}"' if mark.dashes else ""
        is_known = any(value is not None for _, value in series.values)
        named = _named(series) if is_known else f"{_named(series)} : aucune valeur connue"
        drawn.append(
            f'<path d="M10 {y}h36" stroke="{mark.colour}" stroke-width="2.2"{dashes}/>'
            f'<path d="{mark.shape}" transform="translate(28 {y})" fill="{mark.colour}"/>'
            f'<text x="56" y="{y + 5}" font-size="14" fill="{INK}">{escape(_short(named, 78))}</text>'
        )
    return "".join(drawn)


def _described(chart: Chart) -> str:
    """Return the first and the last known value of each series."""
    parts = []
    for each in chart.series:
        known = sorted((year, value) for year, value in each.values if value is not None)
        if not known:
            parts.append(f"{_named(each)} : aucune valeur connue.")
            continue
        ends = known[:1] if len(known) == 1 else [known[0], known[-1]]
        said = ", ".join(f"{_cell(value, chart.digits)} en {year}" for year, value in ends)
        parts.append(f"{_named(each)} : {said}.")
    return f"Unité : {chart.unit}. {' '.join(parts)} Le tableau de la page donne toutes les valeurs."


def _named(series: DrawnSeries) -> str:
    return f"{series.label} ({series.definition})" if series.definition else series.label


def _cell(value: float | None, digits: int) -> str:
    return "non connu" if value is None else french_number(value, digits)


def _short(text: str, most: int) -> str:
    """Cut a text that would leave the drawing: the page and the description have it whole."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
