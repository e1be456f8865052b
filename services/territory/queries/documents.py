"""Sources that can be cited, and guides."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.errors import GuideNotFound, SourceNotFound, SourceNotRegistered
from services.territory.models import Guide, Source
from services.territory.queries.filters import GuideFilters, SourceFilters
from services.territory.queries.territories import access_scope_of
from services.territory.rules.days import require_readable
from services.territory.rules.guides import absence
from shared.clock import today
from shared.http.collection import PublicCollection
from shared.http.pagination import PageRequest, Slice, page_of
from shared.problem import FieldError


@dataclass(frozen=True)
class GuideSlice(Slice[Guide]):
    """Page of guides; `note` says why none is known for a day."""

    note: str | None = None


def _no_source(source_id: UUID) -> SourceNotFound:
    return SourceNotFound(f"There is no source {source_id}: GET /v1/sources lists them.")


def _no_guide(guide_id: UUID) -> GuideNotFound:
    return GuideNotFound(f"There is no version {guide_id} of a guide: GET /v1/guides lists them.")


_sources: Final = PublicCollection(Source, "source", access_scope_of, order=(Source.id,), missing=_no_source)
get_source: Final = _sources.get
source_changes: Final = _sources.changes
source_history: Final = _sources.history

_guides: Final = PublicCollection(
    Guide, "guide", access_scope_of, order=(Guide.title, Guide.applicable_from, Guide.id), missing=_no_guide
)
get_guide: Final = _guides.get
guide_changes: Final = _guides.changes
guide_history: Final = _guides.history


async def list_sources(session: AsyncSession, filters: SourceFilters, pagination: PageRequest) -> Slice[Source]:
    """One page of sources."""
    statement = select(Source)
    if filters.kind:
        statement = statement.where(Source.kind == filters.kind)
    return await _sources.page(session, statement, pagination)


async def require_source(session: AsyncSession, source_id: UUID | None, *, parameter: str | None = None) -> None:
    """Refuse to cite or to look for a source that is not registered."""
    if source_id is None or await session.get(Source, source_id) is not None:
        return
    detail = f"No source is registered under {source_id}: "
    if parameter:
        raise SourceNotRegistered(
            f"{detail}GET /v1/sources lists them.", errors=[FieldError(parameter=parameter, detail="not registered")]
        )
    raise SourceNotRegistered(
        f"{detail}register it with POST /v1/sources first, then send its id.",
        errors=[FieldError(pointer="/source_id", detail="not registered")],
    )


async def list_guides(session: AsyncSession, filters: GuideFilters, pagination: PageRequest) -> GuideSlice:
    """Every version; with `as_of`, of each guide the known version that applied on that day."""
    if filters.as_of:
        require_readable(filters.as_of, today=today())
    if filters.known_at:
        return await _guides_known(session, filters, filters.known_at, pagination)
    statement = select(Guide)
    if filters.phase:
        statement = statement.where(Guide.phase == filters.phase)
    whole = statement
    if filters.as_of:
        later = or_(Guide.applicable_until.is_(None), Guide.applicable_until > filters.as_of)
        statement = statement.where(Guide.applicable_from <= filters.as_of, later)
    found = await _guides.page(session, statement, pagination)
    if found.items or pagination.after or not filters.as_of:
        return GuideSlice(found.items, found.next)
    first = await session.scalar(whole.order_by(Guide.applicable_from).limit(1))
    return GuideSlice([], None, absence(first, filters.as_of))


async def _guides_known(
    session: AsyncSession, filters: GuideFilters, known_at: datetime, pagination: PageRequest
) -> GuideSlice:
    """`list_guides`, from the guides as they were known at a moment."""
    guides = [each for each in await _guides.known(session, known_at) if filters.phase in (None, each.phase)]
    applying = [each for each in guides if filters.as_of is None or _applies_on(each, filters.as_of)]
    found = page_of(applying, pagination, order=lambda each: (each.title, each.applicable_from.isoformat(), each.key))
    if found.items or pagination.after or not filters.as_of:
        return GuideSlice(found.items, found.next)
    first = min(guides, key=lambda each: each.applicable_from, default=None)
    return GuideSlice([], None, absence(first, filters.as_of))


def _applies_on(guide: Guide, day: date) -> bool:
    return guide.applicable_from <= day and (guide.applicable_until is None or day < guide.applicable_until)


async def versions_of(session: AsyncSession, title: str) -> list[Guide]:
    """Return every version of a guide, locked: one command at a time decides on them."""
    return list(await session.scalars(select(Guide).where(Guide.title == title).with_for_update()))
