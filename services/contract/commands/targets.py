"""Commands of targets."""

from typing import Any
from uuid import UUID

from services.contract import queries
from services.contract.models import Target
from services.contract.rules import targets as rules
from shared.clock import now
from shared.ids import uuid7
from shared.storage import outbox
from shared.storage.history import require_version, set_reason
from shared.storage.unit_of_work import WriteSession


async def set_target(session: WriteSession, *, target_id: UUID | None = None, **content: Any) -> Target:
    """Set a target for a day."""
    await queries.require_source(session, content.get("source_id"))
    target = Target(id=target_id or uuid7(), goal=None, region=None, source_id=None)
    rules.write(target, content)
    session.add(target)
    await session.flush()
    outbox.add(session, rules.is_set(target, at=now()))
    return target


async def change_target(
    session: WriteSession, target_id: UUID, *, expected: int, reason: str | None = None, **content: Any
) -> Target:
    """Correct a target, or put it off."""
    target = await queries.get_target(session, target_id, lock=True)
    require_version(target, expected)
    await queries.require_source(session, content.get("source_id"))
    rules.write(target, content)
    if session.is_modified(target):
        if reason:
            set_reason(session, target, reason)
        outbox.add(session, rules.is_set(target, at=now()))
    return target


async def withdraw_target(session: WriteSession, target_id: UUID, *, reason: str) -> Target:
    """Withdraw a target: it stays readable."""
    target = await queries.get_target(session, target_id, lock=True)
    rules.withdraw(target, at=now())
    set_reason(session, target, reason)
    outbox.add(session, rules.is_set(target, at=now()))
    return target
