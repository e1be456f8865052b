"""Rules of contracts: drafting, review, approval by each Region, request of signatures, cancellation."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from services.contract.errors import (
    ActionNotKnown,
    AlreadyApproved,
    CalendarReversed,
    ContractNotReady,
    DecisionNotFitting,
    NotEditable,
    PartyNotFitting,
)
from services.contract.models import Action, Contract, KnownDecision, Party
from services.contract.rules import transitions
from services.contract.rules.parties import TerritoryPerimeter, misfit
from services.contract.rules.readiness import Blocker
from services.contract.rules.search import search_text
from shared.events.contract import (
    ContractApproved,
    ContractChanged,
    ContractEnded,
    ContractOpened,
    ContractReturned,
    ContractSubmitted,
    PartyState,
    SignatureRequested,
)
from shared.problem import FieldError
from shared.projections import Known, TerritoryProjection

COPIED_FIELDS: Final = ("title", "starts_on", "ends_on", "priorities", "links")
"""Fields stored as the request gives them."""


def open_contract(
    contract_id: UUID, number: str, *, territory: TerritoryProjection, title: str, at: datetime
) -> Contract:
    """Create the draft of a territory's contract."""
    return Contract(
        id=contract_id,
        territory=territory.key,
        number=number,
        phase=territory.phase,
        regions=territory.regions,
        status="draft",
        title=title,
        search=search_text(number, title),
        themes={},
        priorities=[],
        links=None,
        actions=[],
        parties=[],
        approvals={},
        spent_decisions=[],
        created_at=at,
    )


def opened(contract: Contract) -> ContractOpened:
    """Return the event of a new draft."""
    return ContractOpened(**event_data(contract), opened_at=contract.created_at)


def change(
    contract: Contract,
    changes: Mapping[str, Any],
    *,
    known: Known,
    perimeter: TerritoryPerimeter,
    plan: Mapping[UUID, Action],
) -> None:
    """Change a contract that is a draft. Lists are replaced; themes are answered one by one."""
    require_draft(contract)
    for name in COPIED_FIELDS:
        if name in changes:
            setattr(contract, name, changes[name])
    if "themes" in changes:
        answers = {**contract.themes, **changes["themes"]}
        contract.themes = {theme: answer for theme, answer in answers.items() if answer}
    if "actions" in changes:
        contract.actions = _attached(contract, changes["actions"], plan)
    if "parties" in changes:
        _replace_parties(contract, changes["parties"], known, perimeter)
    if contract.ends_on <= contract.starts_on:
        raise CalendarReversed(
            "`ends_on` is not after `starts_on`: correct one of them.",
            errors=[FieldError(pointer="/ends_on", detail="not after `starts_on`")],
        )
    contract.search = search_text(contract.number, contract.title)


def changed(contract: Contract, *, since: Mapping[str, Any], at: datetime) -> ContractChanged | None:
    """Return the event of a change; None if the events of the contract would say the same."""
    # It tells the services whom the contract still concerns: nobody else may read its earlier events.
    return ContractChanged(**event_data(contract), changed_at=at) if event_data(contract) != since else None


def require_draft(contract: Contract) -> None:
    """Refuse to change a contract that is no draft. A Region can return it for drafting."""
    if contract.status != "draft":
        raise NotEditable(
            f"This contract is {contract.status}: it can be changed only as a draft.",
            state=contract.status,
            allowed=transitions.CONTRACT[contract.status],
        )


def submit(contract: Contract, blockers: Sequence[Blocker], *, at: datetime) -> ContractSubmitted:
    """Submit a contract without blockers to its Regions."""
    status = _target(contract, "submit")
    if blockers:
        raise ContractNotReady(
            "This contract is not ready for review: " + " ".join(blocker.sentence for blocker in blockers),
            errors=[FieldError(pointer=blocker.pointer, detail=blocker.sentence) for blocker in blockers],
            blocking=[blocker.code for blocker in blockers],
        )
    contract.status = status
    contract.submitted_at = at
    contract.decision_reason = None
    return ContractSubmitted(**event_data(contract), submitted_at=at)


