"""The EPCIs, EPTs and communes of the official geography, in a published file: nobody has to register them.

They are 36,000: too many for events, or for a table of each service. The file is sorted by SIREN, so a body is found in
it by halving: a search takes a few microseconds, and nothing is loaded at start.
"""

import csv
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

COLUMNS: Final = ("siren", "kind", "region", "name", "epci", "ept")


@dataclass(frozen=True)
class OfficialBody:
    """An EPCI, EPT or commune."""

    siren: str
    kind: str
    region: str
    name: str
    epci: str = ""
    """SIREN of the EPCI of a commune; empty: it has none, or this is no commune."""
    ept: str = ""
    """SIREN of the EPT of a commune, in the same way."""


class OfficialBodies:
    """A published file of official bodies: a header, then one line for each SIREN, in ascending order."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def _content(self) -> bytes:
        return self._path.read_bytes()

    def find(self, siren: str) -> OfficialBody | None:
        """Return the body of a SIREN; None if it is not in the official geography."""
        content, sought = self._content, siren.encode()
        low, high = content.index(b"\n") + 1, len(content)
        while low < high:
            begin = content.rfind(b"\n", 0, (low + high) // 2) + 1
            end = content.index(b"\n", begin) + 1
            found = content[begin : content.index(b",", begin)]
            if found == sought:
                return OfficialBody(*next(csv.reader([content[begin:end].decode()])))
            low, high = (end, high) if found < sought else (low, begin)
        return None
