"""Contracts: drafting, review, approval by each Region, the opening of the circuit, the end before signature."""

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
from services.contract.rules.parties import Place, misfit
from services.contract.rules.readiness import Blocker
from shared.events.contract import (
    ContractApproved,
    ContractEnded,
    ContractOpened,
    ContractReturned,
    ContractSubmitted,
    PartyState,
    SignatureRequested,
)
from shared.problem import FieldError
from shared.projections import Known, TerritoryProjection
from shared.storage.search import searchable

AS_SENT: Final = ("title", "starts_on", "ends_on", "priorities", "links")


def open_contract(contract_id: UUID, number: str, *, place: TerritoryProjection, title: str, at: datetime) -> Contract:
    """The drafting begins; a contract belongs to a territory, not to one of its intercommunalities."""
    return Contract(
        id=contract_id,
        territory=place.key,
        number=number,
        phase=place.phase,
        regions=place.regions,
        status="draft",
        title=title,
        search=searchable(number, title),
        themes={},
        priorities=[],
        links=None,
        actions=[],
        parties=[],
        approvals={},
        created_at=at,
    )


def opened(contract: Contract) -> ContractOpened:
    """Tell that the drafting has begun."""
    return ContractOpened(**event_data(contract), opened_at=contract.created_at)


def change(
    contract: Contract, changes: Mapping[str, Any], *, known: Known, place: Place, plan: Mapping[UUID, Action]
) -> None:
    """Write in a contract that is a draft; lists are replaced, themes are answered one by one."""
    require_draft(contract)
    for name in AS_SENT:
        if name in changes:
            setattr(contract, name, changes[name])
    if "themes" in changes:
        answers = {**contract.themes, **changes["themes"]}
        contract.themes = {theme: answer for theme, answer in answers.items() if answer}
    if "actions" in changes:
        contract.actions = _attached(contract, changes["actions"], plan)
    if "parties" in changes:
        _name_parties(contract, changes["parties"], known, place)
    if contract.ends_on <= contract.starts_on:
        raise CalendarReversed(
            "The period ends after it starts.", errors=[FieldError(pointer="/ends_on", detail="not after starts_on")]
        )
    contract.search = searchable(contract.number, contract.title)


def require_draft(contract: Contract) -> None:
    """From its review on, nobody writes in a contract; to change it, its Region returns it."""
    if contract.status != "draft":
        raise NotEditable(
            f"This contract is {contract.status}: only a draft is written in.",
            state=contract.status,
            allowed=transitions.CONTRACT[contract.status],
        )


def submit(contract: Contract, blockers: Sequence[Blocker], *, at: datetime) -> ContractSubmitted:
    """A contract that lacks nothing is sent to its Region or Regions."""
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
    """A Region returns the contract for drafting. What the others have approved is to be approved again."""
    contract.status = _target(contract, "return")
    contract.decision_reason = reason
    contract.approvals = {}
    return ContractReturned(**event_data(contract), returned_at=at)


def require_transition(contract: Contract, transition: str) -> None:
    """The contract is in a state from which this is allowed."""
    _target(contract, transition)


def approve(
    contract: Contract, decision: KnownDecision, *, region: str, organisation: str, at: datetime
) -> ContractApproved | None:
    """A Region approves, naming its committee's decision. With several Regions, the last approval makes it approved."""
    status = _target(contract, "approve")
    if region in contract.approvals:
        raise AlreadyApproved(f"Region {region} has approved already: {_still_to_approve(contract)} has not.")
    if why := _unfit(decision, contract, region):
        raise DecisionNotFitting(why, errors=[FieldError(pointer="/decision_id", detail=why)])
    contract.approvals = {
        **contract.approvals,
        region: {
            "decision_id": str(decision.decision_id),
            "reference": decision.reference,
            "organisation": organisation,
            "approved_at": at.isoformat(),
        },
    }
    if _still_to_approve(contract):
        return None
    contract.status = status
    contract.approved_at = at
    decisions = {code: UUID(approval["decision_id"]) for code, approval in contract.approvals.items()}
    return ContractApproved(**event_data(contract), approved_at=at, decisions=decisions)


def request_signatures(contract: Contract, *, at: datetime) -> SignatureRequested:
    """The circuit opens: every party is asked to sign, in any order."""
    contract.status = _target(contract, "request-signatures")
    contract.requested_at = at
    requested = [party.organisation for party in contract.parties]
    return SignatureRequested(**event_data(contract), requested_at=at, requested=requested)


def cancel(contract: Contract, *, reason: str, on: date) -> ContractEnded:
    """Before its signature, a contract may be given up."""
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


def _unfit(decision: KnownDecision, contract: Contract, region: str) -> str | None:
    """Why a decision approves this contract for this Region not; None if it does."""
    if decision.kind != "contract_approval":
        return f"The decision {decision.reference} is of kind {decision.kind}: name one of kind contract_approval."
    if decision.outcome != "favourable":
        return f"The decision {decision.reference} is {decision.outcome}: only a favourable one approves."
    if decision.level != "regional" or decision.region != region:
        return f"The decision {decision.reference} was not taken by the regional committee of Region {region}."
    if contract.territory not in decision.territories:
        return f"The decision {decision.reference} does not concern {contract.territory}."
    return None


def _attached(contract: Contract, ids: Collection[UUID], plan: Mapping[UUID, Action]) -> list[str]:
    """A contract attaches sheets of its own territory's plan, each once."""
    for index, action_id in enumerate(ids):
        if action_id not in plan or contract.territory not in plan[action_id].territories:
            raise ActionNotKnown(
                f"There is no action sheet {action_id} in the plan of {contract.territory}.",
                errors=[FieldError(pointer=f"/actions/{index}", detail="unknown in this territory")],
            )
    return [str(action_id) for action_id in dict.fromkeys(ids)]


def _name_parties(contract: Contract, named: Sequence[Mapping[str, Any]], known: Known, place: Place) -> None:
    """Replace the list of parties. Who stays keeps its id."""
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
        why = "Name each organisation once." if siren in parties else misfit(party, organisation, place)
        if why:
            raise PartyNotFitting(why, errors=[FieldError(pointer=f"/parties/{index}", detail=why)])
        parties[siren] = party
    contract.parties = list(parties.values())
