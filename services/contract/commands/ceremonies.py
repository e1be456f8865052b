"""Commands of ceremonies."""

from typing import Any
from uuid import UUID

from services.contract import queries
from services.contract.models import Ceremony, Contract
from services.contract.rules import ceremonies as rules
from shared.clock import today
from shared.ids import uuid7
from shared.security.access import Caller, require_owner
from shared.storage import outbox
from shared.storage.history import require_version, set_reason
from shared.storage.unit_of_work import WriteSession

WHAT = "ceremony"


async def announce_ceremony(session: WriteSession, *, by: Caller, **content: Any) -> Ceremony:
    """Announce a ceremony."""
    ceremony = Ceremony(id=uuid7(), regions=[], is_cancelled=False)
    rules.write(ceremony, content, today=today())
    await _require_holder(session, ceremony, by)
    session.add(ceremony)
    outbox.add(session, rules.announced(ceremony))
    return ceremony


async def change_ceremony(
    session: WriteSession, ceremony_id: UUID, *, expected: int, by: Caller, reason: str | None = None, **content: Any
) -> Ceremony:
    """Correct a ceremony, or put it off."""
    ceremony = await queries.get_ceremony(session, ceremony_id, lock=True)
    await _require_holder(session, ceremony, by)
    require_version(ceremony, expected)
    rules.write(ceremony, content, today=today())
    await _require_holder(session, ceremony, by)
    if session.is_modified(ceremony):
        if reason:
            set_reason(session, ceremony, reason)
        outbox.add(session, rules.announced(ceremony))
    return ceremony


async def cancel_ceremony(session: WriteSession, ceremony_id: UUID, *, reason: str, by: Caller) -> Ceremony:
    """Cancel a ceremony."""
    ceremony = await queries.get_ceremony(session, ceremony_id, lock=True)
    await _require_holder(session, ceremony, by)
    rules.cancel(ceremony)
    set_reason(session, ceremony, reason)
    outbox.add(session, rules.announced(ceremony))
    return ceremony


async def name_ceremony(
    session: WriteSession, contract_id: UUID, *, ceremony_id: UUID | None, expected: int, by: Caller
) -> Contract:
    """Say at which ceremony a contract or protocol is signed."""
    access_scope = await queries.access_scope_of(session, by)
    contract = await queries.get_contract(session, contract_id, by=by, access_scope=access_scope, lock=True)
    require_owner(by, access_scope, contract.stakeholders, contract.kind)
    require_version(contract, expected)
    rules.name_ceremony(contract, await queries.get_ceremony(session, ceremony_id) if ceremony_id else None)
    return contract


async def _require_holder(session: WriteSession, ceremony: Ceremony, by: Caller) -> None:
    """Refuse callers other than the délégation and the Regions that hold the ceremony."""
    require_owner(by, await queries.access_scope_of(session, by), ceremony.stakeholders, WHAT)
