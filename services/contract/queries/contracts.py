"""Contracts, read."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.contract.errors import ContentNotFrozen
from services.contract.models import Action, Contract, ContractTag, FrozenContent, KnownPilot
from services.contract.models.base import TagKind
from services.contract.queries.filters import ContractFilters
from services.contract.queries.known import access_scope_of, key_of, place_of, sheets, what_is_known
from services.contract.queries.visible import having_words, tagged, visible
from services.contract.rules.readiness import Readiness, Surroundings, blockers
from shared.http.changes import changes, history_of
from shared.http.pagination import PageRequest, Slice, page
from shared.problem import NotFound
from shared.security.access import AccessScope, Caller, require_concerned, require_visible

WHAT = "contract"


async def contract(
    session: AsyncSession, contract_id: UUID, *, access_scope: AccessScope, lock: bool = False
) -> Contract:
    """A contract within the caller's reach; locked, one command at a time decides on it."""
    statement = select(Contract).where(Contract.id == contract_id)
    found = await session.scalar(statement.with_for_update() if lock else statement)
    if found is None:
        raise NotFound(f"There is no such {WHAT}, or your organisation may not read it.")
    require_visible(access_scope, found.stakeholders, WHAT)
    return found


async def read_contract(session: AsyncSession, contract_id: UUID, *, by: Caller) -> Contract:
    """A contract that the caller may see; a signed one is public."""
    return await contract(session, contract_id, access_scope=await access_scope_of(session, by))


async def list_contracts(
    session: AsyncSession, filters: ContractFilters, pagination: PageRequest, *, by: Caller
) -> Slice[Contract]:
    """The contracts that the caller may see and asks for, by territory and number."""
    access_scope = await access_scope_of(session, by)
    wanted = {
        TagKind.TERRITORY: await key_of(session, filters.territory, filters.phase),
        TagKind.REGION: filters.region,
        TagKind.ORGANISATION: filters.party,
    }
    statement = select(Contract).where(
        or_(Contract.content_sha256.is_not(None), visible(Contract.id, ContractTag, access_scope)),
        *tagged(Contract.id, ContractTag, wanted),
        *having_words(Contract.search, filters.q or ""),
    )
    if filters.phase:
        statement = statement.where(Contract.phase == filters.phase)
    if filters.status:
        statement = statement.where(Contract.status == filters.status)
    return await page(session, statement, pagination, order=(Contract.territory, Contract.number))


async def contract_changes(session: AsyncSession, pagination: PageRequest, *, by: Caller) -> dict[str, Any]:
    """Return the changes of the contracts that the caller may see."""
    access_scope = await access_scope_of(session, by)

    async def load(session: AsyncSession, ids: Sequence[str]) -> dict[str, Contract]:
        found = await session.scalars(select(Contract).where(Contract.id.in_([UUID(key) for key in ids])))
        return {each.key: each for each in found}

    return await changes(session, Contract.collection, pagination, sees=access_scope.sees, load=load)


async def history_of_contract(
    session: AsyncSession, contract_id: UUID, pagination: PageRequest, *, by: Caller
) -> Slice[dict[str, Any]]:
    """The past of a contract, for those it concerns: its signature makes the contract public, not how it came about."""
    access_scope = await access_scope_of(session, by)
    found = await contract(session, contract_id, access_scope=access_scope)
    require_concerned(access_scope, found.stakeholders, WHAT)
    return await history_of(session, Contract.collection, found.key, pagination)


async def readiness(session: AsyncSession, contract_id: UUID, *, by: Caller) -> Readiness:
    """Return what blocks the review of a contract, for its stakeholders."""
    access_scope = await access_scope_of(session, by)
    found = await contract(session, contract_id, access_scope=access_scope)
    require_concerned(access_scope, found.stakeholders, WHAT)
    return Readiness(blockers(found, await surroundings(session, found)))


async def surroundings(session: AsyncSession, found: Contract) -> Surroundings:
    """Load the facts outside the contract that readiness checks."""
    pilots = await session.scalars(select(KnownPilot.capacity).where(KnownPilot.territory == found.territory))
    known = await what_is_known(session, organisations=[party.organisation for party in found.parties])
    attached = await sheets(session, [UUID(each) for each in found.actions])
    return Surroundings(
        pilots=set(pilots),
        place=await place_of(session, found.territory),
        organisations=known.organisations,
        actions={str(each): sheet for each, sheet in attached.items()},
    )


async def attached_actions(session: AsyncSession, found: Contract) -> list[Action]:
    """The sheets of a contract, in its order."""
    attached = await sheets(session, [UUID(each) for each in found.actions])
    return [attached[UUID(each)] for each in found.actions]


async def frozen_content(session: AsyncSession, contract_id: UUID, *, by: Caller) -> FrozenContent:
    """Return the signed content, byte for byte."""
    found = await read_contract(session, contract_id, by=by)
    content = await session.get(FrozenContent, found.id)
    if content is None:
        raise ContentNotFrozen(f"This contract is {found.status}: its content is frozen when it is signed.")
    return content
