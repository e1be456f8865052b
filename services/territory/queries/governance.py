"""Committees and decisions, as far as the caller may read them."""

from collections.abc import Collection as Keys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.errors import CommitteeNotFound, DecisionNotFound, SeatNotFound
from services.territory.models import Committee, CommitteeSeat, Decision, Phase, Region, Territory, TerritoryRegion
from services.territory.queries.days import day_asked
from services.territory.queries.filters import CommitteeFilters, DecisionFilters
from services.territory.queries.geography import key_of, require_known
from services.territory.queries.organisations import organisations_known
from services.territory.queries.territories import access_scope_of, territories_known
from services.territory.rules.committees import require_established
from services.territory.rules.days import require_readable
from services.territory.rules.places import regions_on
from shared.clock import today
from shared.http.collection import Collection, PublicCollection
from shared.http.pagination import PageRequest, Slice, page_of
from shared.security.access import AccessScope, Caller


def _no_committee(committee_id: UUID) -> CommitteeNotFound:
    return CommitteeNotFound(f"There is no committee {committee_id}: GET /v1/committees lists them.")


def _no_decision(decision_id: UUID) -> DecisionNotFound:
    return DecisionNotFound(f"There is no decision {decision_id}, or your organisation may not read it.")


_committees: Final = PublicCollection(
    Committee, "committee", access_scope_of, order=(Committee.id,), missing=_no_committee
)
get_committee: Final = _committees.get
committee_changes: Final = _committees.changes
committee_history: Final = _committees.history

_decisions: Final = Collection(Decision, "decision", access_scope_of, order=(Decision.id,), missing=_no_decision)
get_decision: Final = _decisions.get
decision_changes: Final = _decisions.changes
decision_history: Final = _decisions.history


def seat_of(committee: Committee, seat_id: UUID) -> CommitteeSeat:
    """A seat of a committee that has not ended."""
    for seat in committee.members:
        if seat.id == seat_id:
            return seat
    raise SeatNotFound(f"No organisation sits in seat {seat_id}: GET /v1/committees/{committee.id} lists the seats.")


async def committees_of_place(session: AsyncSession, committee: Committee) -> Sequence[Committee]:
    """Return the committees of the same level and place, and let one command at a time decide on them."""
    if committee.region_code:
        await session.get(Region, committee.region_code, with_for_update=True)
    elif committee.territory_key is None:
        # The nation has no row of its own.
        await session.execute(select(Phase).order_by(Phase.code).limit(1).with_for_update())
    statement = select(Committee).where(
        Committee.level == committee.level,
        Committee.region_code.is_not_distinct_from(committee.region_code),
        Committee.territory_key.is_not_distinct_from(committee.territory_key),
    )
    with session.no_autoflush:
        return (await session.scalars(statement.order_by(Committee.established_on))).all()


async def lock_committee(session: AsyncSession, committee_id: UUID, *, territories: Iterable[str] = ()) -> Committee:
    """Lock a committee for a command, after its territory and others that the command names."""
    own = await session.scalar(select(Committee.territory_key).where(Committee.id == committee_id))
    # Always first the territories, in the order of their keys: two commands do not wait for each other for ever.
    named = select(Territory.key).where(Territory.key.in_({*territories, *([own] if own else [])}))
    await session.execute(named.order_by(Territory.key).with_for_update())
    return await get_committee(session, committee_id, lock=True)


async def project_committees_of(session: AsyncSession, key: str) -> Sequence[Committee]:
    """Return the project committees of a territory, and let one command at a time decide on them."""
    await session.get(Territory, key, with_for_update=True)
    statement = select(Committee).where(Committee.territory_key == key).order_by(Committee.established_on)
    return (await session.scalars(statement.with_for_update())).all()


async def decisions_from(session: AsyncSession, committee: Committee, day: date) -> Sequence[Decision]:
    """Return the decisions of a committee on a day and later ones."""
    statement = select(Decision).where(Decision.committee_id == committee.id, Decision.decided_on >= day)
    return (await session.scalars(statement.order_by(Decision.decided_on, Decision.id))).all()


async def committees_around(
    session: AsyncSession, territory: Territory, day: date, *, known_at: datetime | None = None
) -> Sequence[Committee]:
    """Return the project committees of a territory and the committees of its régions of a day, past and present."""
    regions = regions_on(territory, day)
    if known_at is not None:
        found = await _known(session, known_at)
        around = [each for each in found if each.territory_key == territory.key or each.region_code in regions]
        return sorted(around, key=lambda each: each.established_on, reverse=True)
    statement = select(Committee).where(
        or_(Committee.territory_key == territory.key, Committee.region_code.in_(regions))
    )
    return (await session.scalars(statement.order_by(Committee.established_on.desc()))).all()


async def get_committee_on(
    session: AsyncSession, committee_id: UUID, *, as_of: date | None = None, known_at: datetime | None = None
) -> Committee:
    """A committee, for an answer on a day, as it is recorded or was recorded by a moment."""
    committee = await get_committee(session, committee_id)
    if known_at is not None:
        found = await _known(session, known_at, keys=[committee.key])
        if not found:
            raise CommitteeNotFound(
                f"{committee.name} was not recorded yet at {known_at.isoformat()}: ask for a later moment."
            )
        committee = found[0]
    if as_of is not None:
        require_readable(as_of, today=today(), earliest=date.min)
    if day := day_asked(as_of, known_at):
        require_established(committee, day)
    return committee


