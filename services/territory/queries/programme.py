"""Phases, axes, declared figures."""

from typing import Final
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.errors import FigureNotFound
from services.territory.models import Axis, Figure, Phase
from services.territory.queries.filters import FigureFilters
from services.territory.queries.territories import access_scope_of
from services.territory.rules.days import require_readable
from shared.clock import today
from shared.http.collection import PublicCollection
from shared.http.pagination import PageRequest, Slice, page


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
    """Every declaration; with `as_of`, of each metric the latest up to that day."""
    statement = select(Figure)
    if filters.metric:
        statement = statement.where(Figure.metric == filters.metric)
    if filters.as_of:
        require_readable(filters.as_of, today=today())
        latest = select(Figure.metric, func.max(Figure.day)).where(Figure.day <= filters.as_of).group_by(Figure.metric)
        statement = statement.where(tuple_(Figure.metric, Figure.day).in_(latest))
    return await _figures.page(session, statement, pagination)
