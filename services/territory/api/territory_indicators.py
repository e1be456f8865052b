"""Indicators of a territory, computed from its members of a day."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query, Request, Response

from services.territory import queries
from services.territory.api import pages
from services.territory.api.charts import line_chart
from services.territory.api.dependencies import (
    NAMING,
    READING_A_DAY,
    Anyone,
    AsOf,
    PhaseFilter,
    Reading,
    TerritoryInPath,
)
from services.territory.api.indicators import INDICATORS, CodeInPath
from services.territory.api.media_types import also, chosen_form
from services.territory.api.territory_charts import PlaceNames, charts_of, territory_chart_page
from services.territory.errors import ParameterNotFitting
from services.territory.errors.indicators import IndicatorNotFound, YearsNotFitting
from services.territory.models import Region
from services.territory.rules.indicators import years_asked
from services.territory.rules.places import TerritoryOnDay
from services.territory.schemas import (
    BaselineOut,
    BaselinesOut,
    TerritoryIndicatorOut,
    TerritoryIndicatorsOut,
    TerritorySeriesOut,
    Year,
)
from shared.clock import today
from shared.http.accept import BY_ACCEPT
from shared.http.pagination import Pagination
from shared.http.routing import Router
from shared.problem import documented

router = Router(tags=[INDICATORS])


@dataclass(frozen=True)
class TerritorySeriesParameters:
    """Query parameters of an indicator of a territory."""

    phase: PhaseFilter = None
    as_of: AsOf = None
    from_year: Annotated[Year | None, Query(alias="from", description="First year.", examples=[2008])] = None
    until: Annotated[Year | None, Query(description="Last year.", examples=[2018])] = None
    years: Annotated[
        int | None,
        Query(
            ge=1,
            le=200,
            description="In the place of `from`: so many years before `until`, or before the last value.",
        ),
    ] = None


@router.get(
    "/v1/territories/{territory}/indicators",
    response_model=TerritoryIndicatorsOut,
    responses=documented(*READING_A_DAY),
)
async def list_territory_indicators(
    territory: TerritoryInPath,
    session: Reading,
    pagination: Pagination,
    _: Anyone,
    phase: PhaseFilter = None,
    as_of: AsOf = None,
) -> TerritoryIndicatorsOut:
    """The last known value of each indicator for a territory, from its members of a day.

    A value that cannot be made of those that are known is null, and is not zero.
    """
    found = await queries.get_territory_on(session, territory, phase=phase, as_of=as_of)
    state = TerritoryOnDay.of(found, as_of or today())
    page = await queries.list_indicators(session, pagination)
    series = await queries.read_series(session, state, page.items)
    return TerritoryIndicatorsOut(
        territory=found.key,
        as_of=state.day,
        items=[TerritoryIndicatorOut.of(each) for each in series],
        next=page.next,
    )


@router.get(
    "/v1/territories/{territory}/indicators/{code}",
    response_model=TerritorySeriesOut,
    dependencies=BY_ACCEPT,
    responses=also(pages.SVG, pages.HTML)
    | documented(*READING_A_DAY, IndicatorNotFound, YearsNotFitting, ParameterNotFitting),
)
async def read_territory_indicator(
    territory: TerritoryInPath,
    code: CodeInPath,
    request: Request,
    session: Reading,
    asked: Annotated[TerritorySeriesParameters, Depends()],
    _: Anyone,
) -> TerritorySeriesOut | Response:
    """One indicator of a territory by year, with its change, beside its régions and the nation in the same years.

    A count is the exact sum of its members' values. Where they have none, it is apportioned from zones or
    départements by population, and each part is named with its weight. A ratio is computed from its two counts and
    never averaged; a share that is published without them is a mean weighted by population. Trends of régions and of
    the nation are over the départements that have a value in all years; `reserve` names those left out, as Mayotte.

    As SVG or as a French page it is a chart of the territory, its régions and the nation: shares as they are, counts as
    index numbers, 100 in the first year that all of them know. Years without a value are gaps.
    """
    form = chosen_form(request, pages.SVG, pages.HTML)
    found = await queries.get_territory_on(session, territory, phase=asked.phase, as_of=asked.as_of)
    indicator = await queries.get_indicator(session, code)
    state = TerritoryOnDay.of(found, asked.as_of or today())
    [series] = await queries.read_series(session, state, [indicator], compared=True)
    since, last = years_asked(indicator, since=asked.from_year, until=asked.until, years=asked.years)
    facts = TerritorySeriesOut.of(series, territory=found.key, as_of=state.day, since=since, until=last)
    if form not in (pages.SVG, pages.HTML):
        return facts
    regions = {each.code: each.name for each in await queries.all_places(session, Region)}
    names = PlaceNames(found.name, regions)
    if form == pages.SVG:
        return pages.drawing(line_chart(charts_of(facts, indicator, names).drawn))
    return territory_chart_page(facts, indicator, names, asked=dict(request.query_params))


@router.get(
    "/v1/territories/{territory}/baselines",
    response_model=BaselinesOut,
    responses=NAMING,
)
async def list_territory_baselines(
    territory: TerritoryInPath, session: Reading, pagination: Pagination, _: Anyone, phase: PhaseFilter = None
) -> BaselinesOut:
    """The indicators of a territory as they were known at each signature of a contract, beside the present ones.

    They never change: neither a later import nor a change of the perimeter touches them. The present values are of the
    same members, those of the day of the signature: a change of the perimeter is no change of a value.
    """
    found = await queries.get_territory(session, territory, phase=phase)
    page = await queries.list_baselines(session, found.key, pagination)
    present = await queries.present_series(session, found, {each.signed_on for each in page.items})
    items = [BaselineOut.of(each, present[each.signed_on]) for each in page.items]
    return BaselinesOut(territory=found.key, items=items, next=page.next)
