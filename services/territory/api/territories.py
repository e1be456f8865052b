"""Territories, their members, their perimeter."""

from typing import Annotated, Any

from fastapi import Depends, Request, Response

from services.territory import commands, permissions, queries
from services.territory.api import csv, geojson
from services.territory.api.dependencies import (
    NAMING,
    ON_A_DAY,
    TERRITORIES,
    Anyone,
    AsOf,
    PhaseFilter,
    Reading,
    TerritoryInPath,
    Writing,
)
from services.territory.api.filters import TerritoryParameters
from services.territory.api.media_types import BY_ACCEPT, also
from services.territory.errors import (
    CodeNotKnown,
    DayNotPlausible,
    DecisionNotFound,
    DecisionNotSuitable,
    OrganisationNotRegistered,
    PerimeterConflict,
    TerritoryAmbiguous,
    TerritoryNotFound,
)
from services.territory.models import Territory
from services.territory.schemas import (
    MemberOut,
    MembersOut,
    PerimeterChangeIn,
    TerritoryDetail,
    TerritoryOut,
)
from shared.http.accept import chosen
from shared.http.changes import Changes, HistoryLine
from shared.http.pagination import ChangesPagination, Pagination, Slice
from shared.http.routing import Router
from shared.http.schemas import Page
from shared.problem import documented
from shared.security.access import Caller
from shared.security.dependencies import allowed

router = Router(tags=[TERRITORIES])

PerimeterKeeper = Annotated[Caller, Depends(allowed(permissions.CHANGE_PERIMETERS))]


@router.get(
    "/v1/territories",
    response_model=Page[TerritoryOut],
    dependencies=BY_ACCEPT,
    responses=also(geojson.MEDIA_TYPE, csv.MEDIA_TYPE) | documented(CodeNotKnown),
)
async def list_territories(
    request: Request,
    session: Reading,
    pagination: Pagination,
    filters: Annotated[TerritoryParameters, Depends()],
    _: Anyone,
) -> Slice[Territory] | Response:
    """The Territoires d'industrie of both phases: 149 of 2018 and 183 of 2023; also as GeoJSON and CSV.

    `q` searches the names of the territories and of their members. In GeoJSON `outline` says where the outline comes
    from: `published` (phase 1), `members` (the intercommunalities side by side, `missing` lists those without an
    outline), `same_members` (that of `outline_of`, which has the same members), or `none`.
    """
    media_type = chosen(request, geojson.MEDIA_TYPE, csv.MEDIA_TYPE)
    if media_type == geojson.MEDIA_TYPE:
        territories = await queries.all_territories(session, filters)
        drawings = await queries.draw(session, territories)
        return geojson.collection(_drawn(one, drawings[one.key]) for one in territories)
    if media_type == csv.MEDIA_TYPE:
        return csv.stream(request, await queries.chosen_territories(session, filters), TerritoryOut)
    return await queries.list_territories(session, filters, pagination)


@router.get("/v1/territories/changes", response_model=Changes[TerritoryOut])
async def list_territory_changes(session: Reading, pagination: ChangesPagination, by: Anyone) -> dict[str, Any]:
    """Every change of a territory, its members and its pilots, in order; keep `next` to go on later."""
    return await queries.territory_changes(session, pagination, by=by)


@router.get(
    "/v1/territories/{territory}",
    response_model=TerritoryDetail,
    dependencies=BY_ACCEPT,
    responses=also(geojson.MEDIA_TYPE) | ON_A_DAY,
)
async def read_territory(
    request: Request,
    territory: TerritoryInPath,
    session: Reading,
    _: Anyone,
    phase: PhaseFilter = None,
    as_of: AsOf = None,
) -> Territory | TerritoryDetail | Response:
    """One territory with its members and its pilots, today or on a day; also as GeoJSON."""
    found = await queries.get_territory_on(session, territory, phase=phase, as_of=as_of)
    if chosen(request, geojson.MEDIA_TYPE) == geojson.MEDIA_TYPE:
        return geojson.one(_drawn(found, (await queries.draw(session, [found]))[found.key]))
    return TerritoryDetail.on(found, as_of) if as_of else found


@router.get("/v1/territories/{territory}/history", response_model=Page[HistoryLine], responses=NAMING)
async def read_territory_history(
    territory: TerritoryInPath, session: Reading, pagination: Pagination, _: Anyone, phase: PhaseFilter = None
) -> Slice[dict[str, Any]]:
    """History of a territory: author, time, reason and changed fields."""
    return await queries.territory_history(session, territory, pagination, phase=phase)


@router.get(
    "/v1/territories/{territory}/members",
    response_model=MembersOut,
    dependencies=BY_ACCEPT,
    responses=also(csv.MEDIA_TYPE) | ON_A_DAY,
)
async def list_members(
    request: Request,
    territory: TerritoryInPath,
    session: Reading,
    _: Anyone,
    phase: PhaseFilter = None,
    as_of: AsOf = None,
) -> MembersOut | Response:
    """The members of a territory, past and present; with `as_of`, those of a day; also as CSV."""
    members = MembersOut.of(await queries.get_territory_on(session, territory, phase=phase, as_of=as_of), as_of)
    as_csv = chosen(request, csv.MEDIA_TYPE) == csv.MEDIA_TYPE
    return csv.table(members.items, MemberOut) if as_csv else members


@router.post(
    "/v1/territories/{territory}/perimeter",
    response_model=TerritoryDetail,
    responses=documented(
        TerritoryNotFound,
        DecisionNotFound,
        TerritoryAmbiguous,
        DecisionNotSuitable,
        PerimeterConflict,
        DayNotPlausible,
        OrganisationNotRegistered,
    ),
)
async def change_perimeter(
    territory: TerritoryInPath, body: PerimeterChangeIn, session: Writing, by: PerimeterKeeper
) -> Territory:
    """Members enter and leave on a day, because a committee decided it; answered with the new perimeter."""
    return await commands.change_perimeter(session, territory, **body.sent(), by=by)


def _drawn(territory: Territory, drawing: queries.Drawing) -> str:
    return geojson.feature(
        territory.key,
        TerritoryOut.model_validate(territory),
        drawing.polygons,
        outline=drawing.outline,
        outline_of=drawing.outline_of,
        missing=drawing.missing,
    )
