"""Phases, axes, declared figures."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.errors import CodeNotKnown, FigureNotFound
from services.territory.models import Axis, Figure, Phase
from services.territory.queries.documents import require_source
from services.territory.queries.filters import FigureFilters
from services.territory.queries.territories import access_scope_of
from services.territory.rules import figures as rules
from services.territory.rules.days import require_readable
from shared.clock import today
from shared.events.territory import Unit
from shared.http.collection import PublicCollection
from shared.http.pagination import PageRequest, Slice, page, page_of
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
    if filters.as_of:
        require_readable(filters.as_of, today=today())
    if filters.known_at:
        return page_of(await _known(session, filters, filters.known_at), pagination, order=_place)
    statement = select(Figure).where(*(column == value for column, value in wanted.items() if value))
    if filters.as_of:
        statement = statement.where(Figure.id.in_(_latest(filters.as_of)))
    elif filters.show == "current":
        statement = statement.where(Figure.corrected_by.is_(None))
    return await _figures.page(session, statement, pagination)


async def _known(session: AsyncSession, filters: FigureFilters, known_at: datetime) -> list[Figure]:
    """Return the figures that a list asks for, as they were known at a moment. They are few hundred."""
    figures = await _figures.known(session, known_at)
    if filters.as_of:
        figures = rules.latest(figures, filters.as_of)
    elif filters.show == "current":
        figures = [figure for figure in figures if figure.corrected_by is None]
    return [
        figure
        for figure in figures
        if filters.metric in (None, figure.metric)
        and filters.phase in (None, figure.phase)
        and filters.unit in (None, figure.unit)
        and filters.source_id in (None, figure.source_id)
    ]


def _place(figure: Figure) -> tuple[str, str, str]:
    return figure.metric, figure.day.isoformat(), str(figure.id)


async def metric_of(session: AsyncSession, metric: str, *, besides: UUID | None = None) -> tuple[Unit | None, bool]:
    """Return the unit of a metric's current figures, and True if they are counted phase by phase.

    A figure that is corrected, or that is about to be (`besides`), says nothing of its metric any more.
    """
    statement = select(Figure.unit, Figure.phase).where(Figure.metric == metric, Figure.corrected_by.is_(None))
    if besides:
        statement = statement.where(Figure.id != besides)
    rows = (await session.execute(statement)).all()
    return next((row.unit for row in rows), None), any(row.phase for row in rows)


async def get_former_figure(session: AsyncSession, figure_id: UUID) -> Figure | None:
    """Return a figure that is to be corrected, locked."""
    return await session.get(Figure, figure_id, with_for_update=True)


def _latest(as_of: date) -> Select[tuple[UUID]]:
    """Select the ids of the figures that hold on a day, one for each metric and phase: `rules.latest`, in SQL."""
    # Reference data of one load has one time of declaration: the id only makes the order total.
    order = (Figure.day.desc(), Figure.declared_at.desc(), Figure.id.desc())
    place = func.row_number().over(partition_by=(Figure.metric, Figure.phase), order_by=order).label("place")
    held = select(Figure.id, Figure.ends_on, place).where(Figure.day <= as_of, Figure.corrected_by.is_(None))
    ranked = held.subquery()
    return select(ranked.c.id).where(ranked.c.place == 1, or_(ranked.c.ends_on.is_(None), ranked.c.ends_on >= as_of))


async def _require_metric(session: AsyncSession, metric: str) -> None:
    if await session.scalar(select(Figure.id).where(Figure.metric == metric).limit(1)) is None:
        raise CodeNotKnown(
            f"No figure of the metric {metric} was ever declared: GET /v1/figures lists all of them.",
            errors=[FieldError(parameter="metric", detail=f"{metric} is unknown")],
        )