async def _known(session: AsyncSession, known_at: datetime, *, keys: Keys[str] | None = None) -> list[Committee]:
    """Return committees with the organisations that sit in them, as they were known at a moment."""
    committees = await _committees.known(session, known_at, keys=keys)
    seats = [seat for committee in committees for seat in committee.seats]
    sirens = {seat.organisation_siren for seat in seats}
    organisations = {each.siren: each for each in await organisations_known(session, known_at, keys=sirens)}
    for seat in seats:
        seat.organisation = organisations[seat.organisation_siren]
    return committees


async def list_committees(
    session: AsyncSession, filters: CommitteeFilters, pagination: PageRequest
) -> Slice[Committee]:
    """One page of committees."""
    if filters.territory:
        filters = replace(filters, territory=await key_of(session, filters.territory))
    if filters.as_of:
        require_readable(filters.as_of, today=today())
    if filters.known_at:
        committees = await _known(session, filters.known_at)
        found = [each for each in committees if _is_chosen(each, filters)]
        return page_of(found, pagination, order=lambda committee: (committee.key,))
    statement = select(Committee)
    for column, value in (
        (Committee.level, filters.level),
        (Committee.region_code, filters.region),
        (Committee.territory_key, filters.territory),
    ):
        if value:
            statement = statement.where(column == value)
    if filters.as_of:
        statement = statement.where(
            Committee.established_on <= filters.as_of,
            or_(Committee.dissolved_on.is_(None), Committee.dissolved_on > filters.as_of),
        )
    return await _committees.page(session, statement, pagination)


def _is_chosen(committee: Committee, filters: CommitteeFilters) -> bool:
    """The filters of `list_committees`, of a committee in memory."""
    day = day_asked(filters.as_of, filters.known_at) or today()
    return (
        filters.level in (None, committee.level)
        and filters.region in (None, committee.region_code)
        and filters.territory in (None, committee.territory_key)
        and committee.established_on <= day
        and (committee.dissolved_on is None or day < committee.dissolved_on)
    )


async def list_decisions(
    session: AsyncSession, filters: DecisionFilters, pagination: PageRequest, *, by: Caller
) -> Slice[Decision]:
    """One page of the decisions that concern the caller; with `as_of`, those of that day and before."""
    if filters.committee:
        await require_known(session, Committee, filters.committee, parameter="committee")
    if filters.territory:
        filters = replace(filters, territory=await key_of(session, filters.territory))
    if filters.as_of:
        require_readable(filters.as_of, today=today())
    if filters.known_at:
        found = await _decisions_known(session, filters, filters.known_at, by=by)
        return page_of(found, pagination, order=lambda decision: (decision.key,))
    statement = _seen_by(await access_scope_of(session, by)).where(*_stored_conditions(filters))
    return await _decisions.page(session, statement, pagination)


def _stored_conditions(filters: DecisionFilters) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions of the filters of decisions."""
    if filters.committee:
        yield Decision.committee_id == filters.committee
    if filters.territory:
        yield Decision.territories.any(Territory.key == filters.territory)
    if filters.kind:
        yield Decision.kind == filters.kind
    if filters.outcome:
        yield Decision.outcome == filters.outcome
    if filters.as_of:
        yield Decision.decided_on <= filters.as_of


async def _decisions_known(
    session: AsyncSession, filters: DecisionFilters, known_at: datetime, *, by: Caller
) -> list[Decision]:
    """Return the decisions that a list asks for, with their committee and territories, as known at a moment."""
    decisions = [
        each
        for each in await _decisions.known(session, known_at, by=by)
        if filters.committee in (None, each.committee_id)
        and (filters.territory is None or filters.territory in each.territory_keys)
        and filters.kind in (None, each.kind)
        and filters.outcome in (None, each.outcome)
        and (filters.as_of is None or each.decided_on <= filters.as_of)
    ]
    named = {str(each.committee_id) for each in decisions}
    committees = {each.id: each for each in await _committees.known(session, known_at, keys=named)}
    keys = {key for each in decisions for key in each.territory_keys}
    keys |= {each.territory_key for each in committees.values() if each.territory_key}
    territories = {each.key: each for each in await territories_known(session, known_at, keys=keys)}
    for committee in committees.values():
        committee.territory = territories[committee.territory_key] if committee.territory_key else None
    for decision in decisions:
        decision.committee = committees[decision.committee_id]
        decision.territories = [territories[key] for key in decision.territory_keys]
    return decisions


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


def _in_territories(keys: Iterable[str] | Select[tuple[str]]) -> ColumnElement[bool]:
    """On one of these territories, or by its committee."""
    on = Decision.territories.any(Territory.key.in_(keys))
    return or_(on, Decision.committee.has(Committee.territory_key.in_(keys)))


def _in_regions(codes: Iterable[str]) -> ColumnElement[bool]:
    """On a territory of one of these régions, or by a committee there."""
    there = select(TerritoryRegion.territory_key).where(TerritoryRegion.region_code.in_(codes))
    return or_(_in_territories(there), Decision.committee.has(Committee.region_code.in_(codes)))
