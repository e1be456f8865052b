"""Other schemes of the State, and what they cover of territories."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Depends, Path, Query

from services.territory import queries
from services.territory.api.dependencies import (
    READING_A_DAY,
    Anyone,
    AsOf,
    PhaseFilter,
    Reading,
    TerritoryInPath,
)
from services.territory.api.filters import PerimeterParameters
from services.territory.errors import CodeNotKnown, PlaceNotFound
from services.territory.models import Scheme, SchemePerimeter
from services.territory.rules.places import TerritoryOnDay
from services.territory.schemas import SchemeOut, SchemePerimeterOut, SchemesOut, TerritoryOverlapsOut
from shared.clock import today
from shared.http.pagination import Pagination, Slice
from shared.http.routing import Router, Tag
from shared.http.schemas import Page, Word
from shared.problem import documented
from shared.references import BareCodeAmbiguous, TerritoryNotKnown

router = Router(tags=[Tag("Schemes", "Other contracts, programmes and zonings of the State, and where they overlap.")])

SchemeInPath = Annotated[Word, Path(description="Code of a scheme.", examples=["crte"])]


@router.get("/v1/schemes", response_model=SchemesOut)
async def list_schemes(session: Reading, _: Anyone) -> dict[str, Sequence[Scheme]]:
    """The other schemes: CRTE, Action cœur de ville, Petites villes de demain…, each with its source."""
    return {"items": await queries.list_schemes(session)}


@router.get("/v1/schemes/{scheme}", response_model=SchemeOut, responses=documented(PlaceNotFound))
async def read_scheme(scheme: SchemeInPath, session: Reading, _: Anyone) -> Scheme:
    """One scheme, by its code."""
    return await queries.get_scheme(session, scheme)


@router.get(
    "/v1/schemes/{scheme}/perimeters",
    response_model=Page[SchemePerimeterOut],
    responses=documented(PlaceNotFound, CodeNotKnown, BareCodeAmbiguous, TerritoryNotKnown),
)
async def list_scheme_perimeters(
    scheme: SchemeInPath,
    session: Reading,
    filters: Annotated[PerimeterParameters, Depends()],
    pagination: Pagination,
    _: Anyone,
) -> Slice[SchemePerimeter]:
    """The perimeters of a scheme; those that cover a commune of a territory, of an EPCI, or one commune.

    `q` looks for words of their names and codes; some schemes name no perimeter.
    """
    return await queries.list_scheme_perimeters(session, scheme, filters, pagination)


@router.get(
    "/v1/territories/{territory}/overlaps",
    response_model=TerritoryOverlapsOut,
    responses=documented(CodeNotKnown, *READING_A_DAY),
)
async def list_territory_overlaps(
    territory: TerritoryInPath,
    session: Reading,
    _: Anyone,
    phase: PhaseFilter = None,
    as_of: AsOf = None,
    scheme: Annotated[Word | None, Query(description="Code of one scheme.", examples=["crte"])] = None,
) -> Any:
    """The other schemes that cover a part of a territory: its share of communes and of inhabitants.

    The members of the day count; the perimeters are those of the day that each scheme states.
    """
    found = await queries.get_territory_on(session, territory, phase=phase, as_of=as_of)
    state = TerritoryOnDay.of(found, as_of or today())
    communes, population, items = await queries.overlaps(session, state, scheme=scheme)
    return TerritoryOverlapsOut.of(found.key, state.day, communes, population, items)
