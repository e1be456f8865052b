"""Contracts and sheets that the end of a contract needs, locked where it changes them."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.contract.models import Action, Contract
from shared.events.contract import ContractStatus


async def lock_contract(session: AsyncSession, contract_id: UUID) -> Contract:
    """Return a contract that exists, locked, whoever may read it."""
    statement = select(Contract).where(Contract.id == contract_id).with_for_update()
    return (await session.scalars(statement)).unique().one()


async def contracts_to_end(session: AsyncSession, day: date, *, at_most: int) -> Sequence[Contract]:
    """Return signed contracts and protocols that are no longer in force on a day; locked."""
    # `rules.ends.is_due`, in SQL.
    statement = (
        select(Contract)
        .where(
            Contract.status == "signed",
            Contract.kind != "amendment",
            Contract.in_force_until < day,
        )
        .order_by(Contract.id)
        .limit(at_most)
        .with_for_update()
    )
    return (await session.scalars(statement)).unique().all()


async def contracts_in(session: AsyncSession, territories: Collection[str]) -> Sequence[Contract]:
    """Return the contracts of some territories, with their amendments."""
    statement = select(Contract).where(Contract.territory.in_(territories), Contract.kind != "protocol")
    return (await session.scalars(statement)).unique().all()


async def signed_successor(session: AsyncSession, contract: Contract) -> Contract | None:
    """Return the first contract that was signed and replaces a contract; None if there is none."""
    signed = Contract.replaces == contract.id, Contract.kind == "contract", Contract.signed_on.is_not(None)
    found = await session.scalars(select(Contract).where(*signed).order_by(Contract.signed_on, Contract.id))
    return found.unique().first()


async def contracts_with_sheet(
    session: AsyncSession, action: Action, statuses: Collection[ContractStatus]
) -> Sequence[Contract]:
    """Return the contracts, protocols and amendments in some states that have an action sheet in their text."""
    statement = select(Contract).where(Contract.territory.in_(action.territories), Contract.status.in_(statuses))
    found = await session.scalars(statement.order_by(Contract.territory, Contract.number))
    return [contract for contract in found.unique() if str(action.id) in contract.actions]


async def lock_sheets(session: AsyncSession, ids: Collection[UUID]) -> Sequence[Action]:
    """Return the sheets that still exist, locked."""
    statement = select(Action).where(Action.id.in_(ids)).order_by(Action.id).with_for_update()
    return (await session.scalars(statement)).unique().all()
