"""What differs between two versions, and whom it breaks.

Narrowing what is accepted breaks who sends; widening what is told breaks who reads. The rest follows from this.
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
    """Who depends on a value: whoever sends it to us, or whoever reads it from us."""

    SENT = "sent"
    READ = "read"


class Effect(Enum):
    """What becomes of the values that are allowed: fewer, more, or others."""

    NARROWED = "narrowed"
    WIDENED = "widened"
    CHANGED = "changed"

    def breaks(self, side: Side) -> bool:
        """Does it break who depends on the values?"""
        return self is Effect.CHANGED or self is (Effect.NARROWED if side is Side.SENT else Effect.WIDENED)


@dataclass(frozen=True)
class Change:
    """One difference: of which operation or event, at which JSON pointer, what it is, and whether it breaks clients."""

    where: str
    pointer: str
    what: str
    breaking: bool
    sentence: str
    until: date | None = None
    """From when on it may be gone, where that is what is announced."""

    def __str__(self) -> str:
        return f"{'BREAKS' if self.breaking else 'passes'} {self.where}\n       {self.sentence} ({self.pointer})"


@dataclass(frozen=True)
class Place:
    """A value, where it stands in its document."""

    document: Any
    value: Any
    pointer: str = ""

    @property
    def name(self) -> str:
        """The last step of the way here."""
        return self.pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")

    def member(self, name: str, default: Any = MISSING) -> "Place":
        """A member of an object, or what stands for it where there is none."""
        value = self.value.get(name, default)
        if value is MISSING:
            raise NotUnderstood(f"{self.pointer}{step(name)}: is missing")
        return Place(self.document, value, self.pointer + step(name))

    def members(self) -> dict[str, "Place"]:
        """Every member of an object."""
        return {name: self.member(name) for name in self.value}

    def items(self) -> list["Place"]:
        """Every item of a list."""
        return [Place(self.document, one, self.pointer + step(place)) for place, one in enumerate(self.value)]

    def get(self, name: str, default: Any = None) -> Any:
        """The plain value of a member."""
        return self.value.get(name, default) if isinstance(self.value, Mapping) else default

    def resolved(self) -> "Place":
        """What a reference leads to, through any number of them."""
        place, seen = self, set[str]()
        while isinstance(reference := place.get("$ref"), str):
            if reference in seen:
                raise NotUnderstood(f"{place.pointer}: leads to itself")
            seen.add(reference)
            place = place.target(reference)
        return place

    def target(self, reference: str) -> "Place":
        """What one reference of this document leads to."""
        if not reference.startswith("#"):
            raise NotUnderstood(f"{self.pointer}: {reference} is not in this document")
        place = Place(self.document, self.document)
        for one in unquote(reference.removeprefix("#")).split("/")[1:]:
            place = place.member(one.replace("~1", "/").replace("~0", "~"))
        return place


@dataclass
class Comparison:
    """Two documents being compared: what was found, and what need not be looked at again."""

    today: date
    found: list[Change] = field(default_factory=list)
    where: str = ""
    """The operation, and which part of it, or the event."""
    _seen: set[tuple[str, ...]] = field(default_factory=set)

    def is_new(self, side: Side, old: Place, new: Place) -> bool:
        """Were these two not compared yet? A component is, once as it is sent and once as it is read."""
        # Not by the place alone: one may hold several alternatives.
        key = (side.value, old.pointer, new.pointer, text_of(old.value), text_of(new.value))
        is_new = key not in self._seen
        self._seen.add(key)
        return is_new

    def say(self, what: str, at: Place, sentence: str, *, breaking: bool, until: date | None = None) -> None:
        """Note a change."""
        self.found.append(Change(self.where, at.pointer, what, breaking, sentence, until))

    def removed(self, what: str, old: Place, sentence: str) -> None:
        """Note that something is gone: it may be, once the day for which this was announced has come."""
        until = sunset_of(old)
        announced = until is not None and until <= self.today
        if until and not announced:
            sentence += f"; it was announced to stay until {until}"
        self.say(f"{what} removed", old, sentence, breaking=not announced)

    def announced(self, what: str, old: Place, new: Place) -> None:
        """Compare what was said of when something goes."""
        before, after = sunset_of(old), sunset_of(new)
        if (new.get("deprecated") and not old.get("deprecated")) or (after and not before):
            sentence = f"{what} may be gone from {after} on" if after else f"{what} is deprecated, until further notice"
            self.say("deprecated", new, sentence, breaking=False, until=after)
        if before and after and after < before:
            self.say("sunset advanced", new, f"{what} was to stay until {before}, now until {after}", breaking=True)


def sunset_of(place: Place) -> date | None:
    """The day from which something may be gone, if it is deprecated and says so."""
    schema = place.get("schema", {})
    for said in (place.value, schema if isinstance(schema, Mapping) else {}):
        if isinstance(said, Mapping) and said.get("deprecated") and (day := said.get("x-sunset")):
            return date.fromisoformat(day)
    return None


def pairs(old: Mapping[str, Place], new: Mapping[str, Place]) -> Iterator[tuple[Place, Place]]:
    """What both have under one name."""
    return ((old[name], new[name]) for name in old if name in new)
