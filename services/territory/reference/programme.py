"""Read the calendar, the sources, the guides and the envelopes of the programme into rows."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from shared.storage.reference_data import Row

SEPARATOR: Final = " | "
"""Separator of the texts by which rows cite a source."""
KINDS: Final = {"cni": "cni", "semaine_industrie": "industry_week", "other": "other"}
"""Kind in the file of the calendar → kind of the calendar. The events `ti` are named in their titles."""
NAMED_KINDS: Final = {
    "comité de pilotage national": "national_committee",
    "assemblée générale": "assembly",
    "rapport": "report",
    "annonce": "announcement",
}
"""Words in the title of an event `ti` → its kind; `other` if none of them is there."""
NAMED_PHASES: Final = {"phase 1": "2018", "phase 2": "2023"}
"""Words in the title of an event → its phase; none if it names no phase."""


class Citations:
    """Texts that name exactly one source."""

    def __init__(self, sources: Iterable[Row]) -> None:
        found = defaultdict(list)
        for row in sources:
            for text in (row["cited_as"] or "").split(SEPARATOR):
                found[text].append(source_id(row))
        self._ids = {text: ids[0] for text, ids in found.items() if text and len(ids) == 1}

    def find(self, text: str | None) -> str | None:
        """Return the id of the source that a text names, or None."""
        return self._ids.get(text or "")


def source_id(row: Row) -> str:
    """Return the id of a source, computed from its code."""
    return _id("source", row["code"])


def sources(rows: Iterable[Row]) -> Iterator[Row]:
    """Yield the sources."""
    for row in rows:
        yield {"id": source_id(row), **{name: row[name] for name in row if name not in ("code", "cited_as")}}


def guides(rows: Iterable[Row], citations: Citations) -> Iterator[Row]:
    """Yield the known versions of guides."""
    for row in rows:
        key = _id("guide", f"{row['title']}:{row['guide_version']}")
        yield {"id": key, **row, "source_id": citations.find(row["source"])}


def envelopes(rows: Iterable[Row], citations: Citations) -> Iterator[Row]:
    """Yield the announced envelopes, in cents."""
    for row in rows:
        key = _id("envelope", f"{row['title']}:{row['announced_on']}")
        cents = row.pop("amount_eur") * 100
        yield {"id": key, **row, "amount_cents": cents, "source_id": citations.find(row["source"])}


def calendar(rows: Iterable[Row], citations: Citations) -> Iterator[Row]:
    """Yield the events of the programme. An event without known days has its year in its title."""
    for row in rows:
        title = row["name"]
        yield {
            "id": _id("calendar", f"{title}:{row['start']}"),
            "kind": _kind(row),
            "title": title,
            "phase": _named(title, NAMED_PHASES),
            "precision": row["precision"],
            "starts_on": row["start"],
            "ends_on": row["end"],
            "year": int(row["start"][:4] if row["start"] else title[-4:]),
            "status": row["status"],
            "place": row["place"],
            "note": row["note"],
            "attendance": [],
            "source": row["source"],
            "source_id": citations.find(row["source"]),
        }


def _kind(row: Row) -> str:
    return KINDS.get(row["kind"]) or _named(row["name"], NAMED_KINDS) or "other"


def _named(title: str, meanings: dict[str, str]) -> str | None:
    return next((value for words, value in meanings.items() if words in title.lower()), None)


def _id(kind: str, name: Any) -> str:
    return str(uuid5(NAMESPACE_URL, f"{kind}:{name}"))
