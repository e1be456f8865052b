"""Progress: how things stand on a day, from what was told of them, and what that adds to the counts.

Each thing that is counted has a *story*: lines in the order of its events, each with the day from which it holds. On a
day, the last line told among those that hold by then is the one that counts; so an event told late, but of an earlier
day, takes its place without disturbing the others. What a thing adds to the counts is a function of its stories alone:
when a story grows, the old addition is taken off and the new one put on.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, NamedTuple

from services.contract.rules import transitions
from shared.events.contract import ContractStatus
from shared.events.territory import PilotState

NATION: Final = ""

STAGES: Final = ("designated", "governance_installed", "drafting", "under_review", "approved", "signing", "signed")
"""The stages of a territory, in order."""
CONTRACT_STATES: Final[tuple[ContractStatus, ...]] = tuple(transitions.CONTRACT)
STAGE_OF_CONTRACT: Final[Mapping[str, str]] = {
    "draft": "drafting",
    "under_review": "under_review",
    "approved": "approved",
    "signing": "signing",
    "signed": "signed",
    # A contract that ran its course was signed; one that was cancelled leaves its territory where the others stand.
    "ended": "signed",
}


MEASURES: Final[Mapping[str, tuple[str, ...]]] = {
    # A sheet counts under its state and, having once been sent up, under that too.
    "action": ("action:sent_up", "action:{state}"),
    "contract": ("contract:{state}",),
    "party": ("party:{state}",),
}
"""Measures by kind of subject. Territories count by stage, requests by amount."""
OF_THEIR_OWN: Final = ("action", "party", "request")
"""Kinds that do not move the stage of their territory."""
HELPS: Final = "helps:"
CENTS: Final = "cents:"
"""Requests that an operator accepted or has done, and their amounts; the operator's SIREN follows."""
AGREED: Final = ("accepted", "done")


@dataclass(frozen=True)
class Line:
    """From a day on, this is how a thing stands."""

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
    """Subject of the action of a request."""
    operator: str | None = None
    amount_cents: int | None = None


class Cell(NamedTuple):
    """One count: of what, where."""

    measure: str
    phase: str
    region: str
    axis: str


Additions = Counter[tuple[date, Cell]]
"""By how much a thing changes each count, on each day."""


def standing(timeline: Iterable[Line]) -> list[Line]:
    """The lines of one subject that count on some day, in the order of their days."""
    counted: list[Line] = []
    for line in sorted(timeline, key=lambda line: line.sequence):
        while counted and counted[-1].day >= line.day:
            counted.pop()
        counted.append(line)
    return counted


def additions(timelines: Iterable[Iterable[Line]]) -> Additions:
    """Return what the timelines of a territory, its contracts and its sheets add to the counters."""
    standing_timelines = [lines for timeline in timelines if (lines := standing(timeline))]
    sheets = {lines[0].subject: lines for lines in standing_timelines if lines[0].kind == "action"}
    total: Additions = Counter()
    for lines in standing_timelines:
        if lines[0].kind in MEASURES:
            total.update(_spans([(line.day, _cells(line)) for line in lines]))
        elif lines[0].kind == "request":
            total.update(_spans(_help(lines, sheets.get(lines[0].about or "", []))))
    for territory in {lines[0].territory for lines in standing_timelines}:
        total.update(_spans(_stages([lines for lines in standing_timelines if lines[0].territory == territory])))
    return Counter({key: count for key, count in total.items() if count})


def grown(before: Additions, after: Additions) -> dict[tuple[date, Cell], int]:
    """Return the difference of the counters after timelines have grown."""
    changed = {key: after[key] - before[key] for key in {*before, *after}}
    return {key: count for key, count in changed.items() if count}


def stage(*, installed: bool, contracts: Collection[str]) -> str:
    """Return the stage of a territory: of its most advanced contract, else governance, else label."""
    stages = [STAGE_OF_CONTRACT[state] for state in contracts if state in STAGE_OF_CONTRACT]
    return max([*stages, "governance_installed" if installed else "designated"], key=STAGES.index)


def governance(in_office: Collection[PilotState], *, changed_on: date) -> tuple[str, date]:
    """Installed while an élu and an industriel are in office, from the day on which the second of them is."""
    since: dict[str, date] = {}
    for pilot in in_office:
        since[pilot.capacity] = min(pilot.since, since.get(pilot.capacity, pilot.since))
    if {"elu", "industriel"} <= set(since):
        return "installed", max(since["elu"], since["industriel"])
    return "incomplete", changed_on


def grains(day: date) -> tuple[tuple[str, date], tuple[str, date], tuple[str, date]]:
    """The year, the month and the day in which a change is counted."""
    return ("year", day.replace(month=1, day=1)), ("month", day.replace(day=1)), ("day", day)


def _spans(changes_by_day: Sequence[tuple[date, Mapping[Cell, int]]]) -> Additions:
    """Each cell is counted from its day to the day of the next step."""
    total: Additions = Counter()
    for index, (day, cells) in enumerate(changes_by_day):
        total.update({(day, cell): count for cell, count in cells.items()})
        if index + 1 < len(changes_by_day):
            total.subtract({(changes_by_day[index + 1][0], cell): count for cell, count in cells.items()})
    return total


def _cells(line: Line) -> Mapping[Cell, int]:
    return _everywhere(line, [measure.format(state=line.state) for measure in MEASURES[line.kind]])


def _everywhere(line: Line, measures: Iterable[str], *, count: int = 1) -> dict[Cell, int]:
    """In each of its Regions, and once in the nation."""
    return {
        Cell(measure, line.phase, region, line.axis): count
        for measure in measures
        for region in (NATION, *line.regions)
    }


def _help(answers: Sequence[Line], sheet: Sequence[Line]) -> list[tuple[date, Mapping[Cell, int]]]:
    """Return what a request adds by day, under the main axis of its action on that day."""
    changes_by_day: list[tuple[date, Mapping[Cell, int]]] = []
    for day in sorted({line.day for line in (*answers, *sheet)}):
        answer, action = _on(answers, day), _on(sheet, day)
        cells: dict[Cell, int] = {}
        if answer and answer.state in AGREED:
            placed = replace(answer, axis=action.axis if action else "")
            cells |= _everywhere(placed, [f"{HELPS}{answer.operator}"])
            cells |= _everywhere(placed, [f"{CENTS}{answer.operator}"], count=answer.amount_cents or 0)
        changes_by_day.append((day, cells))
    return changes_by_day


def _stages(timelines: Sequence[Sequence[Line]]) -> list[tuple[date, Mapping[Cell, int]]]:
    """A territory's stage from each day on which something of it changed."""
    days = sorted({line.day for timeline in timelines for line in timeline if line.kind not in OF_THEIR_OWN})
    changes_by_day: list[tuple[date, Mapping[Cell, int]]] = []
    for day in days:
        current = [line for timeline in timelines if (line := _on(timeline, day))]
        label = next((line for line in current if line.kind == "designation"), None)
        if label:
            installed = any(line.kind == "governance" and line.state == "installed" for line in current)
            contracts = [line.state for line in current if line.kind == "contract"]
            measures = ["territory", f"stage:{stage(installed=installed, contracts=contracts)}"]
            undated = ["territory:undated"] if label.state == "undated" else []
            changes_by_day.append((day, _everywhere(label, [*measures, *undated])))
    return changes_by_day


def _on(timeline: Sequence[Line], day: date) -> Line | None:
    """The line that counts on a day."""
    return next((line for line in reversed(timeline) if line.day <= day), None)
