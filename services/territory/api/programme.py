"""The programme: its phases, its axes, the figures declared about it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends

from services.territory import commands, permissions, queries
from services.territory.api.dependencies import Anyone, PhaseFilter, PhaseInPath, Reading, ReadingRow, Writing
from services.territory.api.filters import FigureParameters
from services.territory.errors import (
    CodeNotKnown,
    CorrectionNotFitting,
    DayNotPlausible,
    FigureAlreadyCorrected,
    FigureAlreadyDeclared,
    FigureNotFound,
    PhaseMissing,
    PhaseNotFound,
    SourceNotRegistered,
    UnitNotFitting,
    ValueNotFitting,
)
from services.territory.models import Axis, Figure, Phase
from services.territory.rules.figures import Declaration
from services.territory.schemas import AxisOut, FigureIn, FigureOut, PhaseDetail, PhaseOut
from shared.http.changes import Changes, HistoryLine
from shared.http.pagination import ChangesPagination, Pagination, Slice
from shared.http.routing import Router, Tag, showing
from shared.http.schemas import Page
from shared.problem import documented
from shared.security.access import Caller
from shared.security.dependencies import allowed
from shared.storage.known import MomentNotSettled

router = Router(tags=[Tag("Programme", "Phases, axes and the figures that bodies declared.")])

Declarer = Annotated[Caller, Depends(allowed(permissions.DECLARE_FIGURES))]


@router.get("/v1/phases", response_model=Page[PhaseOut])
async def list_phases(session: Reading, pagination: Pagination, _: Anyone) -> Slice[Phase]:
    """The phases of the programme: 2018-2023 and 2023-2027."""
    return await queries.list_phases(session, pagination)


@router.get("/v1/phases/{code}", response_model=PhaseDetail, responses=documented(PhaseNotFound))
async def read_phase(code: PhaseInPath, session: Reading, _: Anyone) -> Phase:
    """One phase with its stages: their nominal months, and the days on which they really started."""
    return await queries.get_phase(session, code)


@router.get("/v1/axes", response_model=Page[AxisOut])
async def list_axes(session: Reading, pagination: Pagination, _: Anyone, phase: PhaseFilter = None) -> Slice[Axis]:
    """The axes of each phase; one Region added its own."""
    return await queries.list_axes(session, pagination, phase)


@router.get(
    "/v1/figures",
    response_model=Page[FigureOut],
    responses=documented(CodeNotKnown, DayNotPlausible, MomentNotSettled, SourceNotRegistered),
)
async def list_figures(
    session: Reading, pagination: Pagination, filters: Annotated[FigureParameters, Depends()], _: Anyone
) -> Slice[Figure]:
    """Declared follow-up figures; with `as_of`, of each metric and phase the latest declared up to that day."""
    return await queries.list_figures(session, filters, pagination)


@router.get("/v1/figures/changes", response_model=Changes[FigureOut])
async def list_figure_changes(session: Reading, pagination: ChangesPagination, by: Anyone) -> dict[str, Any]:
    """Every change of a declared figure, in order; keep `next` to go on later."""
    return await queries.figure_changes(session, pagination, by=by)


@router.get("/v1/figures/{figure_id}", response_model=FigureOut, responses=documented(FigureNotFound))
async def read_figure(figure_id: UUID, session: ReadingRow, _: Anyone) -> Figure:
    """One declared figure."""
    return await queries.get_figure(session, figure_id)


@router.get("/v1/figures/{figure_id}/history", response_model=Page[HistoryLine], responses=documented(FigureNotFound))
async def read_figure_history(
    figure_id: UUID, session: Reading, pagination: Pagination, _: Anyone
) -> Slice[dict[str, Any]]:
    """History of a declared figure: author, time, reason and changed fields."""
    return await queries.figure_history(session, figure_id, pagination)


@router.post(
    "/v1/figures",
    status_code=201,
    response_model=FigureOut,
    responses=documented(
        FigureAlreadyDeclared,
        FigureAlreadyCorrected,
        CorrectionNotFitting,
        DayNotPlausible,
        PhaseMissing,
        SourceNotRegistered,
        UnitNotFitting,
        ValueNotFitting,
    ),
    openapi_extra=showing(
        metric="contracts_signed",
        value=149,
        phase="2018",
        day="2022-12-31",
        qualifier="at_least",
        note="plus de 140",
        source="data.gouv.fr",
    ),
)
async def declare_figure(body: FigureIn, session: Writing, _: Declarer) -> Figure:
    """Record a figure that a body declared, or the correction of one. It stays beside the computed one."""
    return await commands.declare_figure(session, Declaration(**body.sent()))
