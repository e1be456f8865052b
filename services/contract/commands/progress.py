"""Update the timelines and counters of progress."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby
from typing import Any, Final, cast

from sqlalchemy import Table, bindparam, delete
from sqlalchemy.dialects.sqlite import insert

from services.contract import queries
from services.contract.models import ProgressCounter, TimelineEntry
from services.contract.rules.progress import Cell, StateEntry, additions, difference, grains
from services.contract.rules.timelines import designation_timeline, governance_timeline
from shared.events.territory import MandateState, PerimeterChanged, TerritoryDesignated
from shared.storage.unit_of_work import WriteSession
from shared.storage.upserts import fixed

_counters: Final = cast("Table", ProgressCounter.__table__)
_KEY: Final = [column.name for column in _counters.primary_key]
_insert: Final = insert(_counters)
_ADD: Final = fixed(
    _insert.on_conflict_do_update(
        index_elements=_counters.primary_key, set_={"count": _counters.c.count + _insert.excluded.count}
    ),
    [*_KEY, "count"],
)
# Without counters that are back at zero the sums are the same, over fewer rows.
_DELETE_ZERO: Final = delete(_counters).where(
    *(column == bindparam(column.name) for column in _counters.primary_key), _counters.c.count == 0
)


async def count(session: WriteSession, **values: Any) -> None:
    """Add an entry to its timeline, at the place of its event, and update the counters by the difference."""
    await count_all(session, [{**values, "sequence": session.transaction.event_sequence or 0}])


async def count_all(session: WriteSession, values: Iterable[Mapping[str, Any]]) -> None:
    """Add entries of one kind to their timelines, and update the counters by the difference.

    An entry has the number of its event, so an event that came late changes no later state. Others come last.
    """
    new = [StateEntry(**{"sequence": 0, **each}) for each in values]
    before = await queries.timelines_beside(session, new)
    last: Counter[str] = Counter()
    for earlier in before:
        last[earlier.subject] = max(last[earlier.subject], earlier.sequence)
    # Entries of before events gave the numbers are numbered as they came: theirs may be taken.
    taken = {(earlier.subject, earlier.sequence) for earlier in before}
    entries = []
    for entry in new:
        has_own = entry.sequence and (entry.subject, entry.sequence) not in taken
        number = entry.sequence if has_own else last[entry.subject] + 1
        last[entry.subject] = max(last[entry.subject], number)
        entries.append(replace(entry, sequence=number))
    await _store(session, entries)
    await _add(session, difference(additions(_timelines(before)), additions(_timelines([*before, *entries]))))


async def count_designations(session: WriteSession, events: Sequence[TerritoryDesignated | PerimeterChanged]) -> None:
    """Replace the designation timelines of territories, event by event."""
    territories = {event.territory for event in events}
    before = await queries.timelines_of(session, territories)
    replaced = {
        subject: [entry for entry in before if entry.subject == subject]
        for subject in {event.subject for event in events}
    }
    for event in events:
        replaced[event.subject] = designation_timeline(replaced[event.subject], event)
    await _replace(session, before, replaced)


async def count_mandates(session: WriteSession, territory: str, mandates: Sequence[MandateState]) -> None:
    """Replace the governance timeline of a territory."""
    before = await queries.timelines_of(session, {territory})
    timeline = governance_timeline(territory, mandates)
    await _replace(session, before, {timeline[0].subject: timeline})


async def _replace(
    session: WriteSession, before: Sequence[StateEntry], replaced: Mapping[str, Sequence[StateEntry]]
) -> None:
    """Replace some of the timelines of territories, and update the counters by the difference."""
    entries = [entry for timeline in replaced.values() for entry in timeline]
    after = [*(entry for entry in before if entry.subject not in replaced), *entries]
    await session.execute(delete(TimelineEntry).where(TimelineEntry.subject.in_(replaced)))
    await _store(session, entries)
    await _add(session, difference(additions(_timelines(before)), additions(_timelines(after))))


async def _store(session: WriteSession, entries: Iterable[StateEntry]) -> None:
    session.add_all(
        TimelineEntry(**{**vars(entry), "regions": list(entry.regions), "labels": list(entry.labels)})
        for entry in entries
    )
    await session.flush()


def _timelines(entries: Iterable[StateEntry]) -> list[list[StateEntry]]:
    ordered = sorted(entries, key=lambda entry: entry.subject)
    return [list(timeline) for _, timeline in groupby(ordered, key=lambda entry: entry.subject)]


async def _add(session: WriteSession, changes: Mapping[tuple[date, Cell], int]) -> None:
    """Add changes to the counters of the year, the month and the day."""
    totals: Counter[tuple[str, date, Cell]] = Counter()
    for (day, cell), change in changes.items():
        for grain, start in grains(day):
            totals[grain, start, cell] += change
    rows = [
        {"grain": grain, "start": start, **cell._asdict(), "count": change}
        for (grain, start, cell), change in sorted(totals.items())
        if change
    ]
    if rows:
        await session.execute(_ADD, rows)
        await session.execute(_DELETE_ZERO, [{name: row[name] for name in _KEY} for row in rows])
