"""Commands of paper copies."""

from typing import IO
from uuid import UUID

from services.contract import queries
from services.contract.commands import documents
from services.contract.models import PaperCopy
from services.contract.rules import papers as rules
from services.contract.rules.papers import Scan
from shared.clock import now, today
from shared.ids import uuid7
from shared.security.access import Caller
from shared.storage import outbox
from shared.storage.history import set_reason
from shared.storage.unit_of_work import WriteSession


async def deposit_paper_copy(
    session: WriteSession, contract_id: UUID, scan: Scan, content: IO[bytes], *, by: Caller
) -> PaperCopy:
    """Deposit an inspected scan for the caller's party."""
    access_scope = await queries.access_scope_of(session, by)
    contract = await queries.get_contract(session, contract_id, by=by, access_scope=access_scope, lock=True)
    earlier = await queries.paper_copies_of(session, contract.id)
    copy = rules.deposit(uuid7(), contract, scan, earlier, by=by, access_scope=access_scope, at=now(), today=today())
    session.add(copy)
    await documents.store(session, scan.sha256, scan.size_bytes, content)
    outbox.add(session, rules.deposited(copy))
    return copy


async def withdraw_paper_copy(session: WriteSession, copy_id: UUID, *, reason: str, by: Caller) -> PaperCopy:
    """Withdraw a paper copy of the caller's party. Its bytes are deleted, unless another contract has the same."""
    access_scope = await queries.access_scope_of(session, by)
    copy = await queries.get_paper_copy(session, copy_id, by=by, access_scope=access_scope)
    # The signature of the contract and its withdrawal come one after the other.
    await queries.get_contract(session, copy.contract_id, by=by, access_scope=access_scope, lock=True)
    await session.refresh(copy)
    await session.refresh(copy.contract)
    outbox.add(session, rules.withdraw(copy, access_scope=access_scope, by=by, at=now()))
    set_reason(session, copy, reason)
    await session.flush()
    await documents.lock(session, copy.sha256)
    if not await queries.is_kept_elsewhere(session, copy):
        await documents.discard(session, copy.sha256)
    return copy
