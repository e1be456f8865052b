"""Progress at a date: `/v1/progress`."""

from typing import Annotated, Any

from fastapi import Depends, Query

from services.contract import permissions, queries
from services.contract.api.dependencies import Reading
from services.contract.errors import DayNotPlausible
from services.contract.schemas import ProgressOut
from shared.clock import today
from shared.events.codes import PhaseCode, RegionCode
from shared.http.routing import Router, Tag
from shared.http.schemas import Day
from shared.problem import documented
from shared.security.access import Caller
from shared.security.dependencies import allowed

router = Router(tags=[Tag("Progress", "The figures of the programme, as of any day.")])

Anyone = Annotated[Caller, Depends(allowed(permissions.READ_PROGRESS))]


@router.get("/v1/progress", response_model=ProgressOut, responses=documented(DayNotPlausible))
async def read_progress(
    session: Reading,
    _by: Anyone,
    as_of: Annotated[
        Day | None,
        Query(
            description="A day in Paris, read at its end, since the phase was announced; today if absent.",
            examples=["2019-09-24"],
        ),
    ] = None,
    region: Annotated[RegionCode | None, Query(description="INSEE code: this Region alone.", examples=["75"])] = None,
    phase: Annotated[
        PhaseCode | None,
        Query(description="Phase of the programme. If absent, each phase has a section of its own.", examples=["2018"]),
    ] = None,
) -> dict[str, Any]:
    """Territories by stage, contracts by state, sheets by axis, by Region; declared figures beside computed ones."""
    return await queries.read_progress(session, as_of=as_of or today(), region=region, phase=phase)
