"""The page of the map: the drawing, the counts of the legend, and each territory in a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final
from urllib.parse import urlencode

from fastapi import Response

from services.territory.api import pages
from services.territory.api.french import french_day, french_decimal, plural
from services.territory.api.map_drawing import swatch, total_of
from services.territory.models import Indicator
from services.territory.schemas import METHODS, MapItem, MapOut

CURRENT: Final = ' aria-current="page"'
OF_A_VIEW: Final = ("by", "indicator", "year")
"""Parameters that say what the map shows; the others say of which territories."""


@dataclass(frozen=True)
class Links:
    """Links of the page to other maps, which keep what was asked for."""

    phases: Mapping[str, str]
    """Phases that were announced by the day: code → name."""
    indicators: Sequence[Indicator]
    """Indicators of which a map shows something."""
    asked: Mapping[str, str]
    """Parameters of the request."""

    def other_phases(self, shown: str) -> str:
        """Return the links to the phases."""
        return "".join(
            self._link(name, {**self.asked, "phase": code}, is_current=code == shown)
            for code, name in self.phases.items()
        )

    def other_views(self, facts: MapOut) -> str:
        """Return the links to the map by stage, and by each indicator."""
        kept = {name: value for name, value in self.asked.items() if name not in OF_A_VIEW} | {"phase": facts.phase}
        views = [self._link("Par étape", kept, is_current=facts.by == "stage")]
        views += [
            self._link(
                each.label,
                {**kept, "by": "indicator", "indicator": each.code},
                is_current=facts.indicator == each.code,
            )
            for each in self.indicators
        ]
        return "".join(views)

    def series_of(self, item: MapItem, facts: MapOut) -> str:
        """Return the name of a territory; of a map by an indicator, as a link to its values by year."""
        if facts.indicator is None:
            return escape(item.name)
        day = f"?{urlencode({'as_of': self.asked['as_of']})}" if "as_of" in self.asked else ""
        return f'<a href="/v1/territories/{item.key}/indicators/{facts.indicator}{day}">{escape(item.name)}</a>'

    @staticmethod
    def _link(name: str, query: Mapping[str, str], *, is_current: bool) -> str:
        return f'<li><a href="?{escape(urlencode(query))}"{CURRENT if is_current else ""}>{escape(name)}</a></li>'


def map_page(facts: MapOut, svg: str, *, regions: Mapping[str, str], links: Links) -> Response:
    """Return the page of the map."""
    title = f"{facts.title}, {facts.phase_name}"
    region = regions.get(facts.region, facts.region) if facts.region else ""
    # Pages of other places and days have other titles: they stand side by side in a browser.
    of_its_own = [title, region, f"au {french_day(facts.as_of)}" if "as_of" in links.asked else ""]
    missing = plural(facts.without_value, "territoire", "territoires")
    said = [
        f"Situation au {french_day(facts.as_of)} : {total_of(facts)}.",
        f"Région : {region}." if region else "",
        f"{missing} sans valeur connue." if facts.without_value else "",
        f"{plural(facts.not_drawn, 'territoire', 'territoires')} sans contour connu." if facts.not_drawn else "",
    ]
    counts = "".join(
        f'<tr><td class="swatch">{swatch(each.category)}</td><th scope="row">{escape(each.label)}</th>'
        f'<td class="number">{each.count}</td></tr>'
        for each in facts.categories
    )
    shown = "Étape" if facts.by == "stage" else "Valeur"
    number = "" if facts.by == "stage" else ' class="number"'
    return pages.page(
        ", ".join(filter(None, of_its_own)),
        f"<h1>{escape(title)}</h1>\n<p>{escape(' '.join(filter(None, said)))}</p>\n"
        f'<nav aria-label="Phases"><ul>{links.other_phases(facts.phase)}</ul></nav>\n'
        f'<nav aria-label="Cartes"><ul>{links.other_views(facts)}</ul></nav>\n<figure>{svg}</figure>\n'
        "<h2>Nombre de territoires</h2>\n"
        + pages.table(
            "Territoires par catégorie",
            '<td></td><th scope="col">Catégorie</th><th scope="col" class="number">Territoires</th>',
            counts,
        )
        + "\n<h2>Liste des territoires</h2>\n"
        + pages.table(
            "Chaque territoire de la carte",
            '<th scope="col">Territoire</th><th scope="col" class="optional">Code</th>'
            f'<th scope="col">Régions</th><th scope="col"{number}>{shown}</th>',
            "".join(_row(item, facts, regions, links) for item in facts.items),
        )
        + "".join(f"\n<p>{escape(line)}</p>" for line in _notes(facts)),
        media_types=(pages.SVG, pages.CSV),
    )


def _row(item: MapItem, facts: MapOut, regions: Mapping[str, str], links: Links) -> str:
    value = f"<td>{escape(item.label)}"
    if facts.by == "indicator":
        value = f'<td class="number">{french_decimal(item.value_decimal) if item.value_decimal else "non connue"}'
    return (
        f'<tr><th scope="row">{links.series_of(item, facts)}</th><td class="optional">{escape(item.key)}</td>'
        f"<td>{escape(', '.join(regions.get(code, code) for code in item.regions))}</td>"
        f"{value}{'' if item.is_drawn else ' (sans contour)'}</td></tr>"
    )


def _notes(facts: MapOut) -> list[str]:
    """Return the sources, the reserve, and how the values were made."""
    methods = dict.fromkeys(item.method for item in facts.items if item.method and item.value_decimal)
    return [
        *facts.source.split(" ; "),
        *([f"À savoir : {facts.reserve}"] if facts.reserve else []),
        *(METHODS[method] for method in methods),
    ]
