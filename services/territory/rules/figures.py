"""Rules of declared figures: their value, their unit, their identity, and corrections."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, get_args
from uuid import UUID

from services.territory.errors import (
    CorrectionNotFitting,
    DayNotPlausible,
    FigureAlreadyCorrected,
    PhaseMissing,
    UnitNotFitting,
    ValueNotFitting,
)
from services.territory.models import Figure, Phase
from services.territory.rules.days import LAST_DAY, first_fact, require_plausible
from shared.events.territory import DayPrecision, FigureDeclared, Qualifier, Unit
from shared.problem import FieldError


@dataclass(frozen=True)
class Declaration:
    """A statement of a figure, with `value` or `value_decimal`."""

    metric: str
    day: date
    source: str
    value: int | None = None
    value_decimal: str | None = None
    unit: Unit | None = None
    phase: str | None = None
    day_precision: DayPrecision = "day"
    ends_on: date | None = None
    qualifier: Qualifier = "exact"
    note: str | None = None
    source_id: UUID | None = None
    corrects: UUID | None = None


UNITS: Final[tuple[Unit, ...]] = get_args(Unit)


def words(text: str) -> str:
    """Return a text without blanks around it, and with single blanks inside."""
    return " ".join(text.split())


def exact(value: int | None, value_decimal: str | None) -> str:
    """Return the value of a declaration in decimal digits. Refuse none, and two."""
    if (value is None) == (value_decimal is None):
        raise ValueNotFitting(
            "A figure has one value: give a whole number in `value`, or decimals as a text in `value_decimal`.",
            errors=[FieldError(pointer="/value", detail="give `value` or `value_decimal`, and not both")],
        )
    text = f"{Decimal(value if value is not None else value_decimal or 0):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def rounded(value_decimal: str) -> int:
    """Return a value as a whole number, halves rounded up."""
    return int(Decimal(value_decimal).quantize(Decimal(1), ROUND_HALF_UP))


def last_day(day: date, precision: DayPrecision) -> date:
    """Return the last day of a month or a year that a source gives without a day."""
    if precision == "year":
        return day.replace(month=12, day=31)
    return day.replace(day=monthrange(day.year, day.month)[1]) if precision == "month" else day


def identity(*, metric: str, day: date, phase: str | None, source: str) -> str:
    """Return the key of a declaration: one source declares a metric once for a day and a phase."""
    return f"{metric}:{day}:{phase or ''}:{source}"


def unit_of(metric: str, given: Unit | None, former: Unit | None) -> Unit:
    """Return the unit: of the metric's other figures, else the one that is given, else by the end of its name."""
    if former and given not in (None, former):
        raise UnitNotFitting(
            f"{metric} is declared in {former}: give this `unit`, or declare another metric.",
            errors=[FieldError(pointer="/unit", detail=f"not {former}")],
        )
    by_name = [unit for unit in UNITS if metric.endswith(f"_{unit}")]
    return former or given or (by_name[0] if by_name else "count")


def require_whole(value: str, unit: Unit) -> None:
    """Refuse a count with a fraction."""
    if unit == "count" and "." in value:
        raise ValueNotFitting(
            f"{value} is no count: give a whole number, or the `unit` of the value, such as pct.",
            errors=[FieldError(pointer="/value_decimal", detail="a count is a whole number")],
        )


def require_phase(metric: str, phase: str | None, *, needed: bool) -> None:
    """Refuse a figure without a phase where the others of its metric have one."""
    if needed and phase is None:
        raise PhaseMissing(
            f"{metric} is declared for one phase of the programme: give `phase`, 2018 or 2023.",
            errors=[FieldError(pointer="/phase", detail="this is required for the metric")],
        )


def declare(
    id_: UUID,
    stated: Declaration,
    *,
    phase: Phase | None,
    former_unit: Unit | None,
    needs_phase: bool,
    today: date,
    at: datetime,
) -> Figure:
    """Return the figure of a declaration. Its metric has a unit, and perhaps a phase, if it was declared before."""
    day = last_day(stated.day, stated.day_precision)
    require_plausible(day, field="day", today=today, earliest=first_fact(phase))
    if stated.ends_on and not day <= stated.ends_on <= LAST_DAY:
        raise DayNotPlausible(
            f"`ends_on` is {stated.ends_on}: give a day from {day} to {LAST_DAY}.",
            errors=[FieldError(pointer="/ends_on", detail=f"not between {day} and {LAST_DAY}")],
        )
    require_phase(stated.metric, stated.phase, needed=needs_phase)
    value, source = exact(stated.value, stated.value_decimal), words(stated.source)
    unit = unit_of(stated.metric, stated.unit, former_unit)
    require_whole(value, unit)
    return Figure(
        id=id_,
        metric=stated.metric,
        value=rounded(value),
        value_decimal=value,
        unit=unit,
        phase=stated.phase,
        day=day,
        day_precision=stated.day_precision,
        ends_on=stated.ends_on,
        qualifier=stated.qualifier,
        note=stated.note,
        source=source,
        source_id=stated.source_id,
        declared_at=at,
        identity=identity(metric=stated.metric, day=day, phase=stated.phase, source=source),
    )


def correct(former: Figure | None, figure: Figure) -> None:
    """Let a declaration replace a former one of the same metric."""
    if former is None or former.metric != figure.metric:
        advice = f"it is of {former.metric}, which a correction keeps" if former else "GET /v1/figures lists them all"
        raise CorrectionNotFitting(
            f"`corrects` names no figure of the metric {figure.metric}: {advice}.",
            errors=[FieldError(pointer="/corrects", detail="no figure of this metric")],
        )
    if former.corrected_by:
        raise FigureAlreadyCorrected(
            f"This figure is corrected by {former.corrected_by} already: correct that one.",
            corrected_by=str(former.corrected_by),
        )
    former.corrected_by, former.identity = figure.id, None
    figure.corrects = former.id


def latest(figures: Iterable[Figure], as_of: date) -> list[Figure]:
    """Return the figures that hold on a day, one for each metric and phase."""
    held = [figure for figure in figures if figure.day <= as_of and figure.corrected_by is None]
    held.sort(key=lambda figure: (figure.day, figure.declared_at, figure.id))
    last = {(figure.metric, figure.phase): figure for figure in held}
    return [figure for figure in last.values() if figure.ends_on is None or as_of <= figure.ends_on]


def declared(figure: Figure) -> FigureDeclared:
    """Return the event of a declared figure."""
    return FigureDeclared(
        figure_id=figure.id,
        metric=figure.metric,
        value=figure.value,
        day=figure.day,
        source=figure.source,
        value_decimal=figure.value_decimal,
        unit=figure.unit,
        phase=figure.phase,
        day_precision=figure.day_precision,
        ends_on=figure.ends_on,
        qualifier=figure.qualifier,
        source_id=figure.source_id,
        corrects=figure.corrects,
        declared_at=figure.declared_at,
    )
