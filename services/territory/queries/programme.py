"""Phases, axes, declared figures."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.errors import UnknownFigure
from services.territory.models import Axis, Figure, Phase
from services.territory.rules.days import require_readable
from shared.clock import today
from shared.http.pagination import PageRequest, Slice, page


@dataclass(frozen=True)
class WantedFigures:
    """Which figures a list is about."""

    metric: str | None = None
    as_of: date | None = None


async def list_phases(session: AsyncSession, pagination: PageRequest) -> Slice[Phase]:
    """The phases of the programme."""
    return await page(session, select(Phase), pagination, order=(Phase.code,))


async def list_axes(session: AsyncSession, pagination: PageRequest, phase: str | None = None) -> Slice[Axis]:
    """The axes of one phase or of all."""
    statement = select(Axis).where(Axis.phase == phase) if phase else select(Axis)
    return await page(session, statement, pagination, order=(Axis.phase, Axis.rank))


async def list_figures(session: AsyncSession, pagination: PageRequest, wanted: WantedFigures) -> Slice[Figure]:
    """Every declaration; with `as_of`, of each metric the latest up to that day."""
    statement = select(Figure)
    if wanted.metric:
        statement = statement.where(Figure.metric == wanted.metric)
    if wanted.as_of:
        require_readable(wanted.as_of, today=today())
        latest = select(Figure.metric, func.max(Figure.day)).where(Figure.day <= wanted.as_of).group_by(Figure.metric)
        statement = statement.where(tuple_(Figure.metric, Figure.day).in_(latest))
    return await page(session, statement, pagination, order=(Figure.metric, Figure.day, Figure.id))


async def get_figure(session: AsyncSession, figure_id: UUID) -> Figure:
    """A declared figure by its id."""
    figure = await session.get(Figure, figure_id)
    if figure is None:
        raise UnknownFigure(f"There is no declared figure {figure_id}: GET /v1/figures lists them.")
    return figure


async def figures_by_id(session: AsyncSession, ids: Collection[str]) -> dict[str, Figure]:
    """The figures of these ids, those there are."""
    found = await session.scalars(select(Figure).where(Figure.id.in_([UUID(one) for one in ids])))
    return {str(one.id): one for one in found}
