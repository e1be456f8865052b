"""Official geography: régions, départements, intercommunalities, communes."""

from typing import Annotated, Any

from fastapi import Depends, Path, Request, Response

from services.territory import queries
from services.territory.api import geojson
from services.territory.api.dependencies import (
    Anyone,
    PlaceSearchFilter,
    Reading,
    ReadingRow,
    RegionFilter,
    SirenInPath,
)
from services.territory.api.filters import CommuneParameters, EpciParameters, EptParameters
from services.territory.api.media_types import also, chosen_form
from services.territory.errors import CodeNotKnown, ParameterNotFitting, PlaceNotFound
from services.territory.models import Commune, CommunePart, Departement, Epci, Ept, Region
from services.territory.schemas import CommuneOut, DepartementOut, EpciOut, EptOut, RegionOut
from shared.events.codes import CommuneInput, DepartementInPath, RegionInPath
from shared.http.accept import BY_ACCEPT
from shared.http.pagination import Pagination, Slice
from shared.http.routing import Router, Tag
from shared.http.schemas import Page
from shared.problem import FieldError, documented

router = Router(tags=[Tag("Geography", "Official geography: régions, départements, intercommunalities, communes.")])

DRAWN = also(geojson.MEDIA_TYPE)


@router.get(
    "/v1/regions",
    response_model=Page[RegionOut],
    dependencies=BY_ACCEPT,
    responses=DRAWN | documented(ParameterNotFitting),
)
async def list_regions(
    request: Request,
    session: Reading,
    pagination: Pagination,
    _: Anyone,
    q: PlaceSearchFilter = None,
    zoom: geojson.Zoom = None,
) -> Slice[Region] | Response:
    """The 18 régions; also as GeoJSON, with their outlines.

    `q` also finds the région in which a région until 2015 lies.
    """
    if chosen_form(request, geojson.MEDIA_TYPE) == geojson.MEDIA_TYPE:
        places = await queries.all_places(session, Region, q=q)
        outlines = await queries.outlines_of(session, "regions", [place.code for place in places], zoom=zoom)
        return geojson.collection(_drawn(RegionOut, place, place.code, outlines) for place in places)
    return await queries.list_places(session, Region, pagination, q=q)


@router.get(
    "/v1/regions/{code}",
    response_model=RegionOut,
    dependencies=BY_ACCEPT,
    responses=DRAWN | documented(ParameterNotFitting, PlaceNotFound),
)
async def read_region(
    request: Request,
    code: Annotated[RegionInPath, Path()],
    session: ReadingRow,
    _: Anyone,
    zoom: geojson.Zoom = None,
) -> Region | Response:
    """One région, by its INSEE code."""
    region = await queries.get_place(session, Region, code)
    if chosen_form(request, geojson.MEDIA_TYPE) == geojson.MEDIA_TYPE:
        outlines = await queries.outlines_of(session, "regions", [code], zoom=zoom)
        return geojson.one(_drawn(RegionOut, region, code, outlines))
    return region


@router.get(
    "/v1/departements",
    response_model=Page[DepartementOut],
    dependencies=BY_ACCEPT,
    responses=DRAWN | documented(CodeNotKnown, ParameterNotFitting),
)
async def list_departements(
    request: Request,
    session: Reading,
    pagination: Pagination,
    _: Anyone,
    region: RegionFilter = None,
    q: PlaceSearchFilter = None,
    zoom: geojson.Zoom = None,
) -> Slice[Departement] | Response:
    """The 101 départements; also as GeoJSON, with their outlines."""
    if chosen_form(request, geojson.MEDIA_TYPE) == geojson.MEDIA_TYPE:
        places = await queries.all_places(session, Departement, region=region, q=q)
        outlines = await queries.outlines_of(session, "departements", [place.code for place in places], zoom=zoom)
        return geojson.collection(_drawn(DepartementOut, place, place.code, outlines) for place in places)
    return await queries.list_places(session, Departement, pagination, region=region, q=q)


