"""Numbers and tags of action sheets and contracts."""

from typing import Literal

from sqlalchemy import delete, insert, select, tuple_

from services.contract.models import Action, ActionTag, Contract, ContractTag, Plan
from shared.storage.unit_of_work import WriteSession


async def next_number(session: WriteSession, territory: str, what: Literal["action", "contract"]) -> str:
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


async def tag(session: WriteSession, found: Action | Contract) -> None:
    """Make an object found by its tags, and by no others."""
    await session.flush()
    table = ActionTag if isinstance(found, Action) else ContractTag
    tags = found.tags()
    rows = await session.execute(select(table.kind, table.code).where(table.object_id == found.id))
    before = {(kind, code) for kind, code in rows}
    if gone := before - tags:
        await session.execute(
            delete(table).where(table.object_id == found.id, tuple_(table.kind, table.code).in_(gone))
        )
    if new := sorted(tags - before):
        await session.execute(
            insert(table), [{"object_id": found.id, "kind": kind, "code": code, **found.place} for kind, code in new]
        )
