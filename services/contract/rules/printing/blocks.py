"""Parts of a printed document, as the template takes them, and French typography."""

import calendar
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Literal

Block = Mapping[str, Any]
"""A part of a document, of the kind that its member `kind` names."""
Side = Literal["left", "right"]

MONTHS: Final = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
THIN: Final = "\u202f"
"""Narrow no-break space: before ; ! ? and inside « »."""
FIXED: Final = "\u00a0"
"""No-break space: before a colon, and between a number and its unit."""
NOTHING: Final = "—"
"""Cell of a table for something that is not known."""
SPACES: Final = (
    (re.compile(r"[ \u00a0\u202f]*([;!?»])"), THIN + r"\1"),
    (re.compile(r"«[ \u00a0\u202f]*"), "«" + THIN),
    (re.compile(r"(?<=\w)[ \u00a0\u202f]+:(?=\s|$)"), FIXED + ":"),
    (re.compile(r"(?<=\d) (?=[%€])"), FIXED),
    (re.compile("'"), "’"),
)


@dataclass(frozen=True)
class PrintedDocument:
    """A document to be typeset, with the file that is attached to it."""

    title: str
    running_title: str
    reference: str
    description: str
    keywords: Sequence[str]
    cover: Sequence[str]
    state: str | None
    watermark: str | None
    notices: Sequence[str]
    blocks: Sequence[Block] = field(repr=False)
    attachment: bytes = field(repr=False)
    attachment_name: str
    attachment_description: str
    dated: date
    has_outline: bool = True

    def as_data(self) -> dict[str, Any]:
        """Return the document as the template reads it."""
        return {
            "programme": "Territoires d’industrie",
            # No line ends within Lacq-Pau-Tarbes.
            "title": re.sub(r"(?<=\w)-(?=\w)", "\u2011", french(self.title)),
            "running-title": french(self.running_title),
            "reference": self.reference,
            "description": french(self.description),
            "keywords": list(self.keywords),
            "cover": [french(line) for line in self.cover],
            "state": self.state,
            "watermark": self.watermark,
            "notices": [french(notice) for notice in self.notices],
            "blocks": list(self.blocks),
            "attachment-name": self.attachment_name,
            "attachment-description": french(self.attachment_description),
            "has-outline": self.has_outline,
        }


def task_of(document: PrintedDocument) -> bytes:
    """Return everything from which the PDF is made, as one line of JSON: the same line gives the same bytes."""
    task = {
        "document": document.as_data(),
        "attachment": document.attachment.decode(),
        # Noon in Paris in winter, whatever the machine's time zone.
        "timestamp": calendar.timegm(document.dated.timetuple()) + 11 * 3600,
    }
    return json.dumps(task, ensure_ascii=False, sort_keys=True).encode() + b"\n"


def french(text: str) -> str:
    """Return a text with the spaces and the apostrophes of French typography."""
    for pattern, by in SPACES:
        text = pattern.sub(by, text)
    return text


def day(value: date | str | None) -> str:
    """Return a day in words, such as 1er juillet 2019."""
    if value is None:
        return NOTHING
    found = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{'1er' if found.day == 1 else found.day}{FIXED}{MONTHS[found.month - 1]} {found.year}"


def day_of_moment(value: str) -> str:
    """Return the day of a moment in words."""
    return day(datetime.fromisoformat(value).date())


def euros(cents: int | None) -> str:
    """Return an amount in euros, such as 1 250 000 €; with its cents if it has any."""
    if cents is None:
        return NOTHING
    whole, rest = divmod(abs(cents), 100)
    grouped = f"{whole:,}".replace(",", THIN)
    return f"{'−' if cents < 0 else ''}{grouped}{f',{rest:02}' if rest else ''}{FIXED}€"


def siren(code: str) -> str:
    """Return a SIREN in groups of three digits."""
    return THIN.join((code[:3], code[3:6], code[6:]))


def heading(level: int, text: str) -> Block:
    """Return a heading. A level never skips the one above it."""
    return {"kind": "heading", "level": level, "text": french(text)}


def text(content: str | None, *, otherwise: str = "Non renseigné.") -> Block:
    """Return paragraphs, one for each line."""
    return {"kind": "text", "text": french(content or otherwise)}


def strong(content: str) -> Block:
    """Return a short line in bold."""
    return {"kind": "strong", "text": french(content)}


def items(lines: Iterable[str]) -> Block:
    """Return a list."""
    return {"kind": "list", "items": [french(line) for line in lines]}


def table(
    caption: str,
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    widths: Sequence[float],
    aligned: Sequence[Side] | None = None,
    height: float = 0,
) -> Block:
    """Return a table with a header. `height` is the least of a row, in millimetres."""
    return {
        "kind": "table",
        "caption": french(caption),
        "header": [french(cell) for cell in header],
        "rows": [[french(cell) for cell in row] for row in rows],
        "widths": list(widths),
        "aligned": list(aligned or ["left"] * len(header)),
        "height": height,
    }


def picture(svg: str, *, caption: str, alternative: str, width: int) -> Block:
    """Return a drawing; `width` is a percentage of the text's."""
    return {"kind": "picture", "svg": svg, "caption": french(caption), "alt": french(alternative), "width": width}


def new_page() -> Block:
    """Return the begin of a new page."""
    return {"kind": "page"}
