"""Commands of signing circuits: request, signature, refusal and the ways on, delegation, the clock."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from services.contract import queries
from services.contract.commands.amendments import publish_signed
from services.contract.commands.comments import keep_text
from services.contract.commands.contracts import owned, require_still_open
from services.contract.commands.plans import tag
from services.contract.errors.signatures import CircuitNotFitting
from services.contract.models import Contract
from services.contract.rules import circuits, delegations, readiness, reminders, replacements, review, signing
from services.contract.rules import content as contents
from services.contract.rules.contracts import require_transition
from services.contract.rules.signing import Signature
from shared.clock import now, today
from shared.ids import uuid7
from shared.security.access import AccessScope, Caller
from shared.storage import outbox
from shared.storage.history import require_version, set_reason
from shared.storage.unit_of_work import WriteSession

BATCH: Final = 20
"""Maximum contracts in one transaction of the clock. A contract may be large."""


async def change_circuit(
    session: WriteSession, contract_id: UUID, *, groups: Sequence[Mapping[str, Any]], expected: int, by: Caller
) -> Contract:
    """Write the circuit of a contract whose signatures are not requested yet."""
    contract = await owned(session, contract_id, by)
    require_version(contract, expected)
    await require_still_open(session, contract)
    circuits.change(contract, groups)
    if contract.status != "draft":
        # A draft may lack parties; readiness says so later.
        surroundings = await queries.surroundings(session, contract)
        if lost := readiness.parties_missing(contract, circuits.groups(contract), surroundings):
            raise CircuitNotFitting(" ".join(blocker.sentence for blocker in lost))
    return contract


async def request_signatures(
    session: WriteSession, contract_id: UUID, *, by: Caller, due_on: date | None = None
) -> Contract:
    """Ask the parties of the first group to sign."""
    contract = await owned(session, contract_id, by)
    await require_still_open(session, contract)
    require_transition(contract, "request-signatures")
    # Whoever writes in a sheet at this moment is waited for, or waits and is refused.
    await queries.lock_sheets(session, [UUID(action_id) for action_id in contract.actions])
    # A sheet may have been moved, or a member may have left, since the text was submitted.
    review.require_ready(contract, readiness.blockers(contract, await queries.surroundings(session, contract)))
    for event in signing.request_signatures(contract, due_on=due_on, today=today(), at=now()):
        outbox.add(session, event)
    # Nobody submits a protocol: its text is kept here.
    await keep_text(session, contract, by=by)
    return contract


async def sign_contract(session: WriteSession, contract_id: UUID, *, signature: Signature, by: Caller) -> Contract:
    """Sign for the caller's organisation. The last needed signature freezes the content."""
    contract, access_scope = await _visible(session, contract_id, by)
    amended = await queries.lock_contract(session, contract.amends) if contract.amends else None
    signed = signing.sign(contract, signature, by=by, access_scope=access_scope, today=today(), amended=amended)
    outbox.add(session, signed)
    # A signature of before the closing may be recorded after it.
    await require_still_open(session, contract, on=signature.signed_on)
    await _go_on(session, contract)
    return contract


async def decline_contract(
    session: WriteSession, contract_id: UUID, *, reason: str, by: Caller, party_id: UUID | None = None
) -> Contract:
    """Decline to sign for the caller's organisation."""
    contract, access_scope = await _visible(session, contract_id, by)
    event = signing.decline(contract, reason=reason, by=by, access_scope=access_scope, at=now(), party_id=party_id)
    outbox.add(session, event)
    set_reason(session, contract, reason)
    return contract


async def withdraw_signature(
    session: WriteSession, contract_id: UUID, *, reason: str, by: Caller, party_id: UUID | None = None
) -> Contract:
    """Take back a signature that was entered by mistake."""
    contract, access_scope = await _visible(session, contract_id, by)
    event = signing.withdraw(contract, by=by, access_scope=access_scope, today=today(), at=now(), party_id=party_id)
    outbox.add(session, event)
    set_reason(session, contract, reason)
    await _go_on(session, contract)
    return contract


