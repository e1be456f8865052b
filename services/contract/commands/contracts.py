"""Commands of contracts, from the first draft to the last signature."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal
from uuid import UUID

from services.contract import queries
from services.contract.commands.comments import keep_text, require_unlocked, unlock_fields
from services.contract.commands.plans import next_number, tag
from services.contract.commands.succession import follow_in_contract
from services.contract.models import Contract
from services.contract.rules import content as contents
from services.contract.rules import contracts as rules
from services.contract.rules import readiness, review, signing, texts
from services.contract.rules.periods import require_related
from services.contract.rules.signing import Signature
from services.contract.rules.territories import require_open
from shared.clock import now, today
from shared.ids import uuid7
from shared.security.access import AccessScope, Caller, Stakeholders, require_owner
from shared.storage import outbox
from shared.storage.history import require_version, set_reason
from shared.storage.unit_of_work import WriteSession

WHAT = "contract"


async def open_contract(
    session: WriteSession,
    *,
    territory: str,
    title: str,
    by: Caller,
    kind: Literal["contract", "protocol"] = "contract",
    **content: Any,
) -> Contract:
    """Create the draft of a territory's contract or protocol."""
    owner = await queries.get_territory(session, territory, pointer="/territory", lock=True)
    access_scope = await queries.access_scope_of(session, by)
    require_owner(by, access_scope, Stakeholders.of(territories=[owner.key], public=True), f"plan of {owner.key}")
    require_open(owner, on=today())
    number = await next_number(session, owner.key, kind)
    contract = rules.open_contract(uuid7(), number, kind=kind, territory=owner, title=title, at=now())
    await _write(session, contract, content)
    session.add(contract)
    outbox.add(session, rules.opened(contract))
    await tag(session, contract)
    return contract


async def change_contract(
    session: WriteSession, contract_id: UUID, *, expected: int, by: Caller, reason: str | None = None, **content: Any
) -> Contract:
    """Change a draft."""
    contract = await _owned(session, contract_id, by)
    require_version(contract, expected)
    await _require_open(session, contract)
    before, draft = rules.event_data(contract), texts.written(contract)
    await _write(session, contract, content)
    await require_unlocked(session, contract, draft=draft)
    if event := rules.changed(contract, since=before, at=now()):
        outbox.add(session, event)
    if reason:
        set_reason(session, contract, reason)
    await tag(session, contract)
    return contract


async def submit_contract(session: WriteSession, contract_id: UUID, *, by: Caller) -> Contract:
    """Submit a contract without blockers to its Regions."""
    contract = await _owned(session, contract_id, by)
    await _require_open(session, contract)
    blockers = readiness.blockers(contract, await queries.surroundings(session, contract))
    outbox.add(session, review.submit(contract, blockers, at=now()))
    await keep_text(session, contract, by=by)
    return contract


async def return_contract(session: WriteSession, contract_id: UUID, *, reason: str, by: Caller) -> Contract:
    """Return a contract for drafting."""
    contract = await _owned(session, contract_id, by)
    rules.require_transition(contract, "return")
    await unlock_fields(session, contract, reason=reason, by=by)
    # It will be written in again, and names the organisations of today.
    await follow_in_contract(session, contract)
    outbox.add(session, review.send_back(contract, reason=reason, at=now()))
    set_reason(session, contract, reason)
    await tag(session, contract)
    return contract


async def approve_contract(session: WriteSession, contract_id: UUID, *, decision_id: UUID, by: Caller) -> Contract:
    """Approve a contract for one Region, by a decision of its committee."""
    access_scope = await queries.access_scope_of(session, by)
    contract = await queries.get_contract(session, contract_id, by=by, access_scope=access_scope, lock=True)
    require_owner(by, access_scope, contract.stakeholders, WHAT)
    rules.require_transition(contract, "approve")
    await _require_open(session, contract)
    region = next(code for code in contract.regions if code in access_scope.regions)
    decision = await queries.get_decision(session, decision_id, region=region, territory=contract.territory)
    approved = review.approve(contract, decision, region=region, organisation=by.org or "", at=now())
    if approved:
        outbox.add(session, approved)
    return contract


async def request_signatures(session: WriteSession, contract_id: UUID, *, by: Caller) -> Contract:
    """Ask every party to sign."""
    contract = await _owned(session, contract_id, by)
    await _require_open(session, contract)
    rules.require_transition(contract, "request-signatures")
    # A sheet may have been moved, or a member may have left, since the text was submitted.
    review.require_ready(contract, readiness.blockers(contract, await queries.surroundings(session, contract)))
    outbox.add(session, signing.request_signatures(contract, at=now()))
    # Nobody submits a protocol: its text is kept here.
    await keep_text(session, contract, by=by)
    return contract


async def sign_contract(session: WriteSession, contract_id: UUID, *, signature: Signature, by: Caller) -> Contract:
    """Sign for the caller's organisation. The last required signature freezes the content."""
    contract, access_scope = await _visible(session, contract_id, by)
    outbox.add(session, signing.sign(contract, signature, by=by, access_scope=access_scope, today=today()))
    # A signature of before the closing may be recorded after it.
    await _require_open(session, contract, on=signature.signed_on)
    if signing.everyone_has_signed(contract):
        content = contents.frozen(contract, await queries.attached_actions(session, contract))
        outbox.add(session, signing.conclude(contract, content))
        session.add(content)
    return contract


async def decline_contract(session: WriteSession, contract_id: UUID, *, reason: str, by: Caller) -> Contract:
    """Decline to sign for the caller's organisation."""
    contract, access_scope = await _visible(session, contract_id, by)
    outbox.add(session, signing.decline(contract, reason=reason, by=by, access_scope=access_scope, at=now()))
    set_reason(session, contract, reason)
    return contract


async def cancel_contract(session: WriteSession, contract_id: UUID, *, reason: str, by: Caller) -> Contract:
    """Cancel a contract before its signature."""
    contract = await _owned(session, contract_id, by)
    outbox.add(session, rules.cancel(contract, reason=reason, on=today()))
    set_reason(session, contract, reason)
    return contract


async def _require_open(session: WriteSession, contract: Contract, *, on: date | None = None) -> None:
    """Refuse to take the contract of a closed territory further. It can still be returned, declined or cancelled."""
    territory = await queries.get_territory(session, contract.territory, pointer="/territory")
    require_open(territory, on=on or today())


async def _visible(session: WriteSession, contract_id: UUID, by: Caller) -> tuple[Contract, AccessScope]:
    access_scope = await queries.access_scope_of(session, by)
    contract = await queries.get_contract(session, contract_id, by=by, access_scope=access_scope, lock=True)
    return contract, access_scope


async def _owned(session: WriteSession, contract_id: UUID, by: Caller) -> Contract:
    access_scope = await queries.access_scope_of(session, by)
    contract = await queries.get_contract(session, contract_id, by=by, access_scope=access_scope, lock=True)
    require_owner(by, access_scope, contract.stakeholders, WHAT)
    return contract


async def _write(session: WriteSession, contract: Contract, content: Mapping[str, Any]) -> None:
    """Write content into a contract, with the organisations and sheets that it names."""
    parties = [{"id": uuid7(), **party} for party in content.get("parties", ())]
    rules.change(
        contract,
        {**content, "parties": parties} if "parties" in content else content,
        known=await queries.what_is_known(session, organisations=[party["organisation"] for party in parties]),
        perimeter=await queries.place_of(session, contract.territory),
        sheets=await queries.sheets(session, [entry["action_id"] for entry in content.get("plan", ())]),
    )
    require_related(contract, await queries.contracts_of(session, contract.territory, without=contract.id))
