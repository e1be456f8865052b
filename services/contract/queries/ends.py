"""Contracts and sheets that the end of a contract needs, locked where it changes them."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.contract.models import Action, Contract


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


async def lock_sheets(session: AsyncSession, ids: Collection[UUID]) -> Sequence[Action]:
    """Return the sheets that still exist, locked."""
    statement = select(Action).where(Action.id.in_(ids)).order_by(Action.id).with_for_update()
    return (await session.scalars(statement)).unique().all()
