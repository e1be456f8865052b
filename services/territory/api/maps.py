"""The map of the territories of a phase: facts, drawing, page and table, as `Accept` asks."""

from typing import Annotated, Final, Literal

from fastapi import Query, Request, Response

from services.territory import queries
from services.territory.api import csv, map_drawing, pages
from services.territory.api.dependencies import TERRITORIES, Anyone, AsOf, PhaseFilter, Reading, RegionFilter
from services.territory.api.media_types import BY_ACCEPT, also, chosen_form
from services.territory.errors import CodeNotKnown, DayNotPlausible, ParameterNotFitting
from services.territory.models import Region
from services.territory.rules.maps import STAGE_CLASSES, count_classes
from services.territory.schemas import MapCategory, MapItem, MapOut
from shared.clock import today
from shared.http.routing import Router
from shared.problem import documented

router = Router(tags=[TERRITORIES])

SOURCE: Final = (
    "Sources : ANCT, liste des territoires de la phase, et décisions de périmètre enregistrées depuis ; "
    "étapes d’après les contrats et les gouvernances enregistrés sur la plateforme ; "
    "contours : IGN ADMIN EXPRESS COG 2018 (Licence Ouverte), géographie 2026, simplifiés."
)


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
    _: Anyone,
    phase: PhaseFilter = None,
    by: Annotated[Literal["stage"], Query(description="What the map shows: the stage of each territory.")] = "stage",
    as_of: AsOf = None,
    region: RegionFilter = None,
) -> MapOut | Response:
    """Map of the territories in the programme on a day, by stage; also as SVG, as a French page and as CSV.

    Without `phase` it is the latest phase that was announced by the day. The stages are those of `GET /v1/progress`.
    Territories whose day of designation is unknown have no stage before the published list. The page has the same facts
    as tables.
    """
    form = chosen_form(request, pages.SVG, pages.HTML, csv.MEDIA_TYPE)
    day = as_of or today()
    shown = phase or await queries.phase_in_force(session, day)
    territories = await queries.staged_territories(session, phase=shown, day=day, region=region)
    outlines = map_drawing.Outlines(*await queries.map_outlines(session, [each.state for each in territories]))
    items = [
        MapItem.of(
            each.state.territory.key,
            each.state.territory.name,
            each.state.place.regions,
            stage=each.stage,
            is_drawn=bool(outlines.territories[each.state.territory.key]),
        )
        for each in territories
    ]
    phases = await queries.phase_names(session)
    counts = count_classes(STAGE_CLASSES, [item.category for item in items])
    facts = MapOut(
        phase=shown,
        phase_name=phases[shown],
        as_of=day,
        by=by,
        region=region,
        title="Territoires d’industrie par étape",
        source=SOURCE,
        total=len(items),
        not_drawn=sum(not item.is_drawn for item in items),
        categories=[
            MapCategory(category=each.code, label=each.label, count=counts[each.code]) for each in STAGE_CLASSES
        ],
        items=items,
    )
    if form == csv.MEDIA_TYPE:
        return csv.table(items, MapItem, name=f"carte-{shown}", day=day, dialect=dialect)
    if form not in (pages.SVG, pages.HTML):
        return facts
    svg = map_drawing.draw_map(facts, outlines)
    if form == pages.SVG:
        return pages.drawing(svg)
    regions = {each.code: each.name for each in await queries.all_places(session, Region)}
    return map_drawing.map_page(facts, svg, regions=regions, phases=phases)
