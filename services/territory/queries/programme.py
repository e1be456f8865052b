"""Phases, axes, declared figures."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.territory.errors import CodeNotKnown, DayNotPlausible, FigureNotFound
from services.territory.models import Axis, Figure, Phase
from services.territory.queries.documents import require_source
from services.territory.queries.filters import FigureFilters
from services.territory.queries.territories import access_scope_of
from services.territory.rules.days import require_readable
from shared.clock import now, today
from shared.events.territory import Unit
from shared.http.collection import PublicCollection
from shared.http.pagination import PageRequest, Slice, page
from shared.problem import FieldError


def _missing(figure_id: UUID) -> FigureNotFound:
    return FigureNotFound(f"There is no declared figure {figure_id}: GET /v1/figures lists them.")


_figures: Final = PublicCollection(
    Figure, "figure", access_scope_of, order=(Figure.metric, Figure.day, Figure.id), missing=_missing
)
get_figure: Final = _figures.get
figure_changes: Final = _figures.changes
figure_history: Final = _figures.history


async def list_phases(session: AsyncSession, pagination: PageRequest) -> Slice[Phase]:
    """The phases of the programme."""
    return await page(session, select(Phase), pagination, order=(Phase.code,))


async def list_axes(session: AsyncSession, pagination: PageRequest, phase: str | None = None) -> Slice[Axis]:
    """The axes of one phase or of all."""
    statement = select(Axis).where(Axis.phase == phase) if phase else select(Axis)
    return await page(session, statement, pagination, order=(Axis.phase, Axis.rank))


async def list_figures(session: AsyncSession, filters: FigureFilters, pagination: PageRequest) -> Slice[Figure]:
    """Every declaration; with `as_of`, of each metric and phase the latest up to that day."""
    if filters.metric:
        await _require_metric(session, filters.metric)
    await require_source(session, filters.source_id, parameter="source_id")
    wanted = {
        Figure.metric: filters.metric,
        Figure.phase: filters.phase,
        Figure.unit: filters.unit,
        Figure.source_id: filters.source_id,
    }
    statement = select(Figure).where(*(column == value for column, value in wanted.items() if value))
    if filters.known_at:
        _require_past(filters.known_at)
        statement = statement.where(Figure.declared_at <= filters.known_at)
    if filters.as_of:
        require_readable(filters.as_of, today=today())
        statement = statement.where(Figure.id.in_(_latest(filters.as_of, filters.known_at)))
    elif filters.show == "current":
        statement = statement.where(_is_current(filters.known_at))
    return await _figures.page(session, statement, pagination)


async def metric_of(session: AsyncSession, metric: str) -> tuple[Unit | None, bool]:
    """Return the unit of a metric's figures, and True if they are counted phase by phase."""
    rows = (await session.execute(select(Figure.unit, Figure.phase).where(Figure.metric == metric))).all()
    return next((row.unit for row in rows), None), any(row.phase for row in rows)


async def get_former_figure(session: AsyncSession, figure_id: UUID) -> Figure | None:
    """Return a figure that is to be corrected, locked."""
    return await session.get(Figure, figure_id, with_for_update=True)


def _is_current(known_at: datetime | None) -> ColumnElement[bool]:
    """Return the condition that no correction was recorded by then."""
    if known_at is None:
        return Figure.corrected_by.is_(None)
    correction = aliased(Figure)
    later = select(correction.id).where(correction.corrects == Figure.id, correction.declared_at <= known_at)
    return ~later.exists()


def _latest(as_of: date, known_at: datetime | None) -> Select[tuple[UUID]]:
    """Select the ids of the figures that hold on a day, one for each metric and phase."""
    # Reference data of one load has one time of declaration: the id only makes the order total.
    order = (Figure.day.desc(), Figure.declared_at.desc(), Figure.id.desc())
    place = func.row_number().over(partition_by=(Figure.metric, Figure.phase), order_by=order).label("place")
    held = select(Figure.id, Figure.ends_on, place).where(Figure.day <= as_of, _is_current(known_at))
    if known_at is not None:
        held = held.where(Figure.declared_at <= known_at)
    ranked = held.subquery()
    return select(ranked.c.id).where(ranked.c.place == 1, or_(ranked.c.ends_on.is_(None), ranked.c.ends_on >= as_of))


async def _require_metric(session: AsyncSession, metric: str) -> None:
    if await session.scalar(select(Figure.id).where(Figure.metric == metric).limit(1)) is None:
        raise CodeNotKnown(
            f"No figure of the metric {metric} was ever declared: GET /v1/figures lists all of them.",
            errors=[FieldError(parameter="metric", detail=f"{metric} is unknown")],
        )


def _require_past(known_at: datetime) -> None:
    if known_at > now():
        raise DayNotPlausible(
            f"`known_at` is in the future, {known_at.isoformat()}: ask for a moment up to now.",
            errors=[FieldError(parameter="known_at", detail="in the future")],
        )
