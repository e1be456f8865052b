"""Commands of contracts that were signed on paper before they came here."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.contract import queries
from services.contract.commands.amendments import publish_signed, require_amended_in_force
from services.contract.commands.comments import keep_text
from services.contract.models import Contract
from services.contract.rules import content as contents
from services.contract.rules import paper_contracts as rules
from services.contract.rules import readiness, review
from services.contract.rules.contracts import require_transition
from services.contract.rules.paper_contracts import EnteredSignature
from services.contract.rules.territories import require_open
from shared.clock import today
from shared.security.access import Caller, require_owner
from shared.storage.history import set_reason
from shared.storage.unit_of_work import WriteSession


async def enter_signed_contract(
    session: WriteSession,
    contract_id: UUID,
    *,
    signed_on: date,
    signatures: Sequence[EnteredSignature],
    source: str,
    by: Caller,
) -> Contract:
    """Enter a draft as signed on paper, with its real days. Its content is frozen, and says so."""
    access_scope = await queries.access_scope_of(session, by)
    contract = await queries.get_contract(session, contract_id, by=by, access_scope=access_scope, lock=True)
    require_owner(by, access_scope, contract.stakeholders, contract.kind)
    require_transition(contract, "enter-signed")
    await require_amended_in_force(session, contract)
    territory = await queries.get_territory(session, contract.territory, pointer="/territory", lock=True)
    require_open(territory, on=signed_on)
    await queries.lock_sheets(session, [UUID(action_id) for action_id in contract.actions])
    amended = await queries.lock_contract(session, contract.amends) if contract.amends else None
    rules.enter_signed(contract, signatures, signed_on=signed_on, source=source, today=today(), amended=amended)
    found = readiness.blockers(contract, await queries.surroundings(session, contract))
    review.require_ready(contract, rules.needed(found))
    rules.require_complete(contract, signed_on=signed_on)
    content = contents.frozen(contract, await queries.attached_actions(session, contract))
    session.add(content)
    # Of a signed contract, everybody reads the text that was kept last.
    await keep_text(session, contract, by=by)
    await publish_signed(session, contract, rules.conclude_entered(contract, content, signed_on=signed_on))
    set_reason(session, contract, f"signed on paper: {source}")
    return contract
