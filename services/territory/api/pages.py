"""Pages and drawings for people: HTML and SVG, without scripts, under a strict policy."""

import base64
import hashlib
from collections.abc import Collection, Mapping
from html import escape
from typing import Final

from fastapi import Response

from shared.http.accept import JSON

HTML: Final = "text/html"
SVG: Final = "image/svg+xml"
CSV: Final = "text/csv"

STYLE: Final = """
:root{font:100%/1.5 system-ui,"Segoe UI",Roboto,"Liberation Sans",sans-serif;color:#1b1b1f;background:#fff}
*{box-sizing:border-box}
body{margin:0;overflow-wrap:break-word}
a{color:#000091}
:focus-visible{outline:3px solid #0a76f6;outline-offset:2px}
.skip{position:absolute;left:-100vw;padding:.5rem 1rem;background:#fff}
.skip:focus{left:0;z-index:1}
header,main,footer{max-width:60rem;margin:0 auto;padding:0 1rem}
header{border-top:4px solid #000091;padding-top:.75rem}
h1{font-size:1.6rem;line-height:1.25;margin:.5rem 0}
h2{font-size:1.25rem;margin:2rem 0 .5rem}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;padding:0;margin:.5rem 0}
nav a{display:inline-block;padding:.25rem 0}
nav a[aria-current]{color:inherit;font-weight:700;text-decoration:none;border-bottom:3px solid #000091}
figure{margin:1rem 0}
figure svg{display:block;width:100%;height:auto;max-width:44rem;margin:0 auto}
figure.wide svg{max-width:54rem}
.table{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.95rem}
caption{text-align:left;font-weight:700;padding:.25rem 0 .5rem}
th,td{text-align:left;vertical-align:top;padding:.4rem .75rem .4rem 0;border-bottom:1px solid #d9d9e3}
th{font-weight:600}
td.number,th.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.swatch{width:2.25rem}
.swatch svg{display:block}
footer{border-top:1px solid #d9d9e3;margin-top:2rem;padding-bottom:2rem;color:#55555f;font-size:.9rem}
.optional{white-space:nowrap}
@media (max-width:40rem){.optional{display:none}th,td{padding-right:.5rem}}
@media print{nav,.skip{display:none}figure,tr{break-inside:avoid}}
"""
_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
DRAWING_POLICY: Final = "default-src 'none'; base-uri 'none'; form-action 'none'"


FORM_NAMES: Final[Mapping[str, str]] = {SVG: "SVG", JSON: "JSON", CSV: "CSV"}
"""Media type → name in French, in the order of the footer."""


def page(title: str, body: str, *, media_types: Collection[str]) -> Response:
    """Return a page in French as an answer. `body` is markup, the title is text.

    `media_types` are those that its address has beside JSON and this page.
    """
    return Response(
        '<!doctype html>\n<html lang="fr">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{escape(title)}</title>\n<link rel="icon" href="data:,">\n<style>{STYLE}</style>\n</head>\n<body>\n'
        '<a class="skip" href="#contenu">Aller au contenu</a>\n<header><p>Territoires d’industrie</p></header>\n'
        f'<main id="contenu" tabindex="-1">\n{body}\n</main>\n'
        f"<footer><p>Page sans script. La même adresse répond aussi en {_names(media_types)}, selon l’en-tête "
        "<code>Accept</code>.</p></footer>\n</body>\n</html>\n",
        media_type=f"{HTML}; charset=utf-8",
        headers={"Vary": "Accept", "Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"},
    )


def _names(media_types: Collection[str]) -> str:
    *others, last = [name for media_type, name in FORM_NAMES.items() if media_type in (*media_types, JSON)]
    return f"{', '.join(others)} et {last}" if others else last


def drawing(svg: str) -> Response:
    """Return a drawing as an answer."""
    return Response(
        f'<?xml version="1.0" encoding="UTF-8"?>\n{svg}',
        media_type=SVG,
        headers={"Vary": "Accept", "Content-Security-Policy": DRAWING_POLICY},
    )


def table(caption: str, head: str, rows: str) -> str:
    """Return a table of markup that scrolls by itself on a small screen."""
    return (
        f'<div class="table" role="region" aria-label="{escape(caption)}" tabindex="0"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
