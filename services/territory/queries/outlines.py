"""Outlines, as the text that GeoJSON answers are joined from."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.models import Membership, Outline, Territory


@dataclass(frozen=True)
class Drawing:
    """The polygons of a territory, and where they come from."""

    polygons: str | None
    outline: Literal["published", "members", "same_members", "none"]
    outline_of: str | None = None
    """The territory of the other phase whose outline is shown, because it has the same members."""
    missing: list[str] = field(default_factory=list)
    """The members that no outline is known of."""


async def outlines_of(session: AsyncSession, layer: str, codes: Collection[str]) -> dict[str, str]:
    """The polygons of places, by their codes."""
    statement = select(Outline.code, Outline.polygons).where(Outline.layer == layer, Outline.code.in_(codes))
    return dict((await session.execute(statement)).tuples().all())


async def draw(session: AsyncSession, territories: Sequence[Territory]) -> dict[str, Drawing]:
    """Each territory by its published outline if it still fits; else by those of its members side by side."""
    as_listed = [one.key for one in territories if not any(each.left_on or each.entered_on for each in one.memberships)]
    published = await outlines_of(session, "territories", as_listed)
    others = [one for one in territories if one.key not in published]
    pieces = await outlines_of(session, "epcis", {member.siren for one in others for member in one.members})
    drawings = {key: Drawing(polygons, "published") for key, polygons in published.items()}
    drawings |= {one.key: _joined(one, pieces) for one in others}
    if empty := [one for one in others if drawings[one.key].polygons is None]:
        drawings |= await _borrowed(session, empty)
    return drawings


def _joined(territory: Territory, pieces: dict[str, str]) -> Drawing:
    sirens = [member.siren for member in territory.members]
    known = [pieces[siren] for siren in sirens if siren in pieces]
    missing = [siren for siren in sirens if siren not in pieces]
    return Drawing(",".join(known) or None, "members" if known else "none", missing=missing)


async def _borrowed(session: AsyncSession, territories: Sequence[Territory]) -> dict[str, Drawing]:
    drawn = select(Outline.code).where(Outline.layer == "territories")
    statement = select(Membership.territory_key, Membership.siren).where(
        Membership.left_on.is_(None), Membership.territory_key.in_(drawn)
    )
    members = defaultdict(set)
    for key, siren in await session.execute(statement):
        members[key].add(siren)
    by_members = {frozenset(sirens): key for key, sirens in members.items()}
    lenders = {one.key: by_members.get(frozenset(member.siren for member in one.members)) for one in territories}
    polygons = await outlines_of(session, "territories", {key for key in lenders.values() if key})
    return {
        key: Drawing(polygons[lender], "same_members", outline_of=lender) for key, lender in lenders.items() if lender
    }