async def delegate_signature(
    session: WriteSession, contract_id: UUID, *, by: Caller, party_id: UUID | None = None, **act: Any
) -> Contract:
    """Let another office sign for the caller's organisation."""
    contract, access_scope = await _visible(session, contract_id, by)
    party = delegations.party_to_delegate(contract, by, access_scope, party_id=party_id)
    if siren := act["organisation"]:
        (await queries.what_is_known(session, organisations=[siren])).organisation(siren, "/organisation")
    outbox.add(session, delegations.delegate(contract, party, act, today=today(), at=now()))
    await tag(session, contract)
    return contract


async def revoke_delegation(
    session: WriteSession, contract_id: UUID, *, reason: str, by: Caller, party_id: UUID | None = None
) -> Contract:
    """Let nobody else sign for the caller's organisation any more."""
    contract, access_scope = await _visible(session, contract_id, by)
    party = delegations.party_to_revoke(contract, by, access_scope, party_id=party_id)
    outbox.add(session, delegations.revoke(contract, party, at=now()))
    set_reason(session, contract, reason)
    await tag(session, contract)
    return contract


async def ask_again(
    session: WriteSession, contract_id: UUID, party_id: UUID, *, by: Caller, reason: str | None = None
) -> Contract:
    """Clear the refusal of a party, and ask it again."""
    contract = await owned(session, contract_id, by)
    await require_still_open(session, contract)
    replacements.ask_again(contract, party_id, today=today())
    if reason:
        set_reason(session, contract, reason)
    await _go_on(session, contract)
    return contract


async def replace_party(
    session: WriteSession,
    contract_id: UUID,
    party_id: UUID,
    *,
    organisation: str,
    reason: str,
    by: Caller,
    **fields: Any,
) -> Contract:
    """Put another organisation of the same kind in the place of a party."""
    contract = await owned(session, contract_id, by)
    await require_still_open(session, contract)
    require_transition(contract, "replace")
    named = [organisation, *(party.organisation for party in contract.parties)]
    known = await queries.what_is_known(session, organisations=named)
    surroundings = await queries.surroundings(session, contract, known=known)
    event = replacements.replace(
        contract,
        party_id,
        new_id=uuid7(),
        organisation=known.organisation(organisation, "/organisation"),
        fields=fields,
        surroundings=surroundings,
        today=today(),
        at=now(),
    )
    outbox.add(session, event)
    set_reason(session, contract, reason)
    await _go_on(session, contract)
    await tag(session, contract)
    return contract


async def take_out_party(
    session: WriteSession, contract_id: UUID, party_id: UUID, *, reason: str, by: Caller
) -> Contract:
    """Take a party out of a contract that can be signed without it."""
    contract = await owned(session, contract_id, by)
    await require_still_open(session, contract)
    surroundings = await queries.surroundings(session, contract)
    event = replacements.take_out(contract, party_id, surroundings=surroundings, today=today(), at=now())
    outbox.add(session, event)
    set_reason(session, contract, reason)
    await _go_on(session, contract)
    await tag(session, contract)
    return contract


async def follow_signatures(session: WriteSession, day: date) -> int:
    """Publish the reminders and expiries whose day has come, for one batch of contracts; return their number."""
    contracts = await queries.contracts_to_watch(session, day, at_most=BATCH)
    for contract in contracts:
        for event in reminders.follow(contract, on=day):
            outbox.add(session, event)
    return len(contracts)


async def _go_on(session: WriteSession, contract: Contract) -> None:
    """Ask the parties whose turn has come. Conclude a contract of which every mandatory group is complete."""
    if contract.status != "signing":
        return
    for event in circuits.ask(contract, at=now(), on=today()):
        outbox.add(session, event)
    if circuits.is_complete(contract):
        sheets = await queries.attached_actions(session, contract)
        # A sheet may be lost at the very moment of the request.
        by_id = {str(sheet.id): sheet for sheet in sheets}
        review.require_ready(contract, list(readiness.sheets_not_fitting(contract, by_id, with_refused=False)))
        content = contents.frozen(contract, sheets)
        await publish_signed(session, contract, signing.conclude(contract, content))
        session.add(content)
        # Everybody reads the text that was kept last: a party may have been taken out since the submission.
        await keep_text(session, contract, by=session.transaction.by)


async def _visible(session: WriteSession, contract_id: UUID, by: Caller) -> tuple[Contract, AccessScope]:
    access_scope = await queries.access_scope_of(session, by)
    contract = await queries.get_contract(session, contract_id, by=by, access_scope=access_scope, lock=True)
    return contract, access_scope
