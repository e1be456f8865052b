"""Lists: what a caller may see, and what it asks for, as conditions on the tags of the objects."""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from services.contract.models import ActionTag, ContractTag
from services.contract.models.base import TagKind
from shared.auth import Reach, Role
from shared.search import words


def visible(row: InstrumentedAttribute[UUID], tags: type[ActionTag | ContractTag], reach: Reach) -> ColumnElement[bool]:
    """The objects whose stake the caller's reach touches: `Reach.is_concerned`, in SQL."""
    return and_(_touched(row, tags, reach), *_within(row, tags, reach))


def _touched(
    row: InstrumentedAttribute[UUID], tags: type[ActionTag | ContractTag], reach: Reach
) -> ColumnElement[bool]:
    if reach.role is Role.NATIONAL:
        return true()
    reached = {
        TagKind.TERRITORY: reach.territories,
        TagKind.REGION: reach.regions,
        TagKind.ORGANISATION: reach.organisations,
    }
    touched = [and_(tags.kind == kind, tags.code.in_(codes)) for kind, codes in reached.items() if codes]
    return row.in_(select(tags.object_id).where(or_(*touched))) if touched else false()


def _within(
    row: InstrumentedAttribute[UUID], tags: type[ActionTag | ContractTag], reach: Reach
) -> list[ColumnElement[bool]]:
    narrowed = {TagKind.TERRITORY: reach.only_territories, TagKind.REGION: reach.only_regions}
    return [
        row.in_(select(tags.object_id).where(tags.kind == kind, tags.code.in_(codes)))
        for kind, codes in narrowed.items()
        if codes is not None
    ]


def tagged(
    row: InstrumentedAttribute[UUID], tags: type[ActionTag | ContractTag], wanted: dict[TagKind, str | None]
) -> list[ColumnElement[bool]]:
    """The objects that have every tag that is wanted."""
    return [
        row.in_(select(tags.object_id).where(tags.kind == kind, tags.code == code))
        for kind, code in wanted.items()
        if code is not None
    ]


def having_words(search: InstrumentedAttribute[str], q: str) -> list[ColumnElement[bool]]:
    """The objects whose text has words that begin so, whatever their accents and case."""
    return [search.contains(f" {word}", autoescape=True) for word in words(q)]
