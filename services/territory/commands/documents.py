"""Commands of sources and of guides."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from services.territory import queries
from services.territory.errors import GuideAlreadyPublished
from services.territory.models import Guide, Source
from services.territory.rules import guides
from shared.clock import today
from shared.ids import uuid7
from shared.storage import outbox
from shared.storage.history import require_version, set_reason
from shared.storage.unit_of_work import WriteSession

OPTIONAL: Final[dict[str, Any]] = dict.fromkeys(("author", "published", "place", "reference", "url", "note"))


async def register_source(session: WriteSession, **content: Any) -> Source:
    """Register a source that can be cited."""
    source = Source(id=uuid7(), **OPTIONAL | content)
    guides.require_published(source.published, today=today())
    session.add(source)
    outbox.add(session, guides.registered(source))
    return source


async def correct_source(
    session: WriteSession, source_id: UUID, *, expected: int, reason: str, **content: Any
) -> Source:
    """Correct a source."""
    source = await queries.get_source(session, source_id, lock=True)
    require_version(source, expected)
    set_reason(session, source, reason)
    for name, value in content.items():
        setattr(source, name, value)
    guides.require_published(source.published, today=today())
    if session.is_modified(source):
        outbox.add(session, guides.registered(source))
    return source


async def publish_guide(session: WriteSession, *, title: str, **content: Any) -> Guide:
    """Publish a version of a guide. The version before it in its phase applies until this one does."""
    await queries.require_source(session, content.get("source_id"))
    former = await queries.versions_of(session, title)
    guide = Guide(id=uuid7(), title=title, **content)
    await _store(session, guide, former)
    return guide


async def correct_guide(session: WriteSession, guide_id: UUID, *, expected: int, reason: str, **content: Any) -> Guide:
    """Correct a version of a guide, and the last day of the versions around it."""
    guide = await queries.get_guide(session, guide_id, lock=True)
    require_version(guide, expected)
    set_reason(session, guide, reason)
    await queries.require_source(session, content.get("source_id"))
    others = [each for each in await queries.versions_of(session, guide.title) if each is not guide]
    for name, value in content.items():
        setattr(guide, name, value)
    await _store(session, guide, others)
    return guide


async def _store(session: WriteSession, guide: Guide, others: list[Guide]) -> None:
    title, named = guide.title, guide.guide_version
    guides.require_of_phase(guide.applicable_from, await queries.find_phase(session, guide.phase))
    guides.settle([*others, guide])
    session.add(guide)
    changed = [each for each in (*others, guide) if each in session.new or session.is_modified(each)]
    try:
        await session.flush()
    except IntegrityError:
        raise GuideAlreadyPublished(
            f"{title} already has a version {named}: GET /v1/guides lists them; correct that one."
        ) from None
    for each in changed:
        outbox.add(session, guides.published(each))
