"""Outlines, as the text that GeoJSON answers are joined from. They are those of the present geography on every day."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.models import Outline
from services.territory.rules.outlines import simplified


@dataclass(frozen=True)
class Drawing:
    """The polygons of a territory, and where they come from."""

    polygons: str | None
    outline: Literal["published", "members", "same_members", "none"]
    outline_of: str | None = None
    """Territory whose published outline is shown, because it has the same members."""
    missing: list[str] = field(default_factory=list)
    """Members without a known outline."""


async def outlines_of(
    session: AsyncSession, layer: str, codes: Collection[str], *, zoom: int | None = None
) -> dict[str, str]:
    """The polygons of places, by their codes; with a zoom, simplified for it."""
    chosen = Outline.layer == layer, Outline.code.in_(codes)
    if zoom is None:
        return dict((await session.execute(select(Outline.code, Outline.polygons).where(*chosen))).tuples().all())
    rows = await session.execute(select(Outline.code, Outline.polygons, Outline.levels).where(*chosen))
    # Rows loaded by an earlier release have no levels.
    return {code: simplified(polygons, levels, zoom) if levels else polygons for code, polygons, levels in rows}


async def draw(
    session: AsyncSession, territories: Mapping[str, Collection[str]], *, zoom: int | None = None
) -> dict[str, Drawing]:
    """Draw territories, given as key → SIRENs of its members on the day that is shown.

    The published outline is drawn if it is that of these members; else that of another territory with these members;
    else the outlines of the members side by side.
    """
    lenders = await lenders_of(session, territories)
    polygons = await outlines_of(session, "territories", {lender for lender in lenders.values() if lender}, zoom=zoom)
    others = {key: sirens for key, sirens in territories.items() if not lenders[key]}
    pieces = await outlines_of(session, "epcis", {siren for sirens in others.values() for siren in sirens}, zoom=zoom)
    drawings = {key: _joined(sirens, pieces) for key, sirens in others.items()}
    for key, lender in lenders.items():
        if lender:
            is_own = lender == key
            drawings[key] = Drawing(
                polygons[lender], "published" if is_own else "same_members", outline_of=None if is_own else lender
            )
    return drawings


async def lenders_of(session: AsyncSession, territories: Mapping[str, Collection[str]]) -> dict[str, str | None]:
    """Return for each territory the one whose published outline is that of its members; None: there is none."""
    statement = select(Outline.code, Outline.members).where(Outline.layer == "territories").order_by(Outline.code)
    published = {code: frozenset(members) for code, members in await session.execute(statement)}
    by_members = {members: code for code, members in published.items()}
    return {
        key: key if published.get(key) == frozenset(sirens) else by_members.get(frozenset(sirens))
        for key, sirens in territories.items()
    }


def _joined(sirens: Collection[str], pieces: Mapping[str, str]) -> Drawing:
    known = [pieces[siren] for siren in sorted(sirens) if siren in pieces]
    missing = [siren for siren in sorted(sirens) if siren not in pieces]
    return Drawing(",".join(known) or None, "members" if known else "none", missing=missing)
