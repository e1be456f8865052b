"""Rules of the map: the stage of each territory on a day, and its classes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Final

from services.territory.rules.days import first_day
from services.territory.rules.places import TerritoryOnDay
from shared.events.stages import STAGE_LABELS, STAGES, Stage, stage

UNDATED: Final = "undated"
"""Class of territories that were perhaps not designated yet: no source gives the day."""
PAIR: Final = ("elu", "industriel")


@dataclass(frozen=True)
class Mandate:
    """Mandate of a pilot."""

    capacity: str
    since: date
    until: date | None

    def includes(self, day: date) -> bool:
        """Return True if the pilot was in office at the end of a day."""
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True)
class MapClass:
    """Class of the map, with its label in French."""

    code: str
    label: str


STAGE_CLASSES: Final = (
    *(MapClass(code, STAGE_LABELS[code]) for code in STAGES),
    MapClass(UNDATED, "Date de labellisation inconnue"),
)


def stage_of(state: TerritoryOnDay, mandates: Collection[Mandate], contracts: Collection[str]) -> Stage | None:
    """Return the stage of a territory at the end of a day; None: perhaps it was not designated yet.

    `contracts` is the states of its contracts on that day. The service of contracts counts by the same rules.
    """
    installed = all(any(each.capacity == seat and each.includes(state.day) for each in mandates) for seat in PAIR)
    if not _is_designated(state) and not contracts and not _was_installed(mandates, by=state.day):
        return None
    return stage(installed=installed, contracts=contracts)


def count_classes(classes: Sequence[MapClass], items: Iterable[str]) -> Mapping[str, int]:
    """Return the number of territories of each class."""
    found = list(items)
    return {each.code: found.count(each.code) for each in classes}


def _is_designated(state: TerritoryOnDay) -> bool:
    """Return True if a territory was surely designated: by its day, by a list, or by a change of its perimeter."""
    territory = state.territory
    listed_on = territory.programme_phase.listed_on
    if territory.designated_on or (listed_on and listed_on <= state.day):
        return True
    changes = (day for member in territory.memberships for day in (member.entered_on, member.left_on) if day)
    return any(first_day(territory) < day <= state.day for day in changes)


def _was_installed(mandates: Collection[Mandate], *, by: date) -> bool:
    """Return True if a pair was in office on some day by a day."""
    seats = ([each for each in mandates if each.capacity == seat] for seat in PAIR)
    return any(
        one.includes(start) and other.includes(start)
        for one, other in product(*seats)
        if (start := max(one.since, other.since)) <= by
    )
