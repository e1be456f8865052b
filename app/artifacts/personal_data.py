"""The register of personal data, made from the columns that declare it."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Column

from shared.runtime.platform import Service
from shared.storage.personal_data import PersonalColumn, register
from shared.storage.tables import KIT_TABLES

NAME: Final = "app/artifacts/PERSONAL_DATA.md"
HEAD: Final = """\
# Personal data

Generated from the models by `python -m services generate`; do not edit. Each column that holds data about a natural
person declares it; a column that is not listed holds none. [Personal data](../../docs/operations/personal-data.md) says
how it is kept, erased and backed up. A name, an e-mail address or a phone number is in no history, event or log.

The programme's sources name no legal basis. The body that runs the platform states it in its own register.
"""
COLUMNS: Final = ("table", "columns", "data", "about", "purpose", "kept", "who may read it")

_Entry = tuple[Column[Any], PersonalColumn]


def table(services: Sequence[Service]) -> str:
    """Return the register: the tables that every service has, then those of each service."""
    entries = {service.name: list(register(service.metadata)) for service in services}
    of_all = [each for each in next(iter(entries.values()), []) if each[0].table.name in KIT_TABLES]
    parts = [HEAD, _part("every service", of_all)]
    for name, found in entries.items():
        parts.append(_part(name, [each for each in found if each[0].table.name not in KIT_TABLES]))
    return "\n".join(parts)


def _part(title: str, entries: Iterable[_Entry]) -> str:
    rows = [COLUMNS, ("---",) * len(COLUMNS), *_rows(entries)]
    return f"## {title}\n\n" + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _rows(entries: Iterable[_Entry]) -> Iterator[Sequence[str]]:
    """Yield one row for the columns of a table that have the same entry."""
    for name, of_table in groupby(entries, key=lambda each: each[0].table.name):
        names: dict[PersonalColumn, list[str]] = {}
        for column, entry in of_table:
            names.setdefault(entry, []).append(f"`{column.name}`")
        for entry, columns in names.items():
            yield (
                f"`{name}`", ", ".join(columns), entry.data, entry.about, entry.purpose, entry.kept, entry.readers,
            )  # fmt: skip
