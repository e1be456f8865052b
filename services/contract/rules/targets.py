"""Rules of targets: their goal, their state on a day, and the territories that are late."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Final, Literal

from services.contract.errors import GoalNotFitting, TargetNotByTerritory, TargetWithdrawn
from services.contract.models import Target
from services.contract.reference import ANNOUNCED
from services.contract.rules.progress import StateEntry, effective
from shared.events.contract import TargetMeasure, TargetSet
from shared.events.stages import stage
from shared.problem import FieldError

COUNTED: Final[Mapping[TargetMeasure, tuple[str, ...]]] = {
    "territories_signed": ("stage:signed",),
    "governance_installed": ("governance",),
    "contracts_signed": ("contract:signed", "contract:ended"),
    "actions_submitted": ("action:sent_up",),
    "actions_validated": ("action:validated",),
}
"""Measure of a target → measures of the counters that it adds up."""
BY_TERRITORY: Final = ("territories_signed", "governance_installed")
"""Measures that each territory reaches or not."""
TERRITORIES: Final = ("territory", "territory:undated")
"""Measures of the territories that are surely designated, and of those that perhaps are."""
LAST_DAY: Final = date(2100, 12, 31)
CONTENT: Final = ("title", "measure", "goal", "phase", "region", "due_on", "source", "source_id")
"""Fields that a change may name."""

TargetState = Literal["open", "reached", "missed", "unknown"]


@dataclass(frozen=True)
class TargetProgress:
    """A target on a day."""

    as_of: date
    value: int
    goal_at_least: int
    goal_at_most: int
    status: TargetState
    burn_up: Sequence[Mapping[str, Any]]

    @property
    def share_pct(self) -> float | None:
        """Share of the goal in percent; None if the goal is not exact, or zero."""
        exact = self.goal_at_least == self.goal_at_most and self.goal_at_least
        return round(100 * self.value / self.goal_at_least, 1) if exact else None


@dataclass(frozen=True)
class LateTerritory:
    """A territory that has not reached a target on a day."""

    territory: str
    stage: str
    designation: Literal["known", "unknown"]
    status: Literal["open", "late", "unknown"]


def write(target: Target, content: Mapping[str, Any]) -> None:
    """Write the content of a target. Refuse a goal or a day that does not fit."""
    require_in_force(target)
    for name, value in content.items():
        setattr(target, name, value)
    if target.goal is None and target.measure not in BY_TERRITORY:
        raise GoalNotFitting(
            f"{target.measure} is not counted by territory: give a number in `goal`.",
            errors=[FieldError(pointer="/goal", detail="this is required for the measure")],
        )
    first = ANNOUNCED[target.phase]
    if not first <= target.due_on <= LAST_DAY:
        raise GoalNotFitting(
            f"`due_on` is {target.due_on}: give a day from {first}, when the phase was announced, to {LAST_DAY}.",
            errors=[FieldError(pointer="/due_on", detail=f"not between {first} and {LAST_DAY}")],
        )


def withdraw(target: Target, *, at: datetime) -> None:
    """Withdraw a target: it stays readable."""
    require_in_force(target)
    target.withdrawn_at = at


def require_in_force(target: Target) -> None:
    """Refuse to change a target that was withdrawn."""
    if target.withdrawn_at:
        raise TargetWithdrawn(f"This target was withdrawn on {target.withdrawn_at:%Y-%m-%d}: set a new one.")


def is_set(target: Target, *, at: datetime) -> TargetSet:
    """Return the event of a target that was set, changed or withdrawn."""
    return TargetSet(
        target_id=target.id,
        **{name: getattr(target, name) for name in CONTENT},
        is_withdrawn=target.withdrawn_at is not None,
        set_at=at,
        regions=[target.region] if target.region else [],
    )


def days_of_burn_up(phase: str, *, as_of: date, due_on: date, asked: Sequence[date] | None) -> list[date]:
    """Return the days that a burn-up shows: those asked for, or the end of each month, the due day and `as_of`."""
    if asked:
        return sorted({*asked, as_of})
    days = {as_of, *([due_on] if due_on <= as_of else [])}
    first = ANNOUNCED[phase].replace(day=1)
    while (end := _next_month(first) - timedelta(1)) <= as_of:
        days.add(end)
        first = _next_month(first)
    return sorted(days)


def progress(
    target: Target, counts: Mapping[date, Mapping[str, int]], *, as_of: date, shown: Sequence[date]
) -> TargetProgress:
    """Return a target on a day, from the counts of the days that are shown and of the day that decides."""
    decisive = min(as_of, target.due_on)
    value = _value(target, counts[decisive])
    least, most = _goal(target, counts[decisive])
    if value >= most:
        status: TargetState = "reached"
    elif as_of <= target.due_on:
        status = "open"
    else:
        status = "missed" if value < least else "unknown"
    now_least, now_most = _goal(target, counts[as_of])
    burn_up = [{"day": day, "value": _value(target, counts[day])} for day in shown]
    return TargetProgress(as_of, _value(target, counts[as_of]), now_least, now_most, status, burn_up)


def late(target: Target, entries: Iterable[StateEntry], *, as_of: date) -> dict[str, LateTerritory]:
    """Return the territories that have not reached a target by a day, from their timelines up to it.

    They are those that the goal counts: in the programme on the day of the target, or on `as_of` before it. One that
    was perhaps not yet designated on that day is late only if it was: its status is unknown, as that of the target.
    """
    if target.measure not in BY_TERRITORY:
        raise TargetNotByTerritory(
            f"{target.measure} is not counted by territory: read GET /v1/targets/{target.id}/progress."
        )
    found = {}
    decisive = min(as_of, target.due_on)
    by_territory = sorted(entries, key=lambda entry: (entry.territory, entry.subject))
    for key, of_territory in groupby(by_territory, key=lambda entry: entry.territory):
        timelines = [effective(timeline) for _, timeline in groupby(of_territory, key=lambda entry: entry.subject)]
        current = [timeline[-1] for timeline in timelines]
        label = _designation(entry for timeline in timelines for entry in timeline if entry.day <= decisive)
        last = _designation(current)
        if label is None or last is None or "closed" in (label.state, last.state):
            continue
        if target.region and target.region not in label.regions:
            continue
        installed = any(entry.kind == "governance" and entry.state == "installed" for entry in current)
        reached = stage(installed=installed, contracts=[entry.state for entry in current if entry.kind == "contract"])
        if installed if target.measure == "governance_installed" else reached == "signed":
            continue
        acted = any(
            entry.kind == "contract" or entry.state == "installed"
            for timeline in timelines
            for entry in timeline
            if entry.day <= decisive
        )
        certain = label.state != "undated" or acted
        status: Literal["late", "unknown"] = "late" if certain else "unknown"
        found[key] = LateTerritory(
            key, reached, "known" if certain else "unknown", status if as_of > target.due_on else "open"
        )
    return found


def _designation(entries: Iterable[StateEntry]) -> StateEntry | None:
    """Return the last of the designation entries of a territory."""
    found = [entry for entry in entries if entry.kind == "designation"]
    return found[-1] if found else None


def _value(target: Target, counts: Mapping[str, int]) -> int:
    return sum(counts.get(measure, 0) for measure in COUNTED[target.measure])


def _goal(target: Target, counts: Mapping[str, int]) -> tuple[int, int]:
    """Return the bounds of the goal on a day."""
    if target.goal is not None:
        return target.goal, target.goal
    sure, unsure = (counts.get(measure, 0) for measure in TERRITORIES)
    return sure, sure + unsure


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(4)).replace(day=1)