@router.get(
    "/v1/departements/{code}",
    response_model=DepartementOut,
    dependencies=BY_ACCEPT,
    responses=DRAWN | documented(ParameterNotFitting, PlaceNotFound),
)
async def read_departement(
    request: Request,
    code: Annotated[DepartementInPath, Path()],
    session: ReadingRow,
    _: Anyone,
    zoom: geojson.Zoom = None,
) -> Departement | Response:
    """One département, by its INSEE code."""
    departement = await queries.get_place(session, Departement, code)
    if chosen_form(request, geojson.MEDIA_TYPE) == geojson.MEDIA_TYPE:
        outlines = await queries.outlines_of(session, "departements", [code], zoom=zoom)
        return geojson.one(_drawn(DepartementOut, departement, code, outlines))
    return departement


@router.get("/v1/epcis", response_model=Page[EpciOut], responses=documented(CodeNotKnown))
async def list_epcis(
    session: Reading, pagination: Pagination, filters: Annotated[EpciParameters, Depends()], _: Anyone
) -> Slice[Epci]:
    """The 1,255 intercommunalities with own tax (EPCI à fiscalité propre)."""
    return await queries.list_places(session, Epci, pagination, **vars(filters))


@router.get(
    "/v1/epcis/{siren}",
    response_model=EpciOut,
    dependencies=BY_ACCEPT,
    responses=DRAWN | documented(ParameterNotFitting, PlaceNotFound),
)
async def read_epci(
    request: Request, siren: SirenInPath, session: ReadingRow, _: Anyone, zoom: geojson.Zoom = None
) -> Epci | Response:
    """One intercommunality, by its SIREN."""
    epci = await queries.get_place(session, Epci, siren)
    if chosen_form(request, geojson.MEDIA_TYPE) == geojson.MEDIA_TYPE:
        outlines = await queries.outlines_of(session, "epcis", [siren], zoom=zoom)
        return geojson.one(_drawn(EpciOut, epci, siren, outlines))
    return epci


@router.get("/v1/epts", response_model=Page[EptOut], responses=documented(CodeNotKnown))
async def list_epts(
    session: Reading, pagination: Pagination, filters: Annotated[EptParameters, Depends()], _: Anyone
) -> Slice[Ept]:
    """The 11 établissements publics territoriaux (EPT) of the Grand Paris."""
    return await queries.list_places(session, Ept, pagination, **vars(filters))


@router.get("/v1/epts/{siren}", response_model=EptOut, responses=documented(PlaceNotFound))
async def read_ept(siren: SirenInPath, session: ReadingRow, _: Anyone) -> Ept:
    """One établissement public territorial, by its SIREN."""
    return await queries.get_place(session, Ept, siren)


@router.get("/v1/communes", response_model=Page[CommuneOut], responses=documented(CodeNotKnown, ParameterNotFitting))
async def list_communes(
    session: Reading, pagination: Pagination, filters: Annotated[CommuneParameters, Depends()], _: Anyone
) -> Slice[Commune] | Slice[CommunePart]:
    """The 34,875 communes of the 101 départements; with `kind`, former, delegated and associated ones.

    `q` also finds the commune of today in which a former or delegated commune or an arrondissement lies.
    """
    if filters.kind != "commune":
        return await queries.list_places(session, CommunePart, pagination, **vars(filters))
    if filters.commune is not None:
        where = FieldError(parameter="commune", detail="goes with another `kind` than commune")
        raise ParameterNotFitting(
            "`commune` asks for what lies in a commune, and the list without `kind` has communes of today alone: add "
            "`kind=delegated`, for example.",
            errors=[where],
        )
    asked = {name: value for name, value in vars(filters).items() if name not in ("kind", "commune")}
    return await queries.list_places(session, Commune, pagination, **asked)


@router.get("/v1/communes/{code}", response_model=CommuneOut, responses=documented(PlaceNotFound))
async def read_commune(code: Annotated[CommuneInput, Path()], session: ReadingRow, _: Anyone) -> Commune | CommunePart:
    """One commune by its INSEE code, or the former, delegated or associated one or arrondissement that has this code.

    `GET /v1/communes?kind=delegated&commune=` lists what lies in a commune.
    """
    return await queries.get_commune(session, code)


def _drawn(shape: Any, place: Any, code: str, outlines: dict[str, str]) -> str:
    return geojson.feature(code, shape.model_validate(place), outlines.get(code))
