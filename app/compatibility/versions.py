"""The last published version of the contracts, as committed files, and what the code of today makes of it.

`openapi.json` is every service's HTTP contract in one document, `events/<type>.json` each event: whom it reaches, what
it is about, the schema of its data. They are written by `python -m services publish` and by nothing else; they hold
what is contract, and no more (`canonical`).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from app.artifacts.permission_tables import subject_of
from app.compatibility import FOLDER, canonical
from app.compatibility.compatibility import event_differences, openapi_differences
from app.compatibility.differences import DocumentDifference
from app.docsite import openapi, schemas
from shared.events import Event, EventClass
from shared.http.deprecation import NOTICE

WIDTH: Final = 120


class NotPublished(Exception):
    """The version cannot be published as it is, or there is none yet."""


@dataclass(frozen=True)
class PublishedVersion:
    """A version of the published contracts."""

    openapi: Mapping[str, Any]
    events: Mapping[str, Mapping[str, Any]]

    def differences(self, new: "PublishedVersion", *, today: date) -> list[DocumentDifference]:
        """Return the changes to a newer version, breaking ones first."""
        found = openapi_differences(self.openapi, new.openapi, today=today)
        found += event_differences(self.events, new.events, today=today)
        return sorted(found, key=lambda change: not change.breaking)


def current() -> PublishedVersion:
    """Return the contracts of the current code."""
    return PublishedVersion(
        canonical.openapi(openapi.document()),
        {name: canonical.event(_event(Event.catalogue[name], schema)) for name, schema in schemas.documents().items()},
    )


def _event(event: EventClass, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"audience": str(event.audience), "subject": subject_of(event), "schema": schema}


def last(folder: Path = FOLDER) -> PublishedVersion:
    """Return the last published version."""
    if not (folder / "openapi.json").exists():
        raise NotPublished("Nothing is published yet: say `python -m services publish --first`.")
    return PublishedVersion(
        json.loads((folder / "openapi.json").read_text()),
        {path.stem: json.loads(path.read_text()) for path in sorted((folder / "events").glob("*.json"))},
    )


def publish(
    version: PublishedVersion, *, today: date, folder: Path = FOLDER, first: bool = False
) -> list[DocumentDifference]:
    """Publish this version unless it breaks the last one. The first version breaks no client."""
    changes = [] if first else last(folder).differences(version, today=today)
    if any(change.breaking for change in changes):
        raise NotPublished(report(changes))
    for change in changes:
        if change.until and change.until < today + NOTICE:
            raise NotPublished(f"{change}\nClients have six months from now on: let it stay until {today + NOTICE}.")
    write(version, folder)
    return changes


def write(version: PublishedVersion, folder: Path) -> None:
    """Write the files; remove those of events that no longer exist."""
    (folder / "events").mkdir(parents=True, exist_ok=True)
    (folder / "openapi.json").write_text(_text(version.openapi))
    for path in (folder / "events").glob("*.json"):
        if path.stem not in version.events:
            path.unlink()
    for name, event in version.events.items():
        (folder / "events" / f"{name}.json").write_text(_text(event))


def report(changes: list[DocumentDifference]) -> str:
    """Return the changes as text."""
    breaking = sum(change.breaking for change in changes)
    lines = [*map(str, changes), f"{breaking} of {len(changes)} changes break the last published version."]
    return "\n".join(lines)


def _text(value: Any) -> str:
    return "".join(_lines(value, "", "")) + "\n"


def _lines(value: Any, indent: str, name: str) -> Iterator[str]:
    """Yield JSON in sorted lines, as long as they fit, so that a change shows in few lines."""
    whole = json.dumps(value, sort_keys=True, ensure_ascii=False)
    if len(indent) + len(name) + len(whole) < WIDTH or not isinstance(value, list | dict) or not value:
        yield f"{indent}{name}{whole}"
        return
    parts = [("", one) for one in value]
    if isinstance(value, dict):
        parts = [(f"{json.dumps(key, ensure_ascii=False)}: ", one) for key, one in sorted(value.items())]
    yield f"{indent}{name}{'{' if isinstance(value, dict) else '['}\n"
    for place, (key, one) in enumerate(parts):
        yield from _lines(one, indent + " ", key)
        yield ",\n" if place < len(parts) - 1 else "\n"
    yield f"{indent}{'}' if isinstance(value, dict) else ']'}"
