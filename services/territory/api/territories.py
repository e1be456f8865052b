"""Read territories and their members, on any day and as known at any moment."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from services.territory import queries
from services.territory.api import csv, geojson
from services.territory.api.dependencies import (
    NAMING,
    READING_A_DAY,
    TERRITORIES,
    Anyone,
    AsOf,
    PhaseFilter,
    Reading,
    TerritoryInPath,
)
from services.territory.api.filters import TerritoryParameters
from services.territory.api.media_types import also, chosen_form
from services.territory.errors import CodeNotKnown, DayNotPlausible, ParameterNotFitting
from services.territory.models import Territory
from services.territory.rules.counts import count_territories
from services.territory.rules.places import TerritoryOnDay
from services.territory.schemas import (
    MemberRow,
    MembersOut,
    TerritoryCountsOnDay,
    TerritoryDetail,
    TerritoryOut,
)
from shared.clock import today
from shared.http.accept import BY_ACCEPT
from shared.http.changes import Changes, HistoryLine
from shared.http.known_at import KnownAt
from shared.http.pagination import ChangesPagination, Pagination, Slice
from shared.http.routing import Router
from shared.http.schemas import Page
from shared.problem import documented
from shared.storage.known import MomentNotSettled

router = Router(tags=[TERRITORIES])


@router.get(
    "/v1/territories",
    response_model=Page[TerritoryOut],
    dependencies=BY_ACCEPT,
    responses=also(geojson.MEDIA_TYPE, csv.MEDIA_TYPE)
    | documented(CodeNotKnown, DayNotPlausible, MomentNotSettled, ParameterNotFitting),
)
async def list_territories(
    request: Request,
    session: Reading,
    pagination: Pagination,
    filters: Annotated[TerritoryParameters, Depends()],
    dialect: csv.CsvDialect,
    _: Anyone,
    zoom: geojson.Zoom = None,
) -> Slice[Territory] | Slice[TerritoryOut] | Response:
    """The Territoires d'industrie of both phases: 149 of 2018 and 183 of 2023; also as GeoJSON and CSV.

    With `as_of` members, place, wave and filters are those of the day, and territories that did not exist yet are left
    out; `known_at` answers from what was recorded by a moment. `q` searches the names of the territories and of their
    members. In GeoJSON `outline` says where the outline comes from, which is drawn on the present geography:
    `published` (that of these members), `same_members` (that of `outline_of`, which has the same members), `members`
    (the intercommunalities side by side, `missing` lists those without an outline), or `none`.
    """
    form = chosen_form(request, geojson.MEDIA_TYPE, csv.MEDIA_TYPE)
    day = queries.day_asked(filters.as_of, filters.known_at)
    if form == geojson.MEDIA_TYPE:
        states = await queries.all_states(session, filters)
        drawings = await queries.draw(session, {each.territory.key: each.sirens for each in states}, zoom=zoom)
        return geojson.collection(_drawn(each, drawings[each.territory.key]) for each in states)
    if form == csv.MEDIA_TYPE and day is None:
        statement = await queries.chosen_territories(session, filters)
        return csv.stream(request, statement, TerritoryOut, name="territoires", dialect=dialect)
    if form == csv.MEDIA_TYPE:
        rows = map(TerritoryOut.on, await queries.all_states(session, filters))
        return csv.table(rows, TerritoryOut, name="territoires", day=day, dialect=dialect)
    if day is None:
        return await queries.list_territories(session, filters, pagination)
    page = await queries.list_states(session, filters, pagination)
    return Slice([TerritoryOut.on(state) for state in page.items], page.next)


@router.get("/v1/territories/changes", response_model=Changes[TerritoryOut])
async def list_territory_changes(session: Reading, pagination: ChangesPagination, by: Anyone) -> dict[str, Any]:
    """Every change of a territory, its members and its pilots, in order; keep `next` to go on later."""
    return await queries.territory_changes(session, pagination, by=by)


@router.get(
    "/v1/territories/counts",
    response_model=TerritoryCountsOnDay,
    responses=documented(CodeNotKnown, DayNotPlausible, MomentNotSettled),
)
async def count_territories_on(
    session: Reading, filters: Annotated[TerritoryParameters, Depends()], _: Anyone
) -> TerritoryCountsOnDay:
    """Number of territories in the programme on a day, in total, by lead région and by wave; filtered as the list.

    With `status=closed` those that are no longer in the programme are counted. Most days of designation are not known,
    so the number has bounds: `at_least` and `at_most`.
    """
    states = await queries.all_states(session, replace(filters, status=filters.status or "open"))
    day = queries.day_counted(filters)
    return TerritoryCountsOnDay.model_validate(
        {**count_territories(states), "as_of": day, "known_at": filters.known_at, "phase": filters.phase}
    )


@router.get(
    "/v1/territories/{territory}",
    response_model=TerritoryDetail,
    dependencies=BY_ACCEPT,
    responses=also(geojson.MEDIA_TYPE) | documented(*READING_A_DAY, ParameterNotFitting),
)
async def read_territory(
    request: Request,
    territory: TerritoryInPath,
    session: Reading,
    _: Anyone,
    phase: PhaseFilter = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    zoom: geojson.Zoom = None,
) -> Territory | TerritoryDetail | Response:
    """One territory with its members and its pilots, today or on a day; also as GeoJSON.

    Before its first day it is not found, and the refusal names that day; once closed, it says so and shows its last
    members. `known_at` answers from what was recorded by a moment.
    """
    found = await queries.get_territory_on(session, territory, phase=phase, as_of=as_of, known_at=known_at)
    form = chosen_form(request, geojson.MEDIA_TYPE)
    day = queries.day_asked(as_of, known_at)
    if form != geojson.MEDIA_TYPE and day is None:
        return found
    state = TerritoryOnDay.of(found, day or today())
    if form == geojson.MEDIA_TYPE:
        drawings = await queries.draw(session, {found.key: state.sirens}, zoom=zoom)
        return geojson.one(_drawn(state, drawings[found.key]))
    return TerritoryDetail.known(state, known_at)


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
    responses=also(csv.MEDIA_TYPE) | documented(*READING_A_DAY, ParameterNotFitting),
)
async def list_members(
    request: Request,
    territory: TerritoryInPath,
    session: Reading,
    dialect: csv.CsvDialect,
    _: Anyone,
    phase: PhaseFilter = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> MembersOut | Response:
    """The members of a territory, past and present; with `as_of` or `known_at`, those of a day; also as CSV."""
    found = await queries.get_territory_on(session, territory, phase=phase, as_of=as_of, known_at=known_at)
    members = MembersOut.of(found, queries.day_asked(as_of, known_at), known_at)
    if chosen_form(request, csv.MEDIA_TYPE) != csv.MEDIA_TYPE:
        return members
    name = f"membres-{members.territory}"
    return csv.table(members.rows, MemberRow, name=name, day=members.as_of, dialect=dialect)


def _drawn(state: TerritoryOnDay, drawing: queries.Drawing) -> str:
    return geojson.feature(
        state.territory.key,
        TerritoryOut.on(state),
        drawing.polygons,
        outline=drawing.outline,
        outline_of=drawing.outline_of,
        missing=drawing.missing,
    )
