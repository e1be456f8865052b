"""Read progress at a date: a sum of few counters, for any number of sheets."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.contract.models import DeclaredFigure, ProgressCounter, TimelineEntry
from services.contract.rules.progress import (
    AGREED_CENTS,
    AGREED_COUNT,
    CONTRACT_STATES,
    NATION,
    STAGES,
    WITHOUT_STAGE,
    StateEntry,
)
from shared.events.contract import ActionStatus

ACTION_STATES: Final[tuple[ActionStatus, ...]] = ("submitted", "returned", "validated", "rejected")
COMPUTED: Final[Mapping[str, str]] = {
    "territories": "territory",
    "contracts_signed": "contract:signed",
    "actions_collected": "action:sent_up",
}
"""Declared metric → measure of the counters for the same fact."""

Counts = Mapping[tuple[str, str, str], int]
"""(measure, Region, axis) → count."""


async def read_progress(session: AsyncSession, *, as_of: date, region: str | None, phase: str | None) -> dict[str, Any]:
    """Return the progress at the end of a day, as a total and by Region."""
    counts = await _counts(session, as_of, region, phase)
    shown = region or NATION
    return {
        "as_of": as_of,
        "phase": phase,
        "region": region,
        "total": _figures(counts, shown),
        "regions": [
            {"region": code, **_figures(counts, code)} for code in sorted({key[1] for key in counts} - {NATION})
        ],
        "declared": [
            {
                "metric": figure.metric,
                "value": figure.value,
                "day": figure.day,
                "source": figure.source,
                "computed": _total(counts, COMPUTED[figure.metric], NATION) if figure.metric in COMPUTED else None,
            }
            for figure in await _declared(session, as_of)
        ]
        if region is None
        else [],
    }


async def timelines_beside(session: AsyncSession, entries: Sequence[StateEntry]) -> list[StateEntry]:
    """Return the entries of the timelines related to entries of one kind.

    For a sheet: its own and those of its requests. For a party: its own. Otherwise: those of the whole territory.
    """
    subjects = {entry.subject for entry in entries}
    match entries[0].kind:
        case "action":
            related = or_(TimelineEntry.subject.in_(subjects), TimelineEntry.about.in_(subjects))
        case "request":
            related = TimelineEntry.subject.in_(subjects | {entry.about for entry in entries if entry.about})
        case "party":
            related = TimelineEntry.subject.in_(subjects)
        case _:
            territories = {entry.territory for entry in entries}
            related = and_(TimelineEntry.territory.in_(territories), TimelineEntry.kind.not_in(WITHOUT_STAGE))
    rows = await session.scalars(select(TimelineEntry).where(related))
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
        )
        for row in rows
    ]


async def _counts(session: AsyncSession, as_of: date, region: str | None, phase: str | None) -> Counts:
    year, month = as_of.replace(month=1, day=1), as_of.replace(day=1)
    statement = (
        select(ProgressCounter.measure, ProgressCounter.region, ProgressCounter.axis, func.sum(ProgressCounter.count))
        .where(
            or_(
                and_(ProgressCounter.grain == "year", ProgressCounter.start < year),
                and_(ProgressCounter.grain == "month", ProgressCounter.start >= year, ProgressCounter.start < month),
                and_(ProgressCounter.grain == "day", ProgressCounter.start >= month, ProgressCounter.start <= as_of),
            )
        )
        .group_by(ProgressCounter.measure, ProgressCounter.region, ProgressCounter.axis)
    )
    if region:
        statement = statement.where(ProgressCounter.region == region)
    if phase:
        statement = statement.where(ProgressCounter.phase == phase)
    return {(measure, code, axis): int(count) for measure, code, axis, count in await session.execute(statement)}


async def _declared(session: AsyncSession, as_of: date) -> Sequence[DeclaredFigure]:
    """Return the last figure of each metric declared by that day."""
    figures = await session.scalars(
        select(DeclaredFigure)
        .where(DeclaredFigure.day <= as_of)
        .order_by(DeclaredFigure.metric, DeclaredFigure.day, DeclaredFigure.figure_id)
    )
    # Ordered by day: the last one of each metric stays.
    return list({figure.metric: figure for figure in figures}.values())


def _figures(counts: Counts, region: str) -> dict[str, Any]:
    return {
        "territories": {
            "designated": _total(counts, "territory", region),
            "undated": _total(counts, "territory:undated", region),
            "by_stage": {stage: _total(counts, f"stage:{stage}", region) for stage in STAGES},
        },
        "contracts": {state: _total(counts, f"contract:{state}", region) for state in CONTRACT_STATES},
        "signatures": {answer: _total(counts, f"party:{answer}", region) for answer in ("given", "declined")},
        "actions": {
            **_sheets(counts, region, None),
            "by_axis": [
                {"axis": axis, **_sheets(counts, region, axis)} for axis in _axes(counts, region, "action:") if axis
            ],
        },
        "operators": [_agreed_requests(counts, region, operator) for operator in _operators(counts, region)],
    }


def _sheets(counts: Counts, region: str, axis: str | None) -> dict[str, int]:
    return {state: _total(counts, f"action:{state}", region, axis) for state in ("sent_up", *ACTION_STATES)}


def _agreed_requests(counts: Counts, region: str, operator: str) -> dict[str, Any]:
    """Return the number and amount of the agreed requests of an operator."""
    number, amount = f"{AGREED_COUNT}{operator}", f"{AGREED_CENTS}{operator}"
    return {
        "operator": operator,
        "requests": _total(counts, number, region),
        "amount_cents": _total(counts, amount, region),
        "by_axis": [
            {
                "axis": axis or None,
                "requests": counts.get((number, region, axis), 0),
                "amount_cents": counts.get((amount, region, axis), 0),
            }
            for axis in _axes(counts, region, number)
        ],
    }


def _operators(counts: Counts, region: str) -> list[str]:
    return sorted(
        {
            measure.removeprefix(AGREED_COUNT)
            for (measure, code, _), count in counts.items()
            if code == region and count and measure.startswith(AGREED_COUNT)
        }
    )


def _axes(counts: Counts, region: str, prefix: str) -> list[str]:
    """Return the axes that measures with this prefix are counted under."""
    return sorted(
        {
            axis
            for (measure, code, axis), count in counts.items()
            if code == region and count and measure.startswith(prefix)
        }
    )


def _total(counts: Counts, measure: str, region: str, axis: str | None = None) -> int:
    return sum(
        count
        for (counted_measure, counted_region, counted_axis), count in counts.items()
        if counted_measure == measure and counted_region == region and axis in (None, counted_axis)
    )
