"""Lists: what a caller may see, and what it asks for, as conditions on the tags of the objects."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from services.contract.models import ActionTag, ContractTag, TagKind
from shared.security.access import AccessScope

ObjectTag = tuple[TagKind, str]
Wanted = Mapping[TagKind, str | None]

NAMED: Final = (TagKind.CARRIER, TagKind.ORGANISATION, TagKind.TERRITORY)
COMMON: Final = (TagKind.REGION, TagKind.AXIS)


def visible(
    row: InstrumentedAttribute[UUID],
    tags: type[ActionTag | ContractTag],
    access_scope: AccessScope,
    for_operators: ColumnElement[bool] | None = None,
) -> ColumnElement[bool]:
    """Return the condition for objects that concern the caller: `AccessScope.is_concerned`, in SQL.

    `for_operators` is the condition for objects that concern every operator of the programme.
    """
    return and_(_touched(row, tags, access_scope, for_operators), *_within(row, tags, access_scope))


def besides(
    way: ObjectTag,
    row: InstrumentedAttribute[UUID],
    tags: type[ActionTag | ContractTag],
    access_scope: AccessScope,
    wanted: Wanted,
    for_operators: ColumnElement[bool] | None = None,
) -> list[ColumnElement[bool]]:
    """Return the conditions for objects that have one tag: visible, and with every other wanted tag.

    The tag itself is not asked again: the planner would expect far fewer objects.
    """
    touched = [] if way in _reached(access_scope) else [_touched(row, tags, access_scope, for_operators)]
    others = {kind: code for kind, code in wanted.items() if (kind, code) != way}
    return [*touched, *_within(row, tags, access_scope, way), *tagged(row, tags, others)]


def _touched(
    row: InstrumentedAttribute[UUID],
    tags: type[ActionTag | ContractTag],
    access_scope: AccessScope,
    for_operators: ColumnElement[bool] | None,
) -> ColumnElement[bool]:
    if access_scope.covers_everything:
        return true()
    touched = [and_(tags.kind == kind, tags.code == code) for kind, code in _reached(access_scope)]
    named = row.in_(select(tags.object_id).where(or_(*touched))) if touched else false()
    # A column of the object: a tag would be one more row of nearly every sheet.
    return named if for_operators is None or not access_scope.is_operator else or_(for_operators, named)


def _reached(access_scope: AccessScope) -> list[ObjectTag]:
    codes_by_kind = {
        TagKind.TERRITORY: access_scope.territories,
        TagKind.REGION: access_scope.regions,
        TagKind.ORGANISATION: access_scope.organisations,
    }
    return [(kind, code) for kind, codes in codes_by_kind.items() for code in sorted(codes)]


def _within(
    row: InstrumentedAttribute[UUID],
    tags: type[ActionTag | ContractTag],
    access_scope: AccessScope,
    way: ObjectTag | None = None,
) -> list[ColumnElement[bool]]:
    narrowed = {TagKind.TERRITORY: access_scope.only_territories, TagKind.REGION: access_scope.only_regions}
    return [
        row.in_(select(tags.object_id).where(tags.kind == kind, tags.code.in_(codes)))
        for kind, codes in narrowed.items()
        if codes is not None and way not in [(kind, code) for code in codes]
    ]


def narrowest(access_scope: AccessScope, wanted: Wanted) -> list[ObjectTag]:
    """Tags of which each object of the list has one, and few others have: by them the list is read.

    As far as one can tell without counting: what is wanted by name is rarer than what a caller may see, and that is
    rarer than a whole Region or axis. None, if the caller may see everything, or as an operator nearly everything, and
    wants everything.
    """
    named, common = ([(kind, code) for kind in kinds if (code := wanted.get(kind))] for kinds in (NAMED, COMMON))
    sees_most = access_scope.covers_everything or access_scope.is_operator
    return named[:1] or ([] if sees_most else _reached(access_scope)) or common[:1]


def tagged(
    row: InstrumentedAttribute[UUID], tags: type[ActionTag | ContractTag], wanted: Wanted
) -> list[ColumnElement[bool]]:
    """The objects that have every tag that is wanted."""
    return [
        row.in_(select(tags.object_id).where(tags.kind == kind, tags.code == code))
        for kind, code in wanted.items()
        if code is not None
    ]
