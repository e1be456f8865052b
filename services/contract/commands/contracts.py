"""Commands of contracts, from the first draft to the approval, and their cancellation."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal
from uuid import UUID

from services.contract import queries
from services.contract.commands.amendments import require_amended_in_force, within_subjects
from services.contract.commands.comments import keep_text, require_unlocked, unlock_fields
from services.contract.commands.plans import next_number, tag
from services.contract.commands.succession import follow_in_contract
from services.contract.models import Contract
from services.contract.rules import contracts as rules
from services.contract.rules import readiness, review, texts
from services.contract.rules.overlaps import require_schemes
from services.contract.rules.periods import require_related
from services.contract.rules.territories import require_open
from shared.clock import now, today
from shared.ids import uuid7
from shared.security.access import Caller, Stakeholders, require_owner
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
    contract = await owned(session, contract_id, by)
    require_version(contract, expected)
    await require_still_open(session, contract)
    before, draft = rules.event_data(contract), texts.written(contract)
    await _write(session, contract, await within_subjects(session, contract, content))
    await require_unlocked(session, contract, draft=draft)
    if event := rules.changed(contract, since=before, at=now()):
        outbox.add(session, event)
    if reason:
        set_reason(session, contract, reason)
    await tag(session, contract)
    return contract


async def submit_contract(session: WriteSession, contract_id: UUID, *, by: Caller) -> Contract:
    """Submit a contract without blockers to its Regions."""
    contract = await owned(session, contract_id, by)
    await require_still_open(session, contract)
    blockers = readiness.blockers(contract, await queries.surroundings(session, contract))
    outbox.add(session, review.submit(contract, blockers, at=now()))
    await keep_text(session, contract, by=by)
    return contract


async def return_contract(session: WriteSession, contract_id: UUID, *, reason: str, by: Caller) -> Contract:
    """Return a contract for drafting."""
    contract = await owned(session, contract_id, by)
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
    await require_still_open(session, contract)
    region = next(code for code in contract.regions if code in access_scope.regions)
    decision = await queries.get_decision(session, decision_id, region=region, territory=contract.territory)
    approved = review.approve(contract, decision, region=region, organisation=by.org or "", at=now())
    if approved:
        outbox.add(session, approved)
    return contract


async def cancel_contract(session: WriteSession, contract_id: UUID, *, reason: str, by: Caller) -> Contract:
    """Cancel a contract before its signature."""
    contract = await owned(session, contract_id, by)
    outbox.add(session, rules.cancel(contract, reason=reason, on=today()))
    set_reason(session, contract, reason)
    return contract


async def require_still_open(session: WriteSession, contract: Contract, *, on: date | None = None) -> None:
    """Refuse to take the contract of a closed territory further. It can still be returned, declined or cancelled."""
    await require_amended_in_force(session, contract)
    territory = await queries.get_territory(session, contract.territory, pointer="/territory")
    require_open(territory, on=on or today())


async def owned(session: WriteSession, contract_id: UUID, by: Caller) -> Contract:
    """Return a contract that the caller may change; locked."""
    access_scope = await queries.access_scope_of(session, by)
    contract = await queries.get_contract(session, contract_id, by=by, access_scope=access_scope, lock=True)
    require_owner(by, access_scope, contract.stakeholders, WHAT)
    return contract


async def _write(session: WriteSession, contract: Contract, content: Mapping[str, Any]) -> None:
    """Write content into a contract, with the organisations and sheets that it names."""
    if links := content.get("links"):
        require_schemes(links, queries.perimeters_of(links))
    parties = [{"id": uuid7(), **party} for party in content.get("parties", ())]
    rules.change(
        contract,
        {**content, "parties": parties} if "parties" in content else content,
        known=await queries.what_is_known(session, organisations=[party["organisation"] for party in parties]),
        perimeter=await queries.place_of(session, contract.territory),
        sheets=await queries.sheets(session, [entry["action_id"] for entry in content.get("plan", ())]),
    )
    require_related(contract, await queries.contracts_of(session, contract.territory, without=contract.id))
