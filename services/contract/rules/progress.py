"""Rules of progress: the state of each subject by day, and its part of the counters.

Each subject (territory, contract, party, sheet, request) has a *timeline*: one entry for each of its events. An entry
holds from its day on. On a given day, the last published entry among those that hold by then counts. So a late event
of an earlier day takes its place, and the other entries stay as they are.

What a subject adds to the counters depends on its timelines alone. When a timeline grows, its old additions are
subtracted and its new ones are added.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, NamedTuple

from services.contract.rules import transitions
from shared.events.contract import ContractStatus
from shared.events.stages import stage

NATION: Final = ""

CONTRACT_STATES: Final[tuple[ContractStatus, ...]] = tuple(transitions.CONTRACT)
REPORT_STATES: Final = ("due", "overdue", "submitted", "checked")
MEASURES: Final[Mapping[str, tuple[str, ...]]] = {
    # A sheet was submitted once before it has any other state: it counts as sent up for ever.
    "action": ("action:sent_up", "action:{state}"),
    "contract": ("contract:{state}",),
    "protocol": ("protocol:{state}",),
    "amendment": ("amendment:{state}",),
    "party": ("party:{state}",),
    "report": ("report:{state}",),
}
"""Kind of subject → its measures. Territories count by stage, requests by number and amount."""
WITHOUT_STAGE: Final = ("action", "party", "request", "protocol", "amendment", "report")
"""Kinds of subject that do not change the stage of their territory."""
AGREED_COUNT: Final = "helps:"
AGREED_CENTS: Final = "cents:"
"""Prefixes of two measures of an operator: number and amount (euro cents) of agreed requests. Its SIREN follows."""
AGREED: Final = ("accepted", "done")
"""States of a request that count."""


@dataclass(frozen=True)
class StateEntry:
    """One entry of a timeline: the state of a subject from a day on."""

    subject: str
    sequence: int
    day: date
    kind: str
    state: str
    territory: str
    phase: str
    regions: tuple[str, ...] = ()
    axis: str = ""
    about: str | None = None
    """For a request: the subject of its action sheet."""
    operator: str | None = None
    amount_cents: int | None = None
    labels: tuple[str, ...] = ()
    """For a designation: further measures of the territory, some of them by its stage."""


class Cell(NamedTuple):
    """Key of a counter: what is counted, and where."""

    measure: str
    phase: str
    region: str
    axis: str


Additions = Counter[tuple[date, Cell]]
"""Change of each counter on each day."""


def effective(timeline: Iterable[StateEntry]) -> list[StateEntry]:
    """Return the entries of one subject that count on some day, ordered by day."""
    counted: list[StateEntry] = []
    for entry in sorted(timeline, key=lambda entry: entry.sequence):
        while counted and counted[-1].day >= entry.day:
            counted.pop()
        counted.append(entry)
    return counted


def additions(timelines: Iterable[Iterable[StateEntry]]) -> Additions:
    """Return what the timelines of a territory and its subjects add to the counters."""
    current = [entries for timeline in timelines if (entries := effective(timeline))]
    sheets = {entries[0].subject: entries for entries in current if entries[0].kind == "action"}
    total: Additions = Counter()
    for entries in current:
        if entries[0].kind in MEASURES:
            total.update(_spans([(entry.day, _cells(entry)) for entry in entries]))
        elif entries[0].kind == "request":
            total.update(_spans(_request_changes(entries, sheets.get(entries[0].about or "", []))))
    for territory in {entries[0].territory for entries in current}:
        total.update(_spans(_stage_changes([entries for entries in current if entries[0].territory == territory])))
    return Counter({key: count for key, count in total.items() if count})


def difference(before: Additions, after: Additions) -> dict[tuple[date, Cell], int]:
    """Return what to add to the counters after timelines have grown."""
    changed = {key: after[key] - before[key] for key in {*before, *after}}
    return {key: count for key, count in changed.items() if count}


def grains(day: date) -> tuple[tuple[str, date], tuple[str, date], tuple[str, date]]:
    """Return the year, the month and the day that count a change."""
    return ("year", day.replace(month=1, day=1)), ("month", day.replace(day=1)), ("day", day)


def _spans(changes_by_day: Sequence[tuple[date, Mapping[Cell, int]]]) -> Additions:
    """Count each cell from its day until the day of the next change."""
    total: Additions = Counter()
    for index, (day, cells) in enumerate(changes_by_day):
        total.update({(day, cell): count for cell, count in cells.items()})
        if index + 1 < len(changes_by_day):
            total.subtract({(changes_by_day[index + 1][0], cell): count for cell, count in cells.items()})
    return total


def _cells(entry: StateEntry) -> Mapping[Cell, int]:
    return _everywhere(entry, [measure.format(state=entry.state) for measure in MEASURES[entry.kind]])


def _everywhere(entry: StateEntry, measures: Iterable[str], *, count: int = 1) -> dict[Cell, int]:
    """Return the cells of each Region of an entry, and of the nation."""
    return {
        Cell(measure, entry.phase, region, entry.axis): count
        for measure in measures
        for region in (NATION, *entry.regions)
    }


def _request_changes(
    answers: Sequence[StateEntry], sheet: Sequence[StateEntry]
) -> list[tuple[date, Mapping[Cell, int]]]:
    """Return what a request counts from each day on. It counts under the main axis of its sheet on that day."""
    changes_by_day: list[tuple[date, Mapping[Cell, int]]] = []
    for day in sorted({entry.day for entry in (*answers, *sheet)}):
        answer, action = _entry_on(answers, day), _entry_on(sheet, day)
        cells: dict[Cell, int] = {}
        if answer and answer.state in AGREED:
            located = replace(answer, axis=action.axis if action else "")
            cells |= _everywhere(located, [f"{AGREED_COUNT}{answer.operator}"])
            cells |= _everywhere(located, [f"{AGREED_CENTS}{answer.operator}"], count=answer.amount_cents or 0)
        changes_by_day.append((day, cells))
    return changes_by_day


def _stage_changes(timelines: Sequence[Sequence[StateEntry]]) -> list[tuple[date, Mapping[Cell, int]]]:
    """Return what a territory counts from each day on which one of its subjects changed."""
    days = sorted({entry.day for timeline in timelines for entry in timeline if entry.kind not in WITHOUT_STAGE})
    changes_by_day: list[tuple[date, Mapping[Cell, int]]] = []
    acted = False
    for day in days:
        current = [entry for timeline in timelines if (entry := _entry_on(timeline, day))]
        label = next((entry for entry in current if entry.kind == "designation"), None)
        installed = any(entry.kind == "governance" and entry.state == "installed" for entry in current)
        contracts = [entry.state for entry in current if entry.kind == "contract"]
        # A territory that has a pair or a contract was designated, even if no source gives the day.
        acted = acted or installed or bool(contracts)
        if label:
            measures = _territory_measures(label, installed=installed, contracts=contracts, acted=acted)
            changes_by_day.append((day, _everywhere(label, measures)))
    return changes_by_day


def _territory_measures(
    label: StateEntry, *, installed: bool, contracts: Collection[str], acted: bool
) -> Sequence[str]:
    if label.state == "closed":
        return []
    if label.state == "undated" and not acted:
        return ["territory:undated", *(each for each in label.labels if "{stage}" not in each)]
    reached = stage(installed=installed, contracts=contracts)
    labels = [each.format(stage=reached) for each in label.labels]
    return ["territory", f"stage:{reached}", *(["governance"] if installed else []), *labels]


def _entry_on(timeline: Sequence[StateEntry], day: date) -> StateEntry | None:
    """Return the entry that counts on a day."""
    return next((entry for entry in reversed(timeline) if entry.day <= day), None)
