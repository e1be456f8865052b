"""State referents of a territory (référents de l'État)."""

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
    DayNotPlausible,
    MandatesExhausted,
    OrganisationClosed,
    OrganisationNotRegistered,
    ReferentNotFitting,
    StateReferentInOffice,
    StateReferentNotFound,
    TerritoryAmbiguous,
    TerritoryNotFound,
)
from services.territory.models import StateReferent
from services.territory.schemas import (
    CancellationIn,
    MandateEndIn,
    StateReferentIn,
    StateReferentOut,
    StateReferentsOut,
)
from shared.http.known_at import KnownAt
from shared.http.routing import Router, showing
from shared.problem import documented
from shared.references import OrganisationDuplicate
from shared.security.access import Caller
from shared.security.dependencies import allowed

router = Router(tags=[TERRITORIES])

Appointer = Annotated[Caller, Depends(allowed(permissions.APPOINT_PILOTS))]
Corrector = Annotated[Caller, Depends(allowed(permissions.CORRECT_MANDATES))]


@router.get("/v1/territories/{territory}/state-referents", response_model=StateReferentsOut, responses=ON_A_DAY)
async def list_state_referents(
    territory: TerritoryInPath,
    session: Reading,
    _: Anyone,
    phase: PhaseFilter = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> StateReferentsOut:
    """The State referents of a territory, past and present; with `as_of`, the one of a day."""
    found = await queries.get_territory_on(session, territory, phase=phase, as_of=as_of, known_at=known_at)
    return StateReferentsOut.of(found, queries.day_asked(as_of, known_at), known_at)


@router.post(
    "/v1/territories/{territory}/state-referents",
    status_code=201,
    response_model=StateReferentOut,
    responses=documented(
        TerritoryNotFound,
        TerritoryAmbiguous,
        StateReferentInOffice,
        MandatesExhausted,
        ReferentNotFitting,
        DayNotPlausible,
        OrganisationNotRegistered,
        OrganisationDuplicate,
        OrganisationClosed,
    ),
)
async def name_state_referent(
    territory: TerritoryInPath, body: StateReferentIn, session: Writing, by: Appointer
) -> StateReferent:
    """Record who answers for the State in a territory. On each day there is one at most."""
    return await commands.name_state_referent(session, territory, **body.sent(), by=by)


@router.post(
    "/v1/territories/{territory}/state-referents/{referent_id}/end",
    response_model=StateReferentOut,
    responses=documented(
        TerritoryNotFound, StateReferentNotFound, TerritoryAmbiguous, StateReferentInOffice, DayNotPlausible
    ),
    openapi_extra=showing(until="2020-07-15"),
)
async def end_state_referent(
    territory: TerritoryInPath, referent_id: UUID, body: MandateEndIn, session: Writing, by: Appointer
) -> StateReferent:
    """The State referent leaves office."""
    return await commands.end_state_referent(session, territory, referent_id, **body.sent(), by=by)


@router.post(
    "/v1/territories/{territory}/state-referents/{referent_id}/cancel",
    response_model=StateReferentOut,
    responses=documented(TerritoryNotFound, StateReferentNotFound, TerritoryAmbiguous),
)
async def cancel_state_referent(
    territory: TerritoryInPath, referent_id: UUID, body: CancellationIn, session: Writing, by: Corrector
) -> StateReferent:
    """Take out a State referent who was recorded by mistake: the history keeps the record."""
    return await commands.cancel_state_referent(session, territory, referent_id, **body.sent(), by=by)
