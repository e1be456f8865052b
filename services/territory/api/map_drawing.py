"""The map of the country as SVG, and its page with the same facts as tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap
from typing import Final

from services.territory import queries
from services.territory.api.french import french_day, french_decimal, plural
from services.territory.rules.frames import CROWN, FRAMES, METROPOLE, WIDTH, detail_of, path_of
from services.territory.schemas import MapItem, MapOut

INK: Final = "#1b1b1f"
SOFT: Final = "#55555f"
_FONT: Final = 'font-family="system-ui,Segoe UI,Roboto,Liberation Sans,sans-serif"'
LEGEND_TOP: Final = 856
_ROW: Final = 27
NOTE_LENGTH: Final = 100
"""Characters of a line of notes."""


@dataclass(frozen=True)
class Fill:
    """Colour of a category, and the lines or dots over it: it is told apart in print and without colours."""

    colour: str
    lines: str = ""
    """Path in a square of 6 pixels."""
    ink: str = INK


FILLS: Final[Mapping[str, Fill]] = {
    "designated": Fill("#c9d7f1"),
    "governance_installed": Fill("#7b9fdc"),
    "drafting": Fill("#fdeaa8", "M1.5 1.5h.1M4.5 4.5h.1", "#7a4b00"),
    "under_review": Fill("#f6b26b", "M-1 1l2-2M0 6l6-6M5 7l2-2", "#6b3000"),
    "approved": Fill("#a6dcc0", "M0 3h6M3 0v6", "#1d6b4a"),
    "signing": Fill("#3f9c8f", "M0 1.5h6M0 4.5h6", "#ffffff"),
    "signed": Fill("#0b3c5d"),
    "undated": Fill("#ffffff", "M-1 5l2 2M0 0l6 6M5-1l2 2", "#8a8a94"),
    # Shades of one colour, the darker the higher.
    "class_1": Fill("#d3e3f4"),
    "class_2": Fill("#9cc3e6"),
    "class_3": Fill("#5b9bd0"),
    "class_4": Fill("#2468a8"),
    "class_5": Fill("#0a2f57"),
    "unknown": Fill("#ffffff", "M-1 5l2 2M0 0l6 6M5-1l2 2", "#8a8a94"),
}


@dataclass(frozen=True)
class Outlines:
    """Outlines to draw: of each territory, of the régions, and of the départements of the inner suburbs."""

    territories: Mapping[str, Sequence[queries.DrawnOutline]]
    regions: Mapping[str, queries.DrawnOutline]
    departements: Mapping[str, queries.DrawnOutline]


TITLE_AT_MOST: Final = 44
"""Characters of a title in one line of the large type."""
SMALL_TITLE_AT_MOST: Final = 58
"""Characters of one of the two lines of the small type."""


def draw_map(facts: MapOut, outlines: Outlines) -> str:
    """Return the map as SVG: territories by category, insets, legend, source and day."""
    notes = note_lines(facts)
    height = LEGEND_TOP + _ROW * ((len(facts.categories) + 1) // 2) + 18 * len(notes) + 24
    subtitle = f"{facts.phase_name}, situation au {french_day(facts.as_of)}"
    counts = " ; ".join(f"{each.label} : {each.count}" for each in facts.categories)
    missing = f" Sans contour connu : {facts.not_drawn}." if facts.not_drawn else ""
    description = f"{total_of(facts)[0].upper()}{total_of(facts)[1:]}. {counts}.{missing}"
    name = f"{facts.title}, {subtitle}"
    shapes = {
        each.category: "".join(
            _shape(item, outlines.territories[item.key])
            for item in facts.items
            if item.category == each.category and item.is_drawn
        )
        for each in facts.categories
    }
    groups = "".join(f'<g fill="{_fill(category)}">{drawn}</g>' for category, drawn in shapes.items() if drawn)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" lang="fr" aria-labelledby="map-title map-desc" {_FONT}>'
        f'<title id="map-title">{escape(name)}</title>'
        f'<desc id="map-desc">{escape(description)} '
        "Le tableau de la page donne les mêmes faits.</desc>"
        f"<defs>{''.join(map(_pattern, shapes))}</defs>"
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'
        f"{_title(facts.title)}"
        f'<text x="10" y="54" font-size="16" fill="{SOFT}">{escape(subtitle)}</text>'
        f'<g fill="#f8f8f5" stroke="#8a8a94" stroke-width=".8" stroke-linejoin="round">{_land(outlines)}</g>'
        f'<g stroke="#33333b" stroke-width=".5" stroke-linejoin="round">{groups}</g>'
        f'<g fill="none" stroke="#33333b" stroke-width=".9" stroke-linejoin="round">{_land(outlines)}</g>'
        f"{_insets(outlines)}{_legend(facts)}{_notes(notes, height)}</svg>"
    )


def total_of(facts: MapOut) -> str:
    """Return the number of territories in French, with its bounds if some were perhaps not designated yet."""
    most = plural(facts.at_most, "territoire", "territoires")
    if facts.at_least == facts.at_most:
        return most
    return f"de {facts.at_least} à {most}" if facts.at_least else f"au plus {most}"


def _fill(category: str) -> str:
    fill = FILLS[category]
    return f"url(#map-{category})" if fill.lines else fill.colour


def _pattern(category: str) -> str:
    fill = FILLS[category]
    if not fill.lines:
        return ""
    return (
        f'<pattern id="map-{category}" width="6" height="6" patternUnits="userSpaceOnUse">'
        f'<rect width="6" height="6" fill="{fill.colour}"/><path d="{fill.lines}" stroke="{fill.ink}" '
        'stroke-width="1.1" stroke-linecap="round"/></pattern>'
    )


def _shape(item: MapItem, pieces: Sequence[queries.DrawnOutline]) -> str:
    path = "".join(path_of(each.polygons, each.levels) for each in pieces)
    return f'<path d="{path}"><title>{escape(said_of(item))}</title></path>'


def said_of(item: MapItem) -> str:
    """Return the name of a territory with its value, or with its category."""
    return f"{item.name} : {french_decimal(item.value_decimal) if item.value_decimal else item.label}"


def _title(text: str) -> str:
    """Return the title in one line, or in two small ones."""
    is_short = len(text) <= TITLE_AT_MOST
    lines = [text] if is_short else wrap(text, SMALL_TITLE_AT_MOST, max_lines=2, placeholder="…")
    size, tops = (22, (30,)) if is_short else (16, (16, 35))
    return "".join(
        f'<text x="10" y="{top}" font-size="{size}" font-weight="700" fill="{INK}">{escape(line)}</text>'
        for line, top in zip(lines, tops, strict=False)
    )


def _land(outlines: Outlines) -> str:
    """Return the régions in all frames; the départements of the inner suburbs in theirs."""
    regions = "".join(path_of(each.polygons, each.levels) for each in outlines.regions.values())
    suburbs = "".join(detail_of(CROWN, each.polygons, each.levels) for each in outlines.departements.values())
    return f'<path d="{regions}{suburbs}"/>'


_SUBURB_LABELS: Final = {"75": (2.345, 48.848), "92": (2.235, 48.82), "93": (2.47, 48.918), "94": (2.46, 48.775)}


def _insets(outlines: Outlines) -> str:
    """Return the edges and the names of the frames."""
    drawn = []
    for frame in FRAMES:
        if frame is METROPOLE:
            continue
        x, y = frame.left + frame.width / 2, frame.top + frame.height + 17
        if frame is CROWN:
            y = frame.top - 8
        drawn.append(
            f'<rect x="{frame.left}" y="{frame.top}" width="{frame.width}" height="{frame.height}" fill="none" '
            f'stroke="#8a8a94"/><text x="{x:g}" y="{y:g}" font-size="13" text-anchor="middle" fill="{INK}">'
            f"{escape('Petite couronne' if frame is CROWN else frame.label)}</text>"
        )
    for code, (lon, lat) in _SUBURB_LABELS.items():
        if code in outlines.departements:
            x, y = CROWN.project(lon, lat)
            drawn.append(
                f'<text x="{x:.1f}" y="{y + 4:.1f}" font-size="12" font-weight="700" text-anchor="middle" fill="{INK}" '
                f'stroke="#ffffff" stroke-width="3" paint-order="stroke">{code}</text>'
            )
    return "".join(drawn)


def _legend(facts: MapOut) -> str:
    rows = (len(facts.categories) + 1) // 2
    drawn = []
    for index, each in enumerate(facts.categories):
        x, y = 10 + 325 * (index // rows), LEGEND_TOP + _ROW * (index % rows)
        drawn.append(
            f'<rect x="{x}" y="{y}" width="32" height="18" fill="{_fill(each.category)}" stroke="#33333b"/>'
            f'<text x="{x + 42}" y="{y + 14}" font-size="15" fill="{INK}">{escape(each.label)} ({each.count})</text>'
        )
    return "".join(drawn)


def note_lines(facts: MapOut) -> list[str]:
    """Return what stands below the legend, in lines that fit the drawing."""
    notes = facts.source.split(" ; ")
    if facts.not_drawn:
        notes.insert(0, f"{plural(facts.not_drawn, 'territoire', 'territoires')} sans contour connu : voir le tableau.")
    if facts.reserve:
        notes.append(f"À savoir : {facts.reserve}")
    return [line for note in notes for line in wrap(note, NOTE_LENGTH)]


def _notes(lines: Sequence[str], height: int) -> str:
    top = height - 18 * len(lines) + 4
    return "".join(
        f'<text x="10" y="{top + 18 * index}" font-size="12" fill="{SOFT}">{escape(line)}</text>'
        for index, line in enumerate(lines)
    )


def swatch(category: str) -> str:
    """Return the sample of a category for a table."""
    # Patterns of the map cannot be used again: the swatch is drawn with its own copy of the lines.
    fill = FILLS[category]
    lines = "".join(
        f'<path transform="translate({x} {y})" d="{fill.lines}" stroke="{fill.ink}" stroke-width="1.1" '
        'stroke-linecap="round"/>'
        for x in range(0, 30, 6)
        for y in range(0, 18, 6)
        if fill.lines
    )
    return (
        '<svg width="30" height="18" viewBox="0 0 30 18" aria-hidden="true">'
        f'<rect width="30" height="18" fill="{fill.colour}"/>{lines}'
        '<rect x=".5" y=".5" width="29" height="17" fill="none" stroke="#33333b"/></svg>'
    )
