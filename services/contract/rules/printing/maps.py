"""The map of a territory in a document: its outline among the régions that it lies in."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from services.contract.rules.printing.blocks import Block, picture

WIDTH: Final = 600
MOST_HEIGHT: Final = 560
MARGIN: Final = 12
Ring = Sequence[tuple[float, float]]


def territory_map(key: str, regions: Sequence[str], outlines: Mapping[str, str]) -> Block | None:
    """Return the map of a territory; None if there is no outline of it.

    `outlines` has the lines of the published file, by key: `2018-ti-7505`, `region-75`.
    """
    own = _rings(outlines.get(key, ""))
    around = [ring for region in regions for ring in _rings(outlines.get(f"region-{region}", ""))]
    if not own:
        return None
    west, south, east, north = _bounds([*own, *around])
    middle = math.cos(math.radians((south + north) / 2))
    scale = min((WIDTH - 2 * MARGIN) / ((east - west) * middle), (MOST_HEIGHT - 2 * MARGIN) / (north - south))
    width = (east - west) * middle * scale + 2 * MARGIN
    height = (north - south) * scale + 2 * MARGIN

    def path(rings: Iterable[Ring]) -> str:
        drawn = []
        for ring in rings:
            points = [
                f"{MARGIN + (longitude - west) * middle * scale:.1f} {MARGIN + (north - latitude) * scale:.1f}"
                for longitude, latitude in ring
            ]
            drawn.append(f"M{'L'.join(points)}Z")
        return "".join(drawn)

    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}">'
        f'<path d="{path(around)}" fill="#eceef1" stroke="#9aa3ad" stroke-width="0.8" fill-rule="evenodd"/>'
        f'<path d="{path(own)}" fill="#1f3a5f" stroke="#ffffff" stroke-width="0.6" fill-rule="evenodd"/></svg>'
    )
    return picture(
        svg,
        caption="Le territoire (en bleu) dans sa ou ses régions. Contours : IGN, ADMIN EXPRESS COG 2018, simplifiés",
        alternative=f"Carte : le territoire {key} dans sa région ou ses régions",
        width=round(100 * min(1.0, width / WIDTH)),
    )


def _rings(line: str) -> list[Ring]:
    return [
        [(float(longitude), float(latitude)) for longitude, latitude in (point.split(",") for point in ring.split())]
        for ring in line.split(";")
        if ring
    ]


def _bounds(rings: Iterable[Ring]) -> tuple[float, float, float, float]:
    points = [point for ring in rings for point in ring]
    longitudes, latitudes = [each[0] for each in points], [each[1] for each in points]
    return min(longitudes), min(latitudes), max(longitudes), max(latitudes)
