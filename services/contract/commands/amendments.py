"""Commands of amendments, beside those that they share with contracts."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any
from uuid import UUID

from services.contract import queries
from services.contract.commands.ends import end_replaced
from services.contract.commands.plans import tag
from services.contract.models import SEALS_PENDING, Contract
from services.contract.rules import amendments as rules
from services.contract.rules import seals
from services.contract.rules.contracts import opened, require_draft
from services.contract.rules.territories import require_open
from shared.clock import now, today
from shared.events.contract import AmendmentSubject, ContractSigned, ProtocolSigned
from shared.ids import uuid7
from shared.security.access import Caller, require_owner
from shared.storage import outbox
from shared.storage.history import set_reason
from shared.storage.unit_of_work import WriteSession
from shared.storage.wakeups import request_wakeup


async def open_amendment(
    session: WriteSession, contract_id: UUID, *, subjects: Collection[AmendmentSubject], reason: str, by: Caller
) -> Contract:
    """Create the draft of an amendment: a clone of the contract's consolidated text."""
    access_scope = await queries.access_scope_of(session, by)
    # Locked: one amendment at a time is begun.
    contract = await queries.get_contract(session, contract_id, by=by, access_scope=access_scope, lock=True)
    require_owner(by, access_scope, contract.stakeholders, "contract")
    require_open(await queries.get_territory(session, contract.territory, pointer="/territory"), on=today())
    amendment = rules.open_amendment(
        uuid7(),
        contract,
        await queries.amendments_of(session, contract.id),
        subjects=subjects,
        reason=reason,
        party_ids=_ids(),
        today=today(),
        at=now(),
    )
    session.add(amendment)
    set_reason(session, amendment, reason)
    outbox.add(session, opened(amendment))
    await tag(session, amendment)
    return amendment


async def within_subjects(session: WriteSession, contract: Contract, content: Mapping[str, Any]) -> Mapping[str, Any]:
    """Apply the subjects of an amendment that were sent, and return the other content. Refuse other fields."""
    if "subjects" in content:
        rules.refuse_subjects(contract)
    if contract.kind != "amendment":
        return content
    require_draft(contract)
    rest = {name: value for name, value in content.items() if name != "subjects"}
    if "subjects" in content:
        rules.set_subjects(contract, content["subjects"], await queries.base_text(session, contract), party_ids=_ids())
    rules.require_within(contract, rest)
    return rest


async def require_amended_in_force(session: WriteSession, contract: Contract) -> None:
    """Refuse to go on with an amendment of a contract that has ended."""
    if contract.amends is not None:
        rules.require_in_force(await queries.lock_contract(session, contract.amends), today=today())


async def publish_signed(
    session: WriteSession, contract: Contract, event: ContractSigned | ProtocolSigned | None
) -> None:
    """Publish a signature, and let it end the contract that it replaces, or amend the one that it amends.

    Its document is sealed after the commit.
    """
    session.add(seals.begin(contract, now()))
    request_wakeup(session, SEALS_PENDING)
    if event:
        outbox.add(session, event)
        await end_replaced(session, contract)
    elif contract.amends:
        amended = await queries.lock_contract(session, contract.amends)
        outbox.add(session, rules.amended(contract, amended))
        set_reason(session, amended, f"amendment {contract.number} was signed")


def _ids() -> Iterator[UUID]:
    while True:
        yield uuid7()
