"""Zones d'emploi, and how territories and intercommunalities are divided among them."""

from typing import Annotated

from fastapi import Depends, Request, Response

from services.territory import queries
from services.territory.api import geojson
from services.territory.api.dependencies import (
    READING_A_DAY,
    Anyone,
    AsOf,
    EmploymentZoneInPath,
    PhaseFilter,
    Reading,
    ReadingRow,
    SirenInPath,
    TerritoryInPath,
)
from services.territory.api.filters import EmploymentZoneParameters
from services.territory.api.media_types import also, chosen_form
from services.territory.errors import CodeNotKnown, ParameterNotFitting, PlaceNotFound
from services.territory.models import EmploymentZone, Epci
from services.territory.rules.employment_zones import shares
from services.territory.rules.places import TerritoryOnDay
from services.territory.schemas import EmploymentZoneOut, EpciZonesOut, TerritoryZonesOut
from shared.clock import today
from shared.http.accept import BY_ACCEPT
from shared.http.pagination import Pagination, Slice
from shared.http.routing import Router, Tag
from shared.http.schemas import Page
from shared.problem import documented
from shared.references import BareCodeAmbiguous, TerritoryNotKnown

router = Router(tags=[Tag("Geography", "Official geography: régions, départements, intercommunalities, communes.")])

DRAWN = also(geojson.MEDIA_TYPE)
LAYER = "employment_zones"


@router.get(
    "/v1/employment-zones",
    response_model=Page[EmploymentZoneOut],
    dependencies=BY_ACCEPT,
    responses=DRAWN | documented(CodeNotKnown, ParameterNotFitting, BareCodeAmbiguous, TerritoryNotKnown),
)
async def list_employment_zones(
    request: Request,
    session: Reading,
    pagination: Pagination,
    filters: Annotated[EmploymentZoneParameters, Depends()],
    _: Anyone,
    zoom: geojson.Zoom = None,
) -> Slice[EmploymentZone] | Response:
    """The 306 zones d'emploi of 2020; also as GeoJSON, with their outlines."""
    if chosen_form(request, geojson.MEDIA_TYPE) == geojson.MEDIA_TYPE:
        zones = await queries.all_employment_zones(session, **vars(filters))
        outlines = await queries.outlines_of(session, LAYER, [zone.code for zone in zones], zoom=zoom)
        return geojson.collection(_drawn(zone, outlines) for zone in zones)
    return await queries.list_employment_zones(session, pagination, **vars(filters))


@router.get(
    "/v1/employment-zones/{code}",
    response_model=EmploymentZoneOut,
    dependencies=BY_ACCEPT,
    responses=DRAWN | documented(ParameterNotFitting, PlaceNotFound),
)
async def read_employment_zone(
    request: Request, code: EmploymentZoneInPath, session: ReadingRow, _: Anyone, zoom: geojson.Zoom = None
) -> EmploymentZone | Response:
    """One zone d'emploi, by its code."""
    zone = await queries.get_place(session, EmploymentZone, code)
    if chosen_form(request, geojson.MEDIA_TYPE) == geojson.MEDIA_TYPE:
        return geojson.one(_drawn(zone, await queries.outlines_of(session, LAYER, [code], zoom=zoom)))
    return zone


@router.get("/v1/epcis/{siren}/employment-zones", response_model=EpciZonesOut, responses=documented(PlaceNotFound))
async def list_epci_zones(siren: SirenInPath, session: Reading, _: Anyone) -> EpciZonesOut:
    """The zones d'emploi in which an intercommunality lies, each with its share of the inhabitants."""
    await queries.get_place(session, Epci, siren)
    return EpciZonesOut.of(siren, shares(await queries.zones_of(session, [siren])))


@router.get(
    "/v1/territories/{territory}/employment-zones",
    response_model=TerritoryZonesOut,
    responses=documented(*READING_A_DAY),
)
async def list_territory_zones(
    territory: TerritoryInPath, session: Reading, _: Anyone, phase: PhaseFilter = None, as_of: AsOf = None
) -> TerritoryZonesOut:
    """The zones d'emploi in which the members of a territory lie on a day, each with its share of the inhabitants."""
    found = await queries.get_territory_on(session, territory, phase=phase, as_of=as_of)
    state = TerritoryOnDay.of(found, as_of or today())
    return TerritoryZonesOut.of(found.key, state.day, shares(await queries.zones_of(session, state.sirens)))


def _drawn(zone: EmploymentZone, outlines: dict[str, str]) -> str:
    return geojson.feature(zone.code, EmploymentZoneOut.model_validate(zone), outlines.get(zone.code))
