"""Rules of the review: submission, return, approval by each Region."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from services.contract.errors import AlreadyApproved, ContractNotReady, DecisionNotFitting
from services.contract.models import Contract, KnownDecision
from services.contract.rules import transitions
from services.contract.rules.completeness import Blocker
from services.contract.rules.contracts import event_data, require_transition
from shared.events.contract import ContractApproved, ContractReturned, ContractSubmitted
from shared.problem import FieldError


def submit(contract: Contract, blockers: Sequence[Blocker], *, at: datetime) -> ContractSubmitted:
    """Submit a contract without blockers to its Regions."""
    status = transitions.next_status(contract, "submit")
    require_ready(contract, blockers)
    contract.status = status
    contract.submitted_at = at
    contract.decision_reason = None
    contract.unlocked = None
    return ContractSubmitted(**event_data(contract), submitted_at=at)


def require_ready(contract: Contract, blockers: Sequence[Blocker]) -> None:
    """Refuse to take a contract further while something blocks it."""
    if blockers:
        raise ContractNotReady(
            f"This {contract.kind} is not ready: " + " ".join(blocker.sentence for blocker in blockers),
            errors=[FieldError(pointer=blocker.pointer, detail=blocker.sentence) for blocker in blockers],
            blocking=[blocker.code for blocker in blockers],
        )


def send_back(contract: Contract, *, reason: str, at: datetime) -> ContractReturned:
    """Return a contract for drafting. Every Region must then approve again."""
    contract.status = transitions.next_status(contract, "return")
    contract.decision_reason = reason
    spent = (approval["decision_id"] for approval in contract.approvals.values())
    contract.spent_decisions = sorted({*contract.spent_decisions, *spent})
    contract.approvals = {}
    return ContractReturned(**event_data(contract), returned_at=at)


def approve(
    contract: Contract, decision: KnownDecision, *, region: str, organisation: str, at: datetime
) -> ContractApproved | None:
    """Approve for one Region, by a decision of its committee. The last Region's approval makes it approved."""
    require_transition(contract, "approve")
    if region in contract.approvals:
        raise AlreadyApproved(f"Region {region} has already approved: Region {_still_to_approve(contract)} has not.")
    if reason := _decision_misfit(decision, contract, region):
        raise DecisionNotFitting(reason, errors=[FieldError(pointer="/decision_id", detail=reason)])
    contract.approvals = {
        **contract.approvals,
        region: {
            "decision_id": str(decision.decision_id),
            "reference": decision.reference,
            "organisation": organisation,
            "decided_on": decision.decided_on.isoformat(),
            "approved_at": at.isoformat(),
            "text_version": contract.text_version,
        },
    }
    return approve_if_decided(contract, at=at)


def approve_if_decided(contract: Contract, *, at: datetime) -> ContractApproved | None:
    """Approve a contract under review once every Region of its territory has approved."""
    if contract.status != "under_review" or not contract.approvals or _still_to_approve(contract):
        return None
    contract.status = transitions.next_status(contract, "approve")
    contract.approved_at = at
    contract.approved_on = max(date.fromisoformat(approval["decided_on"]) for approval in contract.approvals.values())
    decisions = {code: UUID(approval["decision_id"]) for code, approval in contract.approvals.items()}
    return ContractApproved(**event_data(contract), approved_at=at, decisions=decisions)


def _still_to_approve(contract: Contract) -> str:
    return ", ".join(region for region in contract.regions if region not in contract.approvals)


def _decision_misfit(decision: KnownDecision, contract: Contract, region: str) -> str | None:
    """Return the reason why a decision cannot approve for a Region, or None."""
    if decision.kind != "contract_approval":
        return f"The decision {decision.reference} is of kind {decision.kind}: name one of kind contract_approval."
    if decision.outcome != "favourable":
        return f"The decision {decision.reference} is {decision.outcome}: name a favourable one."
    if decision.level != "regional" or decision.region != region:
        return f"The decision {decision.reference} is not of the committee of Region {region}: name one that is."
    if contract.territory not in decision.territories:
        return f"The decision {decision.reference} does not name {contract.territory}: name one that does."
    return _object_misfit(decision, contract)


def _object_misfit(decision: KnownDecision, contract: Contract) -> str | None:
    """Return the reason why a decision is on another object, or on an earlier text, or None."""
    if decision.decides is None:
        return (
            f"The decision {decision.reference} names no contract in `decides`, as older ones do: record a new one "
            f"that decides contract/{contract.id}."
        )
    if decision.decides != f"contract/{contract.id}":
        return (
            f"The decision {decision.reference} decides {decision.decides}: name one that decides "
            f"contract/{contract.id}."
        )
    if str(decision.decision_id) in contract.spent_decisions:
        return (
            f"The decision {decision.reference} approved a text that was returned for drafting: record a new one on "
            "the text that was submitted since."
        )
    return None
