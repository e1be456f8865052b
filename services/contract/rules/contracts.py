"""Rules of contracts and protocols: drafting, cancellation, what their events say."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from services.contract.errors import ActionNotKnown, NotEditable, PartyNotFitting, RefusalReasonMissing
from services.contract.models import Action, Contract, Party, PlanEntry, empty_project, empty_themes, merged
from services.contract.rules import transitions
from services.contract.rules.parties import TerritoryPerimeter, misfit
from services.contract.rules.periods import require_period
from services.contract.rules.search import search_text
from services.contract.rules.texts import begin_version, written
from shared.events.contract import ContractCancelled, ContractChanged, ContractKind, ContractOpened, PartyState
from shared.problem import FieldError
from shared.projections import Known, TerritoryProjection

COPIED_FIELDS: Final = (
    "title",
    "starts_on",
    "ends_on",
    "priorities",
    "commitments",
    "links",
    "protocol_id",
    "replaces",
    "complements",
)
"""Fields stored as the request gives them."""


def open_contract(
    contract_id: UUID, number: str, *, kind: ContractKind, territory: TerritoryProjection, title: str, at: datetime
) -> Contract:
    """Create the draft of a territory's contract or protocol."""
    return Contract(
        id=contract_id,
        kind=kind,
        territory=territory.key,
        number=number,
        phase=territory.phase,
        regions=territory.regions,
        status="draft",
        origin="platform",
        title=title,
        search=search_text(number, title),
        project=empty_project(),
        themes=empty_themes(),
        priorities=[],
        commitments=[],
        links=None,
        plan=[],
        parties=[],
        circuit=[],
        text_version=1,
        unlocked=None,
        opinions=[],
        approvals={},
        spent_decisions=[],
        kept_actions=[],
        signed_amendments=[],
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
    sheets: Mapping[UUID, Action],
) -> None:
    """Change a draft. Lists are replaced; the project and the themes are answered one by one."""
    require_draft(contract)
    before = written(contract)
    for name in COPIED_FIELDS:
        if name in changes:
            setattr(contract, name, changes[name])
    for name in ("project", "themes"):
        if name in changes:
            setattr(contract, name, merged(getattr(contract, name), changes[name]))
    if "plan" in changes:
        contract.plan = _planned(contract, changes["plan"], sheets)
    if "parties" in changes:
        _replace_parties(contract, changes["parties"], known, perimeter)
    require_period(contract)
    contract.search = search_text(contract.number, contract.title)
    begin_version(contract, before, written(contract))


def changed(contract: Contract, *, since: Mapping[str, Any], at: datetime) -> ContractChanged | None:
    """Return the event of a change; None if the events of the contract would say the same."""
    # It tells the services whom the contract still concerns: nobody else may read its earlier events.
    return ContractChanged(**event_data(contract), changed_at=at) if event_data(contract) != since else None


def require_draft(contract: Contract) -> None:
    """Refuse to change a contract that is no draft. A Region can return it for drafting."""
    if contract.status != "draft":
        raise NotEditable(
            f"This {contract.kind} is {contract.status}: it can be changed only as a draft.",
            state=contract.status,
            allowed=transitions.allowed(contract),
        )


def require_transition(contract: Contract, transition: str) -> None:
    """Refuse a transition that the state of the contract does not allow."""
    transitions.next_status(contract, transition)


def cancel(contract: Contract, *, reason: str, on: date) -> ContractCancelled:
    """Cancel a contract before its signature."""
    contract.status = transitions.next_status(contract, "cancel")
    contract.decision_reason = reason
    return ContractCancelled(**event_data(contract), cancelled_on=on)


def event_data(contract: Contract) -> dict[str, Any]:
    """Return the data common to all events of a contract."""
    return {
        "territories": [contract.territory],
        "regions": contract.regions,
        "organisations": contract.signatories,
        "contract_id": contract.id,
        "kind": contract.kind,
        "origin": contract.origin,
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


def _planned(
    contract: Contract, entries: Sequence[Mapping[str, Any]], sheets: Mapping[UUID, Action]
) -> list[PlanEntry]:
    """Return the plan as it is stored. Refuse sheets outside the territory's plan."""
    for index, entry in enumerate(entries):
        sheet = sheets.get(entry["action_id"])
        if sheet is None or contract.territory not in sheet.territories:
            raise ActionNotKnown(
                f"No action sheet {entry['action_id']} is in the plan of {contract.territory}: name sheets of this "
                "plan.",
                errors=[FieldError(pointer=f"/plan/{index}/action_id", detail="not in the plan of this territory")],
            )
        if entry["state"] == "refused" and entry["reason"] is None:
            raise RefusalReasonMissing(
                f"The sheet {sheet.number} is refused without a reason: give it in `reason`.",
                errors=[FieldError(pointer=f"/plan/{index}/reason", detail="required for a refused sheet")],
            )
    return [
        PlanEntry(action_id=str(entry["action_id"]), state=entry["state"], reason=entry["reason"]) for entry in entries
    ]


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
        for name in ("block", "kind", "label", "capacity", "role", "required"):
            setattr(party, name, fields[name])
        reason = _doubled(siren, parties) or _label_misfit(party) or misfit(party, organisation, perimeter)
        if reason:
            raise PartyNotFitting(reason, errors=[FieldError(pointer=f"/parties/{index}", detail=reason)])
        parties[siren] = party
    contract.parties = list(parties.values())


def _doubled(siren: str, parties: Collection[str]) -> str | None:
    return "An organisation is named twice: name each organisation once." if siren in parties else None


def _label_misfit(party: Party) -> str | None:
    """Return the reason why a label is missing or not wanted, or None."""
    if party.kind == "other" and not party.label:
        return "A party of kind other says in `label` what it is: a chamber, a school, an association."
    if party.kind != "other" and party.label:
        return f"`label` is for parties of kind other: leave it out, the kind {party.kind} says what it is."
    return None
