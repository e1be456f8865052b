"""The counts behind progress."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import groupby
from typing import Any, Final, cast

from sqlalchemy import Table, delete, tuple_
from sqlalchemy.dialects.sqlite import insert

from services.contract import queries
from services.contract.models import ProgressCounter, TimelineEntry
from services.contract.rules.progress import Cell, Line, additions, grains, grown
from shared.storage.unit_of_work import WriteSession
from shared.storage.upserts import fixed

_count_cells: Final = cast("Table", ProgressCounter.__table__)
_KEY: Final = [column.name for column in _count_cells.primary_key]
_added: Final = insert(_count_cells)
_ADD: Final = fixed(
    _added.on_conflict_do_update(
        index_elements=_count_cells.primary_key, set_={"count": _count_cells.c.count + _added.excluded.count}
    ),
    [*_KEY, "count"],
)


async def count(session: WriteSession, **values: Any) -> None:
    """A story has grown by a line: take its old addition off the counts and put the new one on."""
    line = Line(sequence=0, **values)
    before = await queries.timelines_beside(session, line)
    mine = [earlier.sequence for earlier in before if earlier.subject == line.subject]
    line = Line(sequence=max(mine, default=0) + 1, **values)
    session.add(TimelineEntry(**{**vars(line), "regions": list(line.regions)}))
    await session.flush()
    await _add(session, grown(additions(_timelines(before)), additions(_timelines([*before, line]))))


def _timelines(lines: Iterable[Line]) -> list[list[Line]]:
    ordered = sorted(lines, key=lambda line: line.subject)
    return [list(timeline) for _, timeline in groupby(ordered, key=lambda line: line.subject)]


async def _add(session: WriteSession, changes: Mapping[tuple[date, Cell], int]) -> None:
    """Add to the counts of the year, the month and the day."""
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
        # What came to nothing goes: the counts say how things stand, not by which ways they got there.
        changed = tuple_(*_count_cells.primary_key).in_([tuple(row[name] for name in _KEY) for row in rows])
        await session.execute(delete(_count_cells).where(changed, _count_cells.c.count == 0))
