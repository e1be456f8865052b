"""Numbers and tags of action sheets and contracts."""

from typing import Literal

from sqlalchemy import delete, insert, select, tuple_

from services.contract.models import Action, ActionTag, Contract, ContractTag, Plan
from shared.storage.unit_of_work import WriteSession


async def next_number(session: WriteSession, territory: str, kind: Literal["action", "contract", "protocol"]) -> str:
    """Return the next number of a territory's plan. The caller must have locked the territory."""
    plan = await session.get(Plan, territory)
    if plan is None:
        plan = Plan(territory=territory, last_action=0, last_contract=0, last_protocol=0)
        session.add(plan)
    if kind == "action":
        plan.last_action += 1
        return f"A-{plan.last_action:04d}"
    if kind == "protocol":
        plan.last_protocol += 1
        return f"P-{plan.last_protocol:04d}"
    plan.last_contract += 1
    return f"C-{plan.last_contract:04d}"


async def tag(session: WriteSession, tagged: Action | Contract) -> None:
    """Store the tags of a sheet or contract, and delete its former ones."""
    await session.flush()
    table = ActionTag if isinstance(tagged, Action) else ContractTag
    tags = tagged.tags()
    rows = await session.execute(select(table.kind, table.code).where(table.object_id == tagged.id))
    before = {(kind, code) for kind, code in rows}
    if removed := before - tags:
        await session.execute(
            delete(table).where(table.object_id == tagged.id, tuple_(table.kind, table.code).in_(removed))
        )
    if added := sorted(tags - before):
        await session.execute(
            insert(table),
            [{"object_id": tagged.id, "kind": kind, "code": code, **tagged.list_position} for kind, code in added],
        )
