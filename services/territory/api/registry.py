"""Acts of the délégation on the register of territories: designation, correction, closing, waves."""

from typing import Annotated

from fastapi import Depends

from services.territory import commands, permissions
from services.territory.api.dependencies import TERRITORIES, TerritoryInPath, Writing
from services.territory.errors import (
    CodeNotKnown,
    DayNotPlausible,
    LeadRegionElsewhere,
    MandateElsewhere,
    NothingChanges,
    OrganisationClosed,
    OrganisationNotRegistered,
    PerimeterConflict,
    TerritoryAmbiguous,
    TerritoryClosed,
    TerritoryKeyTaken,
    TerritoryNotFound,
    WaveRefused,
)
from services.territory.models import Territory
from services.territory.schemas import (
    ClosingIn,
    DesignationIn,
    TerritoryCorrectionIn,
    TerritoryDetail,
    WaveIn,
    WaveOut,
)
from shared.http.pagination import Slice
from shared.http.routing import IfMatch, Router, showing
from shared.problem import documented
from shared.references import OrganisationDuplicate
from shared.security.access import Caller
from shared.security.dependencies import allowed

router = Router(tags=[TERRITORIES])

Designator = Annotated[Caller, Depends(allowed(permissions.DESIGNATE_TERRITORIES))]
DESIGNATED = {
    "key": "2018-ti-9901",
    "code": "ti-9901",
    "name": "Rhône - Lez (synthétique)",
    "designated_on": "2020-07-20",
    "designated_between": None,
    "designation_reference": "DEC-2020-07-20/1 (synthétique)",
    "is_pilot": None,
    "wave": "deployment",
    "wave_from": "2020-07-20",
}
"""Example of a territory that was designated through the API."""
CHANGING = (TerritoryNotFound, TerritoryAmbiguous, TerritoryClosed, PerimeterConflict, DayNotPlausible)


@router.post(
    "/v1/territories",
    status_code=201,
    response_model=TerritoryDetail,
    responses=documented(
        TerritoryKeyTaken,
        PerimeterConflict,
        OrganisationClosed,
        DayNotPlausible,
        CodeNotKnown,
        LeadRegionElsewhere,
        NothingChanges,
        OrganisationNotRegistered,
        OrganisationDuplicate,
    ),
    openapi_extra=showing(**DESIGNATED),
)
async def designate_territory(body: DesignationIn, session: Writing, _: Designator) -> Territory:
    """Designate a Territoire d'industrie, with its members from the first day on.

    On no day may a body be a member of two territories of a phase, nor a commune beside its intercommunality.
    """
    return await commands.designate_territory(session, **body.sent())


@router.patch(
    "/v1/territories/{territory}",
    response_model=TerritoryDetail,
    responses=documented(*CHANGING, MandateElsewhere, CodeNotKnown, LeadRegionElsewhere, NothingChanges),
)
async def correct_territory(
    territory: TerritoryInPath, body: TerritoryCorrectionIn, session: Writing, version: IfMatch, by: Designator
) -> Territory:
    """Correct facts that are stated of a territory. The reason stays in its history."""
    return await commands.correct_territory(session, territory, version=version, **body.sent(), by=by)


@router.post(
    "/v1/territories/{territory}/close",
    response_model=TerritoryDetail,
    responses=documented(*CHANGING),
    openapi_extra=showing(status="closed", closed_on="2023-11-09"),
)
async def close_territory(territory: TerritoryInPath, body: ClosingIn, session: Writing, by: Designator) -> Territory:
    """Take a territory out of the programme from a day on. It stays readable, with its last members."""
    return await commands.close_territory(session, territory, **body.sent(), by=by)


@router.post(
    "/v1/waves",
    response_model=WaveOut,
    responses=documented(DayNotPlausible, WaveRefused),
)
async def set_wave(body: WaveIn, session: Writing, by: Designator) -> Slice[Territory]:
    """Set the wave of one or more territories: of all that are named, or of none; `errors` names each refused one."""
    return Slice(await commands.set_wave(session, **body.sent(), by=by), None)
