"""Mandates of a territory: its pilots and its project managers."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from services.territory import commands, permissions, queries
from services.territory.api.dependencies import (
    ON_A_DAY,
    TERRITORIES,
    Anyone,
    AsOf,
    PhaseFilter,
    Reading,
    TerritoryInPath,
    Writing,
)
from services.territory.errors import (
    CapacityNotFitting,
    DayNotPlausible,
    MandatesExhausted,
    NothingChanges,
    OrganisationClosed,
    OrganisationElsewhere,
    OrganisationNotRegistered,
    PersonInBothSeats,
    PilotInOffice,
    PilotNotFound,
    PilotNotInOffice,
    TerritoryAmbiguous,
    TerritoryNotFound,
)
from services.territory.models import Pilot
from services.territory.schemas import (
    CancellationIn,
    GovernanceOut,
    MandateCorrectionIn,
    MandateEndIn,
    PilotIn,
    PilotOut,
    PilotsOut,
    ReplacementIn,
)
from shared.http.known_at import KnownAt
from shared.http.routing import Router, showing
from shared.problem import documented
from shared.references import OrganisationDuplicate
from shared.security.access import Caller
from shared.security.dependencies import allowed

router = Router(tags=[TERRITORIES])

# The délégation may also install a pair: a foreign edit is not silent, `PilotAppointed` tells it to everybody.
Appointer = Annotated[Caller, Depends(allowed(permissions.APPOINT_PILOTS))]
Corrector = Annotated[Caller, Depends(allowed(permissions.CORRECT_MANDATES))]


@router.get("/v1/territories/{territory}/pilots", response_model=PilotsOut, responses=ON_A_DAY)
async def list_pilots(
    territory: TerritoryInPath,
    session: Reading,
    _: Anyone,
    phase: PhaseFilter = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> PilotsOut:
    """The mandates of the pair (binôme élu-industriel) and of project managers; with `as_of`, those of a day."""
    found = await queries.get_territory_on(session, territory, phase=phase, as_of=as_of, known_at=known_at)
    return PilotsOut.of(found, queries.day_asked(as_of, known_at), known_at)


@router.get("/v1/territories/{territory}/governance", response_model=GovernanceOut, responses=ON_A_DAY)
async def read_governance(
    territory: TerritoryInPath,
    session: Reading,
    _: Anyone,
    phase: PhaseFilter = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> queries.GovernanceState:
    """Checklist of the governance (mise en place de la gouvernance), today or on a day: what stands, what to do."""
    return await queries.read_governance(session, territory, phase=phase, as_of=as_of, known_at=known_at)


@router.post(
    "/v1/territories/{territory}/pilots",
    status_code=201,
    response_model=PilotOut,
    responses=documented(
        TerritoryNotFound,
        TerritoryAmbiguous,
        PilotInOffice,
        PersonInBothSeats,
        MandatesExhausted,
        CapacityNotFitting,
        OrganisationElsewhere,
        DayNotPlausible,
        OrganisationNotRegistered,
        OrganisationDuplicate,
        OrganisationClosed,
    ),
)
async def appoint_pilot(territory: TerritoryInPath, body: PilotIn, session: Writing, by: Appointer) -> Pilot:
    """A pilot or a project manager takes office. On each day there is one élu and one industriel at most.

    A mandate that has ended may be recorded with its `until`.
    """
    return await commands.appoint_pilot(session, territory, **body.sent(), by=by)


@router.post(
    "/v1/territories/{territory}/pilots/{pilot_id}/replace",
    status_code=201,
    response_model=PilotOut,
    responses=documented(
        TerritoryNotFound,
        PilotNotFound,
        TerritoryAmbiguous,
        PilotInOffice,
        PersonInBothSeats,
        PilotNotInOffice,
        MandatesExhausted,
        CapacityNotFitting,
        OrganisationElsewhere,
        DayNotPlausible,
        OrganisationNotRegistered,
        OrganisationDuplicate,
        OrganisationClosed,
    ),
    openapi_extra=showing(since="2020-07-15", person_id="0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e78"),
)
async def replace_pilot(
    territory: TerritoryInPath, pilot_id: UUID, body: ReplacementIn, session: Writing, by: Appointer
) -> Pilot:
    """A pilot leaves office and another takes it the same day: one act, answered with the new mandate."""
    return await commands.replace_pilot(session, territory, pilot_id, **body.sent(), by=by)


@router.post(
    "/v1/territories/{territory}/pilots/{pilot_id}/end",
    response_model=PilotOut,
    responses=documented(TerritoryNotFound, PilotNotFound, TerritoryAmbiguous, PilotNotInOffice, DayNotPlausible),
    openapi_extra=showing(until="2020-07-15"),
)
async def end_mandate(
    territory: TerritoryInPath, pilot_id: UUID, body: MandateEndIn, session: Writing, by: Appointer
) -> Pilot:
    """A pilot leaves office and nobody takes it yet."""
    return await commands.end_mandate(session, territory, pilot_id, **body.sent(), by=by)


@router.post(
    "/v1/territories/{territory}/pilots/{pilot_id}/correct",
    response_model=PilotOut,
    responses=documented(
        TerritoryNotFound,
        PilotNotFound,
        TerritoryAmbiguous,
        PilotInOffice,
        PersonInBothSeats,
        MandatesExhausted,
        CapacityNotFitting,
        OrganisationElsewhere,
        DayNotPlausible,
        NothingChanges,
        OrganisationNotRegistered,
        OrganisationDuplicate,
        OrganisationClosed,
    ),
    openapi_extra=showing(since="2019-04-01"),
)
async def correct_mandate(
    territory: TerritoryInPath, pilot_id: UUID, body: MandateCorrectionIn, session: Writing, by: Corrector
) -> Pilot:
    """Correct the days or the organisation of a mandate that was recorded wrongly; the délégation alone does."""
    return await commands.correct_mandate(session, territory, pilot_id, **body.sent(), by=by)


@router.post(
    "/v1/territories/{territory}/pilots/{pilot_id}/cancel",
    response_model=PilotOut,
    responses=documented(TerritoryNotFound, PilotNotFound, TerritoryAmbiguous),
)
async def cancel_mandate(
    territory: TerritoryInPath, pilot_id: UUID, body: CancellationIn, session: Writing, by: Corrector
) -> Pilot:
    """Take out a mandate that was recorded by mistake: it counts on no day, and the history keeps it."""
    return await commands.cancel_mandate(session, territory, pilot_id, **body.sent(), by=by)
