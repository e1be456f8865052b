"""The map of the territories of a phase: facts, drawing, page and table, as `Accept` asks."""

from typing import Annotated

from fastapi import Depends, Request, Response

from services.territory import queries
from services.territory.api import csv, map_drawing, map_facts, pages
from services.territory.api.dependencies import TERRITORIES, Anyone, Reading
from services.territory.api.filters import MapParameters
from services.territory.api.map_page import Links, map_page
from services.territory.api.media_types import also, chosen_form
from services.territory.errors import CodeNotKnown, DayNotPlausible, ParameterNotFitting
from services.territory.models import Indicator, Region
from services.territory.schemas import MapItem, MapOut
from shared.clock import today
from shared.http.accept import BY_ACCEPT
from shared.http.routing import Router
from shared.problem import FieldError, documented
from shared.storage.unit_of_work import ReadSession

router = Router(tags=[TERRITORIES])


@router.get(
    "/v1/territories/map",
    response_model=MapOut,
    dependencies=BY_ACCEPT,
    responses=also(pages.SVG, pages.HTML, csv.MEDIA_TYPE)
    | documented(CodeNotKnown, DayNotPlausible, ParameterNotFitting),
)
async def read_map(
    request: Request,
    session: Reading,
    dialect: csv.CsvDialect,
    asked: Annotated[MapParameters, Depends()],
    _: Anyone,
) -> MapOut | Response:
    """Map of the territories in the programme on a day, by stage or by an indicator; also as SVG, page and CSV.

    Without `phase` it is the latest phase that was announced by the day. The stages are those of `GET /v1/progress`.
    Territories whose day of designation is unknown have no stage before the published list. The values are those of
    `GET /v1/territories/{territory}/indicators/{code}`; their classes are those of the whole phase, also with `region`.
    A value that is not known is said and hatched: it is not zero. The page has the same facts as tables.
    """
    form = chosen_form(request, pages.SVG, pages.HTML, csv.MEDIA_TYPE)
    day = asked.as_of or today()
    indicator = await _indicator_asked(session, asked)
    region, shown = asked.region, asked.phase or await queries.phase_in_force(session, day)
    if region:
        await queries.require_known(session, Region, region, parameter="region")
    everywhere = await queries.staged_territories(session, phase=shown, day=day, named=indicator is not None)
    territories = [each for each in everywhere if region is None or region in each.state.place.regions]
    outlines = map_drawing.Outlines(*await queries.map_outlines(session, [each.state for each in territories]))
    phases = await queries.phase_names(session, day)
    drawn = {key for key, pieces in outlines.territories.items() if pieces}
    view = map_facts.MapView(phase=shown, phase_name=phases[shown], as_of=day, region=region)
    if indicator:
        year = asked.year or await queries.last_year_of_places(session, indicator)
        states = [each.state for each in everywhere]
        values = await queries.values_of_year(session, states, indicator, year) if year else {}
        facts = map_facts.by_indicator(view, territories, drawn, indicator, year, values)
    else:
        facts = map_facts.by_stage(view, territories, drawn)
    if form == csv.MEDIA_TYPE:
        name = f"carte-{shown}-{indicator.code}" if indicator else f"carte-{shown}"
        return csv.table(facts.items, MapItem, name=name, day=day, dialect=dialect)
    if form not in (pages.SVG, pages.HTML):
        return facts
    svg = map_drawing.draw_map(facts, outlines)
    if form == pages.SVG:
        return pages.drawing(svg)
    regions = {each.code: each.name for each in await queries.all_places(session, Region)}
    offered = await queries.mapped_indicators(session, [each.state for each in everywhere])
    links = Links(phases, offered, asked=dict(request.query_params))
    return map_page(facts, svg, regions=regions, links=links)


async def _indicator_asked(session: ReadSession, asked: MapParameters) -> Indicator | None:
    """Return the indicator of the map; refuse parameters that do not fit what it shows."""
    if asked.by == "indicator":
        if asked.indicator is None:
            raise ParameterNotFitting(
                "A map by an indicator shows one of them: give its code in `indicator`.",
                errors=[FieldError(parameter="indicator", detail="required with by=indicator")],
            )
        return await queries.require_indicator(session, asked.indicator)
    for name in ("indicator", "year"):
        if getattr(asked, name) is not None:
            raise ParameterNotFitting(
                f"A map by stage has no {name}: ask for by=indicator, or leave `{name}` out.",
                errors=[FieldError(parameter=name, detail="only with by=indicator")],
            )
    return None
