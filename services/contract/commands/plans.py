"""What sheets and contracts have in common: their numbers, and the tags by which lists find them."""

from typing import Literal
from uuid import UUID

from sqlalchemy import delete, insert, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.contract.models import ActionTag, ContractTag, Plan
from services.contract.models.base import TagKind


async def next_number(session: AsyncSession, territory: str, what: Literal["action", "contract"]) -> str:
    """The next number of a territory's plan. The caller has locked the territory, so nobody else draws one."""
    plan = await session.get(Plan, territory)
    if plan is None:
        plan = Plan(territory=territory, last_action=0, last_contract=0)
        session.add(plan)
    if what == "action":
        plan.last_action += 1
        return f"A-{plan.last_action:04d}"
    plan.last_contract += 1
    return f"C-{plan.last_contract:04d}"


async def tag(
    session: AsyncSession, table: type[ActionTag | ContractTag], object_id: UUID, tags: set[tuple[TagKind, str]]
) -> None:
    """Make an object found by these tags, and by no others."""
    await session.flush()
    found = await session.execute(select(table.kind, table.code).where(table.object_id == object_id))
    before = {(kind, code) for kind, code in found}
    if gone := before - tags:
        await session.execute(
            delete(table).where(table.object_id == object_id, tuple_(table.kind, table.code).in_(gone))
        )
    if new := sorted(tags - before):
        await session.execute(
            insert(table), [{"object_id": object_id, "kind": kind, "code": code} for kind, code in new]
        )
