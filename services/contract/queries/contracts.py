"""Contracts, read."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.contract.errors import ContentNotFrozen, ContractNotKnown
from services.contract.models import (
    Action,
    Comment,
    Contract,
    ContractTag,
    FrozenContent,
    KnownPilot,
    KnownTerritory,
    TagKind,
)
from services.contract.queries.ceremonies import require_ceremony
from services.contract.queries.filters import ContractFilters
from services.contract.queries.projections import (
    key_of,
    named_scope_of,
    place_of,
    require_organisation,
    sheets,
    what_is_known,
)
from services.contract.queries.visible import tagged, visible
from services.contract.rules.amendments import base_of
from services.contract.rules.readiness import Readiness, Surroundings, blockers
from shared.clock import today
from shared.http.collection import Collection
from shared.http.pagination import PageRequest, Slice
from shared.problem import FieldError
from shared.projections import Known
from shared.security.access import AccessScope, Caller, require_concerned
from shared.storage.search import Sought

WHAT: Final = "contract"

_contracts: Final = Collection(Contract, WHAT, named_scope_of, order=(Contract.territory, Contract.number))
get_contract: Final = _contracts.get
contract_changes: Final = _contracts.changes


async def list_contracts(
    session: AsyncSession, filters: ContractFilters, pagination: PageRequest, *, by: Caller
) -> Slice[Contract]:
    """The contracts that the caller may see and asks for, by territory and number."""
    access_scope = await named_scope_of(session, by)
    await require_organisation(session, filters.party, parameter="party")
    wanted = {
        TagKind.TERRITORY: await key_of(session, filters.territory, filters.phase),
        TagKind.REGION: filters.region,
        TagKind.ORGANISATION: filters.party,
    }
    statement = select(Contract).where(
        or_(Contract.content_sha256.is_not(None), visible(Contract.id, ContractTag, access_scope)),
        *tagged(Contract.id, ContractTag, wanted),
    )
    first: list[ColumnElement[bool]] = []
    if sought := Sought.of(filters.q):
        statement, first = statement.where(sought.condition(Contract.search)), [sought.is_whole_in(Contract.search)]
    if filters.phase:
        statement = statement.where(Contract.phase == filters.phase)
    if filters.status:
        statement = statement.where(Contract.status == filters.status)
    if filters.amends:
        await require_readable_contract(session, filters.amends, access_scope, parameter="amends")
        statement = statement.where(Contract.amends == filters.amends)
    if filters.kind:
        statement = statement.where(Contract.kind == filters.kind)
    if filters.ceremony:
        await require_ceremony(session, filters.ceremony)
        statement = statement.where(Contract.ceremony_id == filters.ceremony)
    return await _contracts.page(session, statement, pagination, first=first)


async def require_readable_contract(
    session: AsyncSession, contract_id: UUID, access_scope: AccessScope, *, parameter: str
) -> None:
    """Refuse a filter by a contract that the caller may not read."""
    readable = or_(Contract.content_sha256.is_not(None), visible(Contract.id, ContractTag, access_scope))
    if not await session.scalar(select(exists().where(Contract.id == contract_id, readable))):
        raise ContractNotKnown(
            f"There is no contract {contract_id}, or your organisation may not read it: correct the id.",
            errors=[FieldError(parameter=parameter, detail=f"{contract_id} is unknown")],
        )


async def contract_history(
    session: AsyncSession, contract_id: UUID, pagination: PageRequest, *, by: Caller
) -> Slice[dict[str, Any]]:
    """Return the past of a contract to those it concerns; the signature does not make it public."""
    access_scope = await named_scope_of(session, by)
    found = await get_concerning(session, contract_id, by, access_scope)
    return await _contracts.history_of(session, found, pagination, sees=access_scope.is_concerned)


async def readiness(session: AsyncSession, contract_id: UUID, *, by: Caller) -> Readiness:
    """Return what blocks the review of a contract, for its stakeholders."""
    found = await get_concerning(session, contract_id, by, await named_scope_of(session, by))
    return Readiness(blockers(found, await surroundings(session, found)))


async def get_concerning(session: AsyncSession, contract_id: UUID, by: Caller, access_scope: AccessScope) -> Contract:
    """Return a contract to those it concerns, also when it is public."""
    found = await get_contract(session, contract_id, by=by, access_scope=access_scope)
    require_concerned(access_scope, found.stakeholders, WHAT)
    return found


async def surroundings(session: AsyncSession, found: Contract, *, known: Known | None = None) -> Surroundings:
    """Load the facts outside the contract that readiness checks; `known` holds more organisations than its parties."""
    pilots = await session.scalars(
        select(KnownPilot.capacity).where(KnownPilot.territory == found.territory, KnownPilot.in_office(on=today()))
    )
    known = known or await what_is_known(session, organisations=[party.organisation for party in found.parties])
    planned = await sheets(session, [UUID(entry["action_id"]) for entry in found.plan])
    closing = KnownTerritory.key == found.territory, KnownTerritory.closed_on <= today()
    others = await contracts_of(session, found.territory, without=found.id)
    amended = next((other for other in others if other.id == found.amends), None)
    return Surroundings(
        pilots=set(pilots),
        perimeter=await place_of(session, found.territory),
        organisations=known.organisations,
        actions={str(each): sheet for each, sheet in planned.items()},
        others=others,
        comments=await unresolved_comments(session, found.id),
        closed_on=await session.scalar(select(KnownTerritory.closed_on).where(*closing)),
        amended=amended,
        base=base_of(found, amended, others) if amended else None,
        today=today(),
    )


async def unresolved_comments(session: AsyncSession, contract_id: UUID) -> Sequence[Comment]:
    """Return the comments on a contract that are not resolved, oldest first."""
    comments = select(Comment).where(Comment.contract_id == contract_id, Comment.state != "resolved")
    return (await session.scalars(comments.order_by(Comment.id))).all()


async def contracts_of(session: AsyncSession, territory: str, *, without: UUID) -> Sequence[Contract]:
    """Return the other contracts and protocols of a territory, by number."""
    others = select(Contract).where(Contract.territory == territory, Contract.id != without)
    return (await session.scalars(others.order_by(Contract.number))).all()


async def attached_actions(session: AsyncSession, found: Contract) -> list[Action]:
    """The sheets of a contract that still exist, in its order."""
    attached = await sheets(session, [UUID(each) for each in found.actions])
    return [attached[sheet_id] for each in found.actions if (sheet_id := UUID(each)) in attached]


async def frozen_content(session: AsyncSession, contract_id: UUID, *, by: Caller) -> FrozenContent:
    """Return the signed content, byte for byte."""
    found = await get_contract(session, contract_id, by=by)
    content = await session.get(FrozenContent, found.id)
    if content is None:
        raise ContentNotFrozen(f"This contract is {found.status}: its content is frozen when it is signed.")
    return content
