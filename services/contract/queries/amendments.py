"""Amendments of a contract, and the texts that they make."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.contract.errors import ContentNotFrozen, NotAmended
from services.contract.models import Contract, FrozenContent
from services.contract.queries.contracts import attached_actions, get_contract
from services.contract.rules import amendments as rules
from services.contract.rules import consolidation
from services.contract.rules.consolidation import ConsolidatedText, SignedDocument
from services.contract.rules.content import content
from services.contract.rules.days import require_readable
from services.contract.rules.differences import TextDifference
from shared.clock import today
from shared.security.access import Caller


async def amendments_of(session: AsyncSession, contract_id: UUID) -> Sequence[Contract]:
    """Return the amendments of a contract, in the order of their numbers."""
    statement = select(Contract).where(Contract.amends == contract_id).order_by(Contract.amendment_number)
    return (await session.scalars(statement)).unique().all()


async def text_in_force(session: AsyncSession, contract: Contract) -> Contract:
    """Return the last signed amendment of a contract, or the contract."""
    return rules.consolidated(contract, await amendments_of(session, contract.id))


async def base_text(session: AsyncSession, amendment: Contract) -> Contract:
    """Return the text that an amendment amends."""
    if amendment.amends is None:
        raise NotAmended(f"{amendment.number} is a {amendment.kind}: only an amendment amends a text, name one.")
    amended = await session.get_one(Contract, amendment.amends)
    return rules.base_of(amendment, amended, await amendments_of(session, amended.id))


async def amendment_differences(session: AsyncSession, amendment_id: UUID, *, by: Caller) -> Sequence[TextDifference]:
    """Return what an amendment changes in the text that it amends."""
    amendment = await get_contract(session, amendment_id, by=by)
    base = await session.get_one(FrozenContent, (await base_text(session, amendment)).id)
    own = await session.get(FrozenContent, amendment.id)
    after = consolidation.read(own.body) if own else content(amendment, await attached_actions(session, amendment))
    return consolidation.text_differences(consolidation.read(base.body), after)


async def consolidated_text(
    session: AsyncSession, contract_id: UUID, *, as_of: date | None, by: Caller
) -> ConsolidatedText:
    """Return the text of a contract with the amendments in force at the end of a day, today by default."""
    found = await get_contract(session, contract_id, by=by)
    contract = await session.get_one(Contract, found.amends) if found.amends else found
    day = as_of or today()
    require_readable(day, today=today())
    family = [contract, *await amendments_of(session, contract.id)]
    bodies = {
        each.contract_id: each
        for each in await session.scalars(
            select(FrozenContent).where(FrozenContent.contract_id.in_([document.id for document in family]))
        )
    }
    documents = [
        SignedDocument(document.id, document.number, document.signed_on, frozen.sha256, frozen.body)
        for document in family
        if document.signed_on and (frozen := bodies.get(document.id))
    ]
    text = consolidation.text_on(documents, day)
    if text is None:
        raise ContentNotFrozen(f"No text of this contract was signed by {day}: ask for a day from its signature on.")
    return text
