"""Committees and decisions, as far as the caller may read them."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.errors import UnknownCommittee, UnknownDecision
from services.territory.models import Committee, Decision, Territory, TerritoryRegion
from shared.http.pagination import PageRequest, Slice, page
from shared.security.access import AccessScope


@dataclass(frozen=True)
class WantedCommittees:
    """Which committees a list is about."""

    level: str | None = None
    region: str | None = None
    territory: str | None = None


@dataclass(frozen=True)
class WantedDecisions:
    """Which decisions a list is about."""

    committee: UUID | None = None
    territory: str | None = None
    kind: str | None = None
    outcome: str | None = None


async def list_committees(session: AsyncSession, pagination: PageRequest, wanted: WantedCommittees) -> Slice[Committee]:
    """One page of committees."""
    statement = select(Committee)
    for column, value in (
        (Committee.level, wanted.level),
        (Committee.region_code, wanted.region),
        (Committee.territory_key, wanted.territory),
    ):
        if value:
            statement = statement.where(column == value)
    return await page(session, statement, pagination, order=(Committee.id,))


async def get_committee(session: AsyncSession, committee_id: UUID, *, lock: bool = False) -> Committee:
    """A committee by its id."""
    statement = select(Committee).where(Committee.id == committee_id)
    committee = await session.scalar(statement.with_for_update() if lock else statement)
    if committee is None:
        raise UnknownCommittee(f"There is no committee {committee_id}: GET /v1/committees lists them.")
    return committee


async def committees_by_id(session: AsyncSession, ids: Collection[str]) -> dict[str, Committee]:
    """The committees of these ids, those there are."""
    found = await session.scalars(select(Committee).where(Committee.id.in_([UUID(one) for one in ids])))
    return {str(one.id): one for one in found}


async def list_decisions(
    session: AsyncSession, pagination: PageRequest, wanted: WantedDecisions, access_scope: AccessScope
) -> Slice[Decision]:
    """One page of the decisions that concern the caller."""
    statement = _seen_by(access_scope)
    if wanted.committee:
        statement = statement.where(Decision.committee_id == wanted.committee)
    if wanted.territory:
        statement = statement.where(Decision.territories.any(Territory.key == wanted.territory))
    if wanted.kind:
        statement = statement.where(Decision.kind == wanted.kind)
    if wanted.outcome:
        statement = statement.where(Decision.outcome == wanted.outcome)
    return await page(session, statement, pagination, order=(Decision.id,))


async def get_decision(session: AsyncSession, decision_id: UUID, access_scope: AccessScope | None = None) -> Decision:
    """A decision by its id; one that the caller may not read does not exist for it."""
    decision = await session.get(Decision, decision_id)
    if decision is None or (access_scope is not None and not access_scope.sees(decision.stakeholders)):
        raise UnknownDecision(f"There is no decision {decision_id}, or your organisation may not read it.")
    return decision


async def decisions_by_id(session: AsyncSession, ids: Collection[str]) -> dict[str, Decision]:
    """The decisions of these ids, those there are."""
    found = await session.scalars(select(Decision).where(Decision.id.in_([UUID(one) for one in ids])))
    return {str(one.id): one for one in found}


def _seen_by(access_scope: AccessScope) -> Select[tuple[Decision]]:
    """`AccessScope.is_concerned` for decisions, in SQL."""
    statement = select(Decision)
    if not access_scope.covers_everything:
        statement = statement.where(or_(_in_territories(access_scope.territories), _in_regions(access_scope.regions)))
    if access_scope.only_territories is not None:
        statement = statement.where(_in_territories(access_scope.only_territories))
    if access_scope.only_regions is not None:
        statement = statement.where(_in_regions(access_scope.only_regions))
    return statement


def _in_territories(keys: Collection[str] | Select[tuple[str]]) -> ColumnElement[bool]:
    """On one of these territories, or by its committee."""
    on = Decision.territories.any(Territory.key.in_(keys))
    return or_(on, Decision.committee.has(Committee.territory_key.in_(keys)))


def _in_regions(codes: Collection[str]) -> ColumnElement[bool]:
    """On a territory of one of these régions, or by a committee there."""
    there = select(TerritoryRegion.territory_key).where(TerritoryRegion.region_code.in_(codes))
    return or_(_in_territories(there), Decision.committee.has(Committee.region_code.in_(codes)))
