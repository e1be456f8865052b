"""Commands of the end of a contract: declared, taken back, or by the clock."""

from datetime import date
from typing import Final
from uuid import UUID

from services.contract import queries
from services.contract.models import Contract
from services.contract.rules import ends as rules
from services.contract.rules.contracts import require_transition
from services.contract.rules.ends import EndDeclaration
from shared.clock import today
from shared.security.access import AccessScope, Caller, require_owner
from shared.storage import outbox
from shared.storage.history import set_reason
from shared.storage.unit_of_work import WriteSession

BATCH: Final = 100
"""Maximum contracts in one transaction of the clock."""
EXPIRED: Final = "its last day is over"


async def terminate_contract(
    session: WriteSession, contract_id: UUID, *, declaration: EndDeclaration, abandons_actions: bool, by: Caller
) -> Contract:
    """Terminate a contract for its territory or a Region of it, today or on a later day."""
    contract, access_scope = await _visible(session, contract_id, by)
    require_owner(by, access_scope, contract.stakeholders, "contract")
    amendments = await queries.amendments_of(session, contract.id)
    rules.terminate(
        contract, declaration, organisation=by.org, abandons_actions=abandons_actions, amendments=amendments
    )
    await _end_if_due(session, contract, today(), reason=declaration.reason)
    return contract


async def denounce_contract(
    session: WriteSession, contract_id: UUID, *, declaration: EndDeclaration, by: Caller
) -> Contract:
    """Denounce a contract for a party that had to sign it."""
    contract, access_scope = await _visible(session, contract_id, by)
    # The state is refused before the caller is: the refusal lists the transitions that are allowed.
    require_transition(contract, "denounce")
    party = rules.denouncing_party(await queries.text_in_force(session, contract), access_scope)
    amendments = await queries.amendments_of(session, contract.id)
    rules.denounce(contract, declaration, organisation=party, amendments=amendments)
    await _end_if_due(session, contract, today(), reason=declaration.reason)
    return contract


async def revoke_end(session: WriteSession, contract_id: UUID, *, reason: str, by: Caller) -> Contract:
    """Take back an end to come."""
    contract, access_scope = await _visible(session, contract_id, by)
    rules.revoke(contract, access_scope=access_scope)
    set_reason(session, contract, reason)
    return contract


async def end_replaced(session: WriteSession, signed: Contract) -> None:
    """End the contract that a signed one replaces, today or when the signed one begins.

    The two may be signed in any order: one that was replaced before its signature ends too.
    """
    if signed.replaces is not None:
        await _replace(session, await queries.lock_contract(session, signed.replaces), by=signed)
    if (successor := await queries.signed_successor(session, signed)) is not None:
        await _replace(session, signed, by=successor)


async def end_due_contracts(session: WriteSession, day: date) -> int:
    """End the contracts that are no longer in force on a day, one batch of them; return their number."""
    due = await queries.contracts_to_end(session, day, at_most=BATCH)
    for contract in due:
        await _end_if_due(session, contract, day, reason=contract.end_reason)
    return len(due)


async def _replace(session: WriteSession, replaced: Contract, *, by: Contract) -> None:
    if rules.replace(replaced, by=by):
        await _end_if_due(session, replaced, today(), reason=replaced.end_reason)


async def _end_if_due(session: WriteSession, contract: Contract, day: date, *, reason: str | None) -> None:
    """End a contract that is no longer in force on a day, and abandon its sheets if that was declared."""
    if reason:
        set_reason(session, contract, reason)
    if not rules.is_due(contract, on=day):
        return
    ended = rules.end(contract)
    if ended.outcome == "expired":
        set_reason(session, contract, EXPIRED)
    outbox.add(session, ended)
    if contract.abandons_actions:
        await _abandon_sheets(session, contract, ended.ended_on)


async def _abandon_sheets(session: WriteSession, contract: Contract, on: date) -> None:
    sheets = await queries.lock_sheets(session, rules.retained(await queries.text_in_force(session, contract)))
    others = await queries.contracts_in(session, {territory for sheet in sheets for territory in sheet.territories})
    sorted_sheets = rules.abandonment(contract, sheets, others)
    contract.kept_actions = [str(sheet.id) for sheet in sorted_sheets.kept]
    for sheet in sorted_sheets.abandoned:
        outbox.add(session, rules.abandon(sheet, on=on))
        set_reason(session, sheet, f"contract {contract.number} was {contract.end_outcome}: {contract.end_reason}")


async def _visible(session: WriteSession, contract_id: UUID, by: Caller) -> tuple[Contract, AccessScope]:
    access_scope = await queries.access_scope_of(session, by)
    return await queries.get_contract(session, contract_id, by=by, access_scope=access_scope, lock=True), access_scope
