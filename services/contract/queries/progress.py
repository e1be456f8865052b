"""Read progress at a date: each phase by itself, declared figures beside computed ones."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, get_args

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.contract.models import DeclaredFigure
from services.contract.queries.counters import Counts, counts_by_day, counts_on
from services.contract.queries.records import count_recorded
from services.contract.rules.comparison import DEFINITIONS, computed
from services.contract.rules.days import phases_on, require_readable
from services.contract.rules.progress import (
    AGREED_CENTS,
    AGREED_COUNT,
    CONTRACT_STATES,
    NATION,
    REPORT_STATES,
)
from shared.clock import today
from shared.events.contract import ActionStatus, ContractKind
from shared.events.stages import STAGES
from shared.events.territory import Wave

ACTION_STATES: Final[tuple[ActionStatus, ...]] = ("submitted", "returned", "validated", "rejected", "abandoned")
WAVES: Final[tuple[str, ...]] = (*get_args(Wave), "unknown")
NEVER: Final = datetime.min.replace(tzinfo=UTC)


async def read_progress(session: AsyncSession, *, as_of: date, region: str | None, phase: str | None) -> dict[str, Any]:
    """Return the progress at the end of a day. Phases are never added up.

    Without a phase: of the latest one that was announced by then, and a section for each of them.
    """
    require_readable(as_of, today=today(), phase=phase)
    phases = [phase] if phase else phases_on(as_of)
    counts = await counts_on(session, as_of, region=region, phases=phases)
    recorded = await count_recorded(session, as_of, region=region, phases=phases)
    sections = [
        {
            **await _section(session, counts[code], as_of=as_of, region=region, phase=code),
            "recorded": recorded[code],
        }
        for code in phases
    ]
    return {"as_of": as_of, "region": region, **sections[-1], "phases": [] if phase else sections}


async def _section(
    session: AsyncSession, counts: Counts, *, as_of: date, region: str | None, phase: str
) -> dict[str, Any]:
    return {
        "phase": phase,
        "total": _figures(counts, region or NATION),
        "regions": [
            {"region": code, **_figures(counts, code)} for code in sorted({key[1] for key in counts} - {NATION})
        ],
        "declared": await _compared(session, as_of, phase) if region is None else [],
    }


async def _compared(session: AsyncSession, as_of: date, phase: str) -> list[dict[str, Any]]:
    """Return the last figure of each metric that was declared by a day, with what is counted on its own day."""
    figures = await _declared(session, as_of, phase)
    defined = [figure for figure in figures if figure.metric in DEFINITIONS]
    measures = [
        measure
        for figure in defined
        for measure in (*DEFINITIONS[figure.metric].counted, *DEFINITIONS[figure.metric].unknown)
    ]
    counts = await counts_by_day(session, {figure.day for figure in defined}, measures=measures, phase=phase)
    compared = []
    for figure in figures:
        value, reason = computed(figure, counts.get(figure.day, {}))
        shown = {name: getattr(figure, name) for name in SHOWN}
        compared.append({**shown, "computed": value, "reason": reason})
    return compared


SHOWN: Final = (
    "figure_id", "metric", "value", "value_decimal", "unit", "phase", "qualifier", "day", "day_precision", "ends_on",
    "source", "source_id",
)  # fmt: skip
"""Fields of a declared figure that are shown as they are."""


async def _declared(session: AsyncSession, as_of: date, phase: str) -> Sequence[DeclaredFigure]:
    """Return the last figure of each metric declared for a phase by a day, without those that are corrected."""
    corrected = select(DeclaredFigure.corrects).where(DeclaredFigure.corrects.is_not(None))
    figures = await session.scalars(
        select(DeclaredFigure).where(
            DeclaredFigure.day <= as_of,
            DeclaredFigure.phase == phase,
            DeclaredFigure.figure_id.not_in(corrected),
        )
    )
    last: dict[str, DeclaredFigure] = {}
    for figure in sorted(figures, key=lambda each: (each.day, each.declared_at or NEVER, each.figure_id)):
        last[figure.metric] = figure
    return [figure for _, figure in sorted(last.items()) if figure.ends_on is None or figure.ends_on >= as_of]


def _figures(counts: Counts, region: str) -> dict[str, Any]:
    sure, unsure = _total(counts, "territory", region), _total(counts, "territory:undated", region)
    return {
        "territories": {
            "designated": sure,
            "undated": unsure,
            "at_least": sure,
            "at_most": sure + unsure,
            "with_governance": _total(counts, "governance", region),
            "by_stage": {stage: _total(counts, f"stage:{stage}", region) for stage in STAGES},
            "by_wave": [
                {
                    "wave": None if wave == "unknown" else wave,
                    "by_stage": {stage: _total(counts, f"wave:{wave}:{stage}", region) for stage in STAGES},
                }
                for wave in WAVES
            ],
            "pilots": {name: _total(counts, f"pilot:{name}", region) for name in ("named", "unknown")},
        },
        **{
            f"{kind}s": {state: _total(counts, f"{kind}:{state}", region) for state in CONTRACT_STATES}
            for kind in get_args(ContractKind)
        },
        "signatures": {answer: _total(counts, f"party:{answer}", region) for answer in ("given", "declined")},
        "reports": {state: _total(counts, f"report:{state}", region) for state in REPORT_STATES},
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
                "requests": _total(counts, number, region, axis),
                "amount_cents": _total(counts, amount, region, axis),
            }
            for axis in _axes(counts, region, number)
        ],
    }


def _operators(counts: Counts, region: str) -> list[str]:
    return sorted(
        measure.removeprefix(AGREED_COUNT)
        for (measure, code), by_axis in counts.items()
        if code == region and measure.startswith(AGREED_COUNT) and any(by_axis.values())
    )


def _axes(counts: Counts, region: str, prefix: str) -> list[str]:
    """Return the axes that measures with this prefix are counted under."""
    return sorted(
        {
            axis
            for (measure, code), by_axis in counts.items()
            if code == region and measure.startswith(prefix)
            for axis, count in by_axis.items()
            if count
        }
    )


def _total(counts: Counts, measure: str, region: str, axis: str | None = None) -> int:
    by_axis = counts.get((measure, region), {})
    return sum(by_axis.values()) if axis is None else by_axis.get(axis, 0)
