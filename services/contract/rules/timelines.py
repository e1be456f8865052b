"""Rules of the timelines of a territory: its designation, its perimeter and its pair, recomputed as a whole."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from services.contract.reference import ANNOUNCED, LISTED
from services.contract.rules.progress import StateEntry
from shared.events.territory import MandateState, PerimeterChanged, PilotState, TerritoryDesignated

PAIR = ("elu", "industriel")


def designation_timeline(
    former: Sequence[StateEntry], event: TerritoryDesignated | PerimeterChanged
) -> list[StateEntry]:
    """Return the timeline of a territory after an event: designation, changes of its perimeter, closing.

    On each day the territory lies in the Regions of its latest change by then. A correction without a day concerns the
    present perimeter: the changes before it stay.
    """
    first_day = event.designated_on or ANNOUNCED[event.phase]
    present = _entry(event, first_day, "dated" if event.designated_on else "undated", tuple(event.regions))
    changes = [entry for entry in former if entry.state == "changed"]
    effective_on = event.effective_on if isinstance(event, PerimeterChanged) else None
    if effective_on:
        changes = [entry for entry in changes if entry.day < effective_on]
        changes.append(replace(present, day=effective_on, state="changed"))
    elif changes:
        changes[-1] = replace(changes[-1], regions=present.regions)
    # What was before the first change: no later event says it.
    first = replace(present, regions=former[0].regions) if changes and former else present
    for entry in changes:
        if entry.day <= first_day:
            first = replace(first, regions=entry.regions)
    later = [replace(entry, labels=present.labels) for entry in changes if entry.day > first_day]
    listed = LISTED[event.phase]
    if first.state == "undated" and listed > first_day and not any(entry.day <= listed for entry in later):
        later.insert(0, replace(first, day=listed, state="listed"))
    timeline = _split_at_waves([first, *later], event)
    if event.closed_on:
        timeline = [entry for entry in timeline if entry.day < event.closed_on]
        timeline.append(replace(present, day=event.closed_on, state="closed"))
    return [replace(entry, sequence=number) for number, entry in enumerate(timeline, 1)]


def governance_timeline(territory: str, mandates: Iterable[MandateState]) -> list[StateEntry]:
    """Return the governance of a territory day by day: installed while an élu and an industriel are both in office."""
    phase = territory.partition("-")[0]
    pair = [mandate for mandate in mandates if mandate.capacity in PAIR]
    days = sorted({day for mandate in pair for day in (mandate.since, mandate.until) if day})
    found = [StateEntry(f"governance/{territory}", 1, ANNOUNCED[phase], "governance", "incomplete", territory, phase)]
    for day in days:
        seats = {mandate.capacity for mandate in pair if _in_office(mandate, day)}
        state = "installed" if seats == set(PAIR) else "incomplete"
        if state != found[-1].state:
            found.append(replace(found[-1], sequence=len(found) + 1, day=day, state=state))
    return found


def governance(in_office: Iterable[PilotState], *, changed_on: date) -> tuple[str, date]:
    """Return the state of the governance and its first day, by an old event: it lists who is in office alone."""
    since: dict[str, date] = {}
    for pilot in in_office:
        since[pilot.capacity] = min(pilot.since, since.get(pilot.capacity, pilot.since))
    if set(PAIR) <= set(since):
        return "installed", max(since[capacity] for capacity in PAIR)
    return "incomplete", changed_on


def _split_at_waves(timeline: Sequence[StateEntry], event: TerritoryDesignated | PerimeterChanged) -> list[StateEntry]:
    """Return a timeline with the wave and the pilot fact of each day, and an entry on each day that begins one."""
    begins = {wave.since for wave in event.waves or ()} | {event.pilot_from}
    first = timeline[0].day
    split = {entry.day: entry for entry in timeline}
    for day in sorted(day for day in begins if day and day > first and day not in split):
        before = split[max(each for each in split if each < day)]
        # Not `changed`: the next event keeps the changes of the perimeter alone.
        split[day] = replace(before, day=day, state="undated" if before.state == "undated" else "waved")
    return [replace(split[day], labels=_labels(event, day)) for day in sorted(split)]


def _in_office(mandate: MandateState, day: date) -> bool:
    return mandate.since <= day and (mandate.until is None or day < mandate.until)


def _entry(
    event: TerritoryDesignated | PerimeterChanged, day: date, state: str, regions: tuple[str, ...]
) -> StateEntry:
    return StateEntry(
        subject=event.subject,
        sequence=1,
        day=day,
        kind="designation",
        state=state,
        territory=event.territory,
        phase=event.phase,
        regions=regions,
        labels=_labels(event, day),
    )


def _labels(event: TerritoryDesignated | PerimeterChanged, day: date) -> tuple[str, ...]:
    """Return the measures of a day: whether it is a pilot territory, and its wave."""
    is_pilot = None if event.is_pilot and event.pilot_from and day < event.pilot_from else event.is_pilot
    pilot = {True: ("pilot:named",), None: ("pilot:unknown",), False: ()}[is_pilot]
    if event.waves is None:
        return (*pilot, f"wave:{event.wave or 'unknown'}:{{stage}}")
    begun = [wave.wave for wave in event.waves if wave.since is None or wave.since <= day]
    return (*pilot, f"wave:{begun[-1] if begun else 'unknown'}:{{stage}}")
