"""Differences between two versions, and the clients that they break.

Narrowing accepted values breaks senders; widening returned values breaks readers. Everything else follows from this.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, StrEnum
from typing import Any, Final
from urllib.parse import unquote

from app.compatibility.canonical import NotUnderstood, step, text_of

MISSING: Final = object()


class Side(StrEnum):
    """Direction of a value: sent by clients, or read by clients."""

    SENT = "sent"
    READ = "read"


class Effect(Enum):
    """Change of the set of allowed values: fewer, more, or others."""

    NARROWED = "narrowed"
    WIDENED = "widened"
    CHANGED = "changed"

    def breaks(self, side: Side) -> bool:
        """Return True if the effect breaks clients on this side."""
        return self is Effect.CHANGED or self is (Effect.NARROWED if side is Side.SENT else Effect.WIDENED)


@dataclass(frozen=True)
class DocumentDifference:
    """One difference: operation or event, JSON pointer, kind, and whether it breaks clients."""

    where: str
    pointer: str
    what: str
    breaking: bool
    sentence: str
    until: date | None = None
    """Day from which it may be removed, if announced."""

    def __str__(self) -> str:
        return f"{'BREAKS' if self.breaking else 'passes'} {self.where}\n       {self.sentence} ({self.pointer})"


@dataclass(frozen=True)
class Place:
    """A value and its position in the document."""

    document: Any
    value: Any
    pointer: str = ""

    @property
    def name(self) -> str:
        """Return the last step of its pointer."""
        return self.pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")

    def member(self, name: str, default: Any = MISSING) -> "Place":
        """Return a member of an object, or a default."""
        value = self.value.get(name, default)
        if value is MISSING:
            raise NotUnderstood(f"{self.pointer}{step(name)}: is missing")
        return Place(self.document, value, self.pointer + step(name))

    def members(self) -> dict[str, "Place"]:
        """Return all members of an object."""
        return {name: self.member(name) for name in self.value}

    def items(self) -> list["Place"]:
        """Return all items of a list."""
        return [Place(self.document, one, self.pointer + step(place)) for place, one in enumerate(self.value)]

    def get(self, name: str, default: Any = None) -> Any:
        """Return the plain value of a member."""
        return self.value.get(name, default) if isinstance(self.value, Mapping) else default

    def resolved(self) -> "Place":
        """Follow references to their final target."""
        place, seen = self, set[str]()
        while isinstance(reference := place.get("$ref"), str):
            if reference in seen:
                raise NotUnderstood(f"{place.pointer}: leads to itself")
            seen.add(reference)
            place = place.target(reference)
        return place

    def target(self, reference: str) -> "Place":
        """Return the target of a reference within this document."""
        if not reference.startswith("#"):
            raise NotUnderstood(f"{self.pointer}: {reference} is not in this document")
        place = Place(self.document, self.document)
        for one in unquote(reference.removeprefix("#")).split("/")[1:]:
            place = place.member(one.replace("~1", "/").replace("~0", "~"))
        return place


@dataclass
class Comparison:
    """State of a comparison: changes found, and pairs already compared."""

    today: date
    found: list[DocumentDifference] = field(default_factory=list)
    where: str = ""
    """Operation and part, or event, that is compared now."""
    _seen: set[tuple[str, ...]] = field(default_factory=set)

    def is_new(self, side: Side, old: Place, new: Place) -> bool:
        """Return True if the pair was not compared yet. A component is compared once per direction."""
        # The place alone is not enough: it may hold several alternatives.
        key = (side.value, old.pointer, new.pointer, text_of(old.value), text_of(new.value))
        is_new = key not in self._seen
        self._seen.add(key)
        return is_new

    def record(self, what: str, at: Place, sentence: str, *, breaking: bool, until: date | None = None) -> None:
        """Record a change."""
        self.found.append(DocumentDifference(self.where, at.pointer, what, breaking, sentence, until))

    def removed(self, what: str, old: Place, sentence: str) -> None:
        """Record a removal. It is allowed from the announced day on."""
        until = sunset_of(old)
        announced = until is not None and until <= self.today
        if until and not announced:
            sentence += f"; it was announced to stay until {until}"
        self.record(f"{what} removed", old, sentence, breaking=not announced)

    def announced(self, what: str, old: Place, new: Place) -> None:
        """Compare the announcements of a removal."""
        before, after = sunset_of(old), sunset_of(new)
        if (new.get("deprecated") and not old.get("deprecated")) or (after and not before):
            sentence = f"{what} may be gone from {after} on" if after else f"{what} is deprecated, until further notice"
            self.record("deprecated", new, sentence, breaking=False, until=after)
        if before and after and after < before:
            self.record("sunset advanced", new, f"{what} was to stay until {before}, now until {after}", breaking=True)


def sunset_of(place: Place) -> date | None:
    """Return the announced day of removal of a deprecated element."""
    schema = place.get("schema", {})
    for said in (place.value, schema if isinstance(schema, Mapping) else {}):
        if isinstance(said, Mapping) and said.get("deprecated") and (day := said.get("x-sunset")):
            return date.fromisoformat(day)
    return None


def pairs(old: Mapping[str, Place], new: Mapping[str, Place]) -> Iterator[tuple[Place, Place]]:
    """Yield the pairs that have the same name."""
    return ((old[name], new[name]) for name in old if name in new)
