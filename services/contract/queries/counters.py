"""Read the counters and the timelines behind them: few sums, for any number of sheets."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.contract.models import ProgressCounter, TimelineEntry
from services.contract.rules.progress import NATION, WITHOUT_STAGE, StateEntry

Counts = Mapping[tuple[str, str], Mapping[str, int]]
"""(measure, Region) → axis → count."""


async def counts_on(
    session: AsyncSession, as_of: date, *, region: str | None, phases: Collection[str]
) -> dict[str, Counts]:
    """Return all counts at the end of a day, by phase."""
    counter = ProgressCounter
    columns = (counter.phase, counter.measure, counter.region, counter.axis)
    statement = (
        select(*columns, func.sum(counter.count))
        .where(_counted_by(as_of), counter.phase.in_(phases))
        .group_by(*columns)
    )
    if region:
        statement = statement.where(counter.region == region)
    found: dict[str, dict[tuple[str, str], dict[str, int]]] = {phase: defaultdict(dict) for phase in phases}
    for phase, measure, code, axis, count in await session.execute(statement):
        found[phase][measure, code][axis] = int(count)
    return dict(found)


async def counts_by_day(
    session: AsyncSession, days: Collection[date], *, measures: Iterable[str], phase: str, region: str | None = None
) -> dict[date, dict[str, int]]:
    """Return the counts of some measures at the end of each of some days, in one statement."""
    counter = ProgressCounter
    ordered = sorted(set(days))
    if not ordered:
        return {}
    rows = await session.execute(
        select(counter.measure, counter.grain, counter.start, func.sum(counter.count))
        .where(
            _counted_on_any(ordered),
            counter.measure.in_(set(measures)),
            counter.phase == phase,
            counter.region == (region or NATION),
        )
        .group_by(counter.measure, counter.grain, counter.start)
        .order_by(counter.start)
    )
    changes: dict[str, dict[str, list[tuple[date, int]]]] = defaultdict(lambda: defaultdict(list))
    for measure, grain, start, count in rows:
        changes[measure][grain].append((start, int(count)))
    return {day: {measure: _total(by_grain, day) for measure, by_grain in changes.items()} for day in ordered}


async def timelines_beside(session: AsyncSession, entries: Sequence[StateEntry]) -> list[StateEntry]:
    """Return the entries of the timelines related to entries of one kind.

    For a sheet: its own and those of its requests. For a kind that gives no stage, such as a party: its own. Otherwise:
    those of the whole territory.
    """
    subjects = {entry.subject for entry in entries}
    match entries[0].kind:
        case "action":
            related = or_(TimelineEntry.subject.in_(subjects), TimelineEntry.about.in_(subjects))
        case "request":
            related = TimelineEntry.subject.in_(subjects | {entry.about for entry in entries if entry.about})
        case kind if kind in WITHOUT_STAGE:
            related = TimelineEntry.subject.in_(subjects)
        case _:
            return await timelines_of(session, {entry.territory for entry in entries})
    return await _entries(session, related)


async def timelines_of(session: AsyncSession, territories: Collection[str]) -> list[StateEntry]:
    """Return the entries that change the stage of some territories."""
    return await _entries(
        session, and_(TimelineEntry.territory.in_(territories), TimelineEntry.kind.not_in(WITHOUT_STAGE))
    )


async def timelines_of_phase(session: AsyncSession, phase: str, *, as_of: date) -> list[StateEntry]:
    """Return the entries by a day that change the stage of the territories of a phase."""
    return await _entries(
        session,
        and_(TimelineEntry.phase == phase, TimelineEntry.kind.not_in(WITHOUT_STAGE), TimelineEntry.day <= as_of),
    )


async def _entries(session: AsyncSession, related: ColumnElement[bool]) -> list[StateEntry]:
    rows = await session.scalars(
        select(TimelineEntry).where(related).order_by(TimelineEntry.subject, TimelineEntry.sequence)
    )
    return [
        StateEntry(
            subject=row.subject,
            sequence=row.sequence,
            day=row.day,
            kind=row.kind,
            state=row.state,
            territory=row.territory,
            phase=row.phase,
            regions=tuple(row.regions),
            axis=row.axis,
            about=row.about,
            operator=row.operator,
            amount_cents=row.amount_cents,
            labels=tuple(row.labels),
        )
        for row in rows
    ]


def _counted_by(as_of: date) -> ColumnElement[bool]:
    """Return the condition for the counters whose sum is the count at the end of a day."""
    counter = ProgressCounter
    year, month = as_of.replace(month=1, day=1), as_of.replace(day=1)
    return or_(
        and_(counter.grain == "year", counter.start < year),
        and_(counter.grain == "month", counter.start >= year, counter.start < month),
        and_(counter.grain == "day", counter.start >= month, counter.start <= as_of),
    )


def _counted_on_any(days: Sequence[date]) -> ColumnElement[bool]:
    """Return the condition for the counters that make up the counts of several days, which are in order.

    These are the years before the first day, each month from that year on, and the days of the months that are cut.
    """
    counter = ProgressCounter
    year = days[0].replace(month=1, day=1)
    # The last of each month: it needs the days of all others.
    cut = {day.replace(day=1): day for day in days if not _ends_month(day)}
    return or_(
        and_(counter.grain == "year", counter.start < year),
        and_(counter.grain == "month", counter.start >= year, counter.start <= days[-1]),
        *(and_(counter.grain == "day", counter.start >= first, counter.start <= last) for first, last in cut.items()),
    )


def _total(changes: Mapping[str, Sequence[tuple[date, int]]], day: date) -> int:
    """Return the sum of the changes by a day: of all years read, of the months before it, of the days of its month."""
    month = day.replace(day=1)
    whole = day if _ends_month(day) else month - timedelta(days=1)
    return (
        sum(count for _, count in changes["year"])
        + sum(count for start, count in changes["month"] if start <= whole)
        + sum(count for start, count in changes["day"] if whole < start <= day)
    )


def _ends_month(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1