def send_back(contract: Contract, *, reason: str, at: datetime) -> ContractReturned:
    """Return a contract for drafting. Every Region must then approve again."""
    contract.status = _target(contract, "return")
    contract.decision_reason = reason
    spent = (approval["decision_id"] for approval in contract.approvals.values())
    contract.spent_decisions = sorted({*contract.spent_decisions, *spent})
    contract.approvals = {}
    return ContractReturned(**event_data(contract), returned_at=at)


def require_transition(contract: Contract, transition: str) -> None:
    """Refuse a transition that the state of the contract does not allow."""
    _target(contract, transition)


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
            "approved_at": at.isoformat(),
        },
    }
    return approve_if_decided(contract, at=at)


def approve_if_decided(contract: Contract, *, at: datetime) -> ContractApproved | None:
    """Approve a contract under review once every Region of its territory has approved."""
    if contract.status != "under_review" or not contract.approvals or _still_to_approve(contract):
        return None
    contract.status = _target(contract, "approve")
    contract.approved_at = at
    decisions = {code: UUID(approval["decision_id"]) for code, approval in contract.approvals.items()}
    return ContractApproved(**event_data(contract), approved_at=at, decisions=decisions)


def request_signatures(contract: Contract, *, at: datetime) -> SignatureRequested:
    """Ask every party to sign, in any order."""
    contract.status = _target(contract, "request-signatures")
    contract.requested_at = at
    requested = [party.organisation for party in contract.parties]
    return SignatureRequested(**event_data(contract), requested_at=at, requested=requested)


def cancel(contract: Contract, *, reason: str, on: date) -> ContractEnded:
    """Cancel a contract before its signature."""
    contract.status = _target(contract, "cancel")
    contract.decision_reason = reason
    return ContractEnded(**event_data(contract), ended_on=on, outcome="cancelled")


def event_data(contract: Contract) -> dict[str, Any]:
    """Return the data common to all events of a contract."""
    return {
        "territories": [contract.territory],
        "regions": contract.regions,
        "organisations": [party.organisation for party in contract.parties],
        "contract_id": contract.id,
        "number": contract.number,
        "title": contract.title,
        "phase": contract.phase,
        "territory": contract.territory,
        "status": contract.status,
        "starts_on": contract.starts_on,
        "ends_on": contract.ends_on,
        "parties": [
            PartyState(
                party_id=party.id,
                organisation=party.organisation,
                block=party.block,
                kind=party.kind,
                required=party.required,
                signed_on=party.signed_on,
            )
            for party in contract.parties
        ],
        "actions": [UUID(action) for action in contract.actions],
    }


def _target(contract: Contract, transition: str) -> Any:
    return transitions.target(transitions.CONTRACT, contract.status, transition, "contract")


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


def _attached(contract: Contract, ids: Collection[UUID], plan: Mapping[UUID, Action]) -> list[str]:
    """Return the ids of the sheets to attach, each once. Refuse sheets outside the territory's plan."""
    for index, action_id in enumerate(ids):
        if action_id not in plan or contract.territory not in plan[action_id].territories:
            raise ActionNotKnown(
                f"No action sheet {action_id} is in the plan of {contract.territory}: attach sheets of this plan.",
                errors=[FieldError(pointer=f"/actions/{index}", detail="not in the plan of this territory")],
            )
    return [str(action_id) for action_id in dict.fromkeys(ids)]


def _replace_parties(
    contract: Contract, named: Sequence[Mapping[str, Any]], known: Known, perimeter: TerritoryPerimeter
) -> None:
    """Replace the list of parties. A party that stays keeps its id."""
    before = {party.organisation: party for party in contract.parties}
    parties: dict[str, Party] = {}
    for index, fields in enumerate(named):
        siren = fields["organisation"]
        organisation = known.organisation(siren, f"/parties/{index}/organisation")
        party = before.get(siren) or Party(id=fields["id"], organisation=siren)
        party.position = index
        party.name = organisation.name
        for name in ("block", "kind", "capacity", "role", "required"):
            setattr(party, name, fields[name])
        twice = "An organisation is named twice: name each organisation once."
        reason = twice if siren in parties else misfit(party, organisation, perimeter)
        if reason:
            raise PartyNotFitting(reason, errors=[FieldError(pointer=f"/parties/{index}", detail=reason)])
        parties[siren] = party
    contract.parties = list(parties.values())
