"""Indicators: their definitions, and their values by place and year."""

from functools import partial
from typing import Annotated, Any

from fastapi import Depends, Path, Request, Response

from services.territory import commands, permissions, queries
from services.territory.api import csv, pages
from services.territory.api.charts import line_chart
from services.territory.api.dependencies import Anyone, Reading, ReadingRow, Writing
from services.territory.api.filters import IndicatorValueParameters
from services.territory.api.indicator_charts import chart_of, chart_page
from services.territory.api.media_types import also, chosen_form
from services.territory.errors import CodeNotKnown, ParameterNotFitting, SourceNotRegistered
from services.territory.errors.indicators import (
    DefinitionNotFitting,
    IndicatorAlreadyDefined,
    IndicatorHasValues,
    IndicatorNotFound,
    LevelMissing,
    YearsNotFitting,
)
from services.territory.models import Indicator
from services.territory.schemas import IndicatorChange, IndicatorIn, IndicatorOut, IndicatorValueOut
from shared.events.indicators import IndicatorCode
from shared.http.accept import BY_ACCEPT
from shared.http.changes import Changes, HistoryLine
from shared.http.pagination import ChangesPagination, Pagination, Slice
from shared.http.routing import IfMatch, Router, Tag, showing
from shared.http.schemas import Page
from shared.problem import documented
from shared.security.access import Caller
from shared.security.dependencies import allowed

INDICATORS = Tag("Indicators", "Indicators, their values by place and year, and those of territories.")
router = Router(tags=[INDICATORS])

Publisher = Annotated[Caller, Depends(allowed(permissions.PUBLISH_INDICATORS))]
CodeInPath = Annotated[IndicatorCode, Path(description="Code of an indicator.", examples=["jobs_industry"])]


@router.get("/v1/indicators", response_model=Page[IndicatorOut])
async def list_indicators(session: Reading, pagination: Pagination, _: Anyone) -> Slice[Indicator]:
    """The indicators: what each counts, its source, its licence, and what it must not be used for."""
    return await queries.list_indicators(session, pagination)


@router.get("/v1/indicators/changes", response_model=Changes[IndicatorOut])
async def list_indicator_changes(session: Reading, pagination: ChangesPagination, by: Anyone) -> dict[str, Any]:
    """Every change of an indicator or its values, in order; keep `next` to go on later."""
    return await queries.indicator_changes(session, pagination, by=by)


@router.get("/v1/indicators/{code}", response_model=IndicatorOut, responses=documented(IndicatorNotFound))
async def read_indicator(code: CodeInPath, session: ReadingRow, _: Anyone) -> Indicator:
    """One indicator."""
    return await queries.get_indicator(session, code)


@router.get("/v1/indicators/{code}/history", response_model=Page[HistoryLine], responses=documented(IndicatorNotFound))
async def read_indicator_history(
    code: CodeInPath, session: Reading, pagination: Pagination, _: Anyone
) -> Slice[dict[str, Any]]:
    """History of an indicator: author, time, reason and changed fields."""
    return await queries.indicator_history(session, code, pagination)


@router.post(
    "/v1/indicators",
    status_code=201,
    response_model=IndicatorOut,
    responses=documented(IndicatorAlreadyDefined, DefinitionNotFitting, SourceNotRegistered),
    openapi_extra=showing(
        code="emploi_industriel_ze",
        label="Emploi industriel par zone d'emploi",
        unit="persons",
        levels=[],
        years=[],
        value_count=0,
    ),
)
async def define_indicator(body: IndicatorIn, session: Writing, _: Publisher) -> Indicator:
    """Define an indicator. Its values are imported afterwards."""
    return await commands.define_indicator(session, **{"weighting": body.weighting, **body.content()})


@router.patch(
    "/v1/indicators/{code}",
    response_model=IndicatorOut,
    responses=documented(IndicatorNotFound, DefinitionNotFitting, IndicatorHasValues, SourceNotRegistered),
    openapi_extra=showing(version=2),
)
async def correct_indicator(
    code: CodeInPath, body: IndicatorChange, expected: IfMatch, session: Writing, _: Publisher
) -> Indicator:
    """Correct the definition of an indicator. With values, its unit, its kind and its parts stay."""
    return await commands.correct_indicator(session, code, **body.content(), expected=expected)


@router.get(
    "/v1/indicators/{code}/values",
    response_model=Page[IndicatorValueOut],
    dependencies=BY_ACCEPT,
    responses=also(csv.MEDIA_TYPE, pages.SVG, pages.HTML)
    | documented(IndicatorNotFound, CodeNotKnown, LevelMissing, YearsNotFitting, ParameterNotFitting),
)
async def list_indicator_values(
    code: CodeInPath,
    request: Request,
    session: Reading,
    pagination: Pagination,
    filters: Annotated[IndicatorValueParameters, Depends()],
    dialect: csv.CsvDialect,
    _: Anyone,
) -> Slice[IndicatorValueOut] | Response:
    """Values of an indicator by place and year; also as CSV. A place or a year without a value has no row.

    As SVG or as a French page it is a chart of one place, the nation if none is given; a share is drawn beside that of
    the nation. Years without a value are gaps.
    """
    indicator = await queries.get_indicator(session, code)
    shaped = partial(IndicatorValueOut.of, indicator=indicator)
    form = chosen_form(request, csv.MEDIA_TYPE, pages.SVG, pages.HTML)
    if form in (pages.SVG, pages.HTML):
        names, values = await queries.charted_values(session, indicator, filters)
        chart = chart_of(indicator, map(shaped, values), names)
        return pages.drawing(line_chart(chart)) if form == pages.SVG else chart_page(indicator, chart)
    if form == csv.MEDIA_TYPE:
        statement = await queries.chosen_values(session, indicator, filters)
        session.expunge(indicator)
        return csv.stream(request, statement, IndicatorValueOut, name=code, dialect=dialect, of=shaped)
    page = await queries.list_values(session, indicator, filters, pagination)
    return Slice([shaped(value) for value in page.items], page.next)
