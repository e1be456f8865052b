"""Indicators of a territory, computed from its members of a day."""

from typing import Annotated

from fastapi import Query

from services.territory import queries
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
from services.territory.errors.indicators import IndicatorNotFound, YearsNotFitting
from services.territory.rules.indicators import years_asked
from services.territory.rules.places import TerritoryOnDay
from services.territory.schemas import (
    BaselineOut,
    BaselinesOut,
    BaselineValueOut,
    TerritoryIndicatorOut,
    TerritoryIndicatorsOut,
    TerritorySeriesOut,
    Year,
)
from shared.clock import today
from shared.http.pagination import Pagination
from shared.http.routing import Router
from shared.problem import documented

router = Router(tags=[INDICATORS])

FirstYear = Annotated[Year | None, Query(alias="from", description="First year.", examples=[2008])]
LastYear = Annotated[Year | None, Query(description="Last year.", examples=[2018])]
YearCount = Annotated[
    int | None,
    Query(ge=1, le=200, description="In the place of `from`: so many years before `until`, or before the last value."),
]


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
    responses=documented(*READING_A_DAY, IndicatorNotFound, YearsNotFitting),
)
async def read_territory_indicator(
    territory: TerritoryInPath,
    code: CodeInPath,
    session: Reading,
    _: Anyone,
    phase: PhaseFilter = None,
    as_of: AsOf = None,
    from_year: FirstYear = None,
    until: LastYear = None,
    years: YearCount = None,
) -> TerritorySeriesOut:
    """One indicator of a territory by year, with its change, beside its régions and the nation in the same years.

    A count is the exact sum of its members' values. Where they have none, it is apportioned from zones or
    départements by population, and each part is named with its weight. A ratio is computed from its two counts and
    never averaged; a share that is published without them is a mean weighted by population.
    """
    found = await queries.get_territory_on(session, territory, phase=phase, as_of=as_of)
    indicator = await queries.get_indicator(session, code)
    state = TerritoryOnDay.of(found, as_of or today())
    [series] = await queries.read_series(session, state, [indicator])
    since, last = years_asked(indicator, since=from_year, until=until, years=years)
    return TerritorySeriesOut.of(series, territory=found.key, as_of=state.day, since=since, until=last)


@router.get(
    "/v1/territories/{territory}/baselines",
    response_model=BaselinesOut,
    responses=NAMING,
)
async def list_territory_baselines(
    territory: TerritoryInPath, session: Reading, pagination: Pagination, _: Anyone, phase: PhaseFilter = None
) -> BaselinesOut:
    """The indicators of a territory as they were known at each signature of a contract, beside the present ones.

    They never change: neither a later import nor a change of the perimeter touches them.
    """
    found = await queries.get_territory(session, territory, phase=phase)
    page = await queries.list_baselines(session, found.key, pagination)
    present = {}
    if page.items:
        state = TerritoryOnDay.of(found, today())
        series = await queries.read_series(session, state, await queries.all_indicators(session))
        present = {each.indicator.code: TerritoryIndicatorOut.of(each) for each in series}
    items = [
        BaselineOut(
            contract_id=each.contract_id,
            contract_number=each.contract_number,
            signed_on=each.signed_on,
            frozen_at=each.frozen_at,
            values=[BaselineValueOut.of(value, present.get(value["indicator"])) for value in each.frozen_values],
        )
        for each in page.items
    ]
    return BaselinesOut(territory=found.key, items=items, next=page.next)
