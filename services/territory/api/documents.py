"""Sources that can be cited, and the guides of the programme."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends

from services.territory import commands, permissions, queries
from services.territory.api.dependencies import Anyone, Reading, ReadingRow, Writing
from services.territory.api.filters import GuideParameters, SourceParameters
from services.territory.errors import (
    DayNotPlausible,
    GuideAlreadyPublished,
    GuideNotFound,
    SourceNotFound,
    SourceNotRegistered,
)
from services.territory.models import Guide, Source
from services.territory.schemas import (
    GuideChange,
    GuideIn,
    GuideOut,
    GuidePage,
    SourceChange,
    SourceIn,
    SourceOut,
)
from shared.http.changes import Changes, HistoryLine
from shared.http.pagination import ChangesPagination, Pagination, Slice
from shared.http.routing import IfMatch, Router, Tag, showing
from shared.http.schemas import Page
from shared.problem import documented
from shared.security.access import Caller
from shared.security.dependencies import allowed
from shared.storage.known import MomentNotSettled

router = Router(tags=[Tag("Documents", "Sources that figures and events cite, and the guides of the programme.")])

Registrar = Annotated[Caller, Depends(allowed(permissions.REGISTER_SOURCES))]
Publisher = Annotated[Caller, Depends(allowed(permissions.PUBLISH_GUIDES))]


@router.get("/v1/sources", response_model=Page[SourceOut])
async def list_sources(
    session: Reading, pagination: Pagination, filters: Annotated[SourceParameters, Depends()], _: Anyone
) -> Slice[Source]:
    """Speeches, press releases, reports… that figures, calendar events and envelopes cite."""
    return await queries.list_sources(session, filters, pagination)


@router.get("/v1/sources/changes", response_model=Changes[SourceOut])
async def list_source_changes(session: Reading, pagination: ChangesPagination, by: Anyone) -> dict[str, Any]:
    """Every change of a source, in order; keep `next` to go on later."""
    return await queries.source_changes(session, pagination, by=by)


@router.get("/v1/sources/{source_id}", response_model=SourceOut, responses=documented(SourceNotFound))
async def read_source(source_id: UUID, session: ReadingRow, _: Anyone) -> Source:
    """One source; `GET /v1/figures?source_id=` lists the figures that cite it."""
    return await queries.get_source(session, source_id)


@router.get("/v1/sources/{source_id}/history", response_model=Page[HistoryLine], responses=documented(SourceNotFound))
async def read_source_history(
    source_id: UUID, session: Reading, pagination: Pagination, _: Anyone
) -> Slice[dict[str, Any]]:
    """History of a source: author, time, reason and changed fields."""
    return await queries.source_history(session, source_id, pagination)


@router.post(
    "/v1/sources",
    status_code=201,
    response_model=SourceOut,
    responses=documented(DayNotPlausible),
    openapi_extra=showing(
        kind="speech",
        title="Discours au Conseil national de l'industrie",
        author="Premier ministre",
        published="2018-11-22",
        place="Paris, Grand Palais",
        reference="gouvernement.fr, 22/11/2018",
    ),
)
async def register_source(body: SourceIn, session: Writing, _: Registrar) -> Source:
    """Register a source, so that figures, calendar events, guides and envelopes can cite it."""
    return await commands.register_source(session, **body.content())


@router.patch(
    "/v1/sources/{source_id}",
    response_model=SourceOut,
    responses=documented(SourceNotFound, DayNotPlausible),
    openapi_extra=showing(version=2, url="https://www.example.org/communique"),
)
async def correct_source(
    source_id: UUID, body: SourceChange, expected: IfMatch, session: Writing, _: Registrar
) -> Source:
    """Correct a source."""
    return await commands.correct_source(session, source_id, **body.content(), expected=expected)


@router.get("/v1/guides", response_model=GuidePage, responses=documented(DayNotPlausible, MomentNotSettled))
async def list_guides(
    session: Reading, pagination: Pagination, filters: Annotated[GuideParameters, Depends()], _: Anyone
) -> Slice[Guide]:
    """Known versions of the guides; with `as_of`, those that applied on that day.

    `known_at` answers from what was recorded by a moment.
    """
    return await queries.list_guides(session, filters, pagination)


@router.get("/v1/guides/changes", response_model=Changes[GuideOut])
async def list_guide_changes(session: Reading, pagination: ChangesPagination, by: Anyone) -> dict[str, Any]:
    """Every change of a guide, in order; keep `next` to go on later."""
    return await queries.guide_changes(session, pagination, by=by)


@router.get("/v1/guides/{guide_id}", response_model=GuideOut, responses=documented(GuideNotFound))
async def read_guide(guide_id: UUID, session: ReadingRow, _: Anyone) -> Guide:
    """One version of a guide."""
    return await queries.get_guide(session, guide_id)


@router.get("/v1/guides/{guide_id}/history", response_model=Page[HistoryLine], responses=documented(GuideNotFound))
async def read_guide_history(
    guide_id: UUID, session: Reading, pagination: Pagination, _: Anyone
) -> Slice[dict[str, Any]]:
    """History of a version of a guide: author, time, reason and changed fields."""
    return await queries.guide_history(session, guide_id, pagination)


@router.post(
    "/v1/guides",
    status_code=201,
    response_model=GuideOut,
    responses=documented(DayNotPlausible, GuideAlreadyPublished, SourceNotRegistered),
    openapi_extra=showing(guide_version="V7", applicable_from="2020-09-01", source="exemple"),
)
async def publish_guide(body: GuideIn, session: Writing, _: Publisher) -> Guide:
    """Publish a version of a guide. The version before it applies until this one does."""
    return await commands.publish_guide(session, **body.content())


@router.patch(
    "/v1/guides/{guide_id}",
    response_model=GuideOut,
    responses=documented(DayNotPlausible, GuideNotFound, GuideAlreadyPublished, SourceNotRegistered),
    openapi_extra=showing(version=2, url="https://www.example.org/guide-v6.pdf"),
)
async def correct_guide(guide_id: UUID, body: GuideChange, expected: IfMatch, session: Writing, _: Publisher) -> Guide:
    """Correct a version of a guide; the versions around it follow."""
    return await commands.correct_guide(session, guide_id, **body.content(), expected=expected)
