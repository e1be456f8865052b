"""Rules of ways on after a refusal to sign: a party is asked again, replaced or taken out.

Each changes a party that has not signed. Signatures that were given stand; their parties may withdraw them.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.contract.errors import PartyNotFitting
from services.contract.errors.signatures import PartyNeeded, PartyNotDeclined
from services.contract.models import Contract, Party
from services.contract.rules import circuits
from services.contract.rules.contracts import event_data, require_transition
from services.contract.rules.parties import misfit
from services.contract.rules.readiness import Surroundings, parties_missing
from services.contract.rules.signing import party_by_id, require_not_expired
from services.contract.rules.succession import leave_text, rename_in_text
from shared.events.signatures import PartyReplaced, PartyTakenOut
from shared.problem import FieldError
from shared.projections import OrganisationProjection


def ask_again(contract: Contract, party_id: UUID, *, today: date) -> None:
    """Clear the refusal of a party. It is asked again when its turn has come."""
    party = _party(contract, party_id, "ask-again", today)
    if party.declined_at is None:
        raise PartyNotDeclined(f"{party.name} has not declined: it is reminded until the last day to sign.")
    party.declined_at = party.decline_reason = None
    party.asked_on = party.reminded_on = None


def replace(
    contract: Contract,
    party_id: UUID,
    *,
    new_id: UUID,
    organisation: OrganisationProjection,
    fields: Mapping[str, Any],
    surroundings: Surroundings,
    today: date,
    at: datetime,
) -> PartyReplaced:
    """Put another organisation of the same kind in the place of a party, in the parties and in the text."""
    former = _party(contract, party_id, "replace", today)
    new = Party(
        id=new_id,
        position=former.position,
        organisation=organisation.siren,
        name=organisation.name,
        capacity=fields["capacity"],
        **{name: getattr(former, name) for name in ("block", "kind", "label", "role", "required")},
    )
    taken = organisation.siren in {party.organisation for party in contract.parties}
    reason = "It is a party of this contract already: name another one." if taken else None
    if reason := reason or misfit(new, organisation, surroundings.perimeter):
        raise PartyNotFitting(reason, errors=[FieldError(pointer="/organisation", detail=reason)])
    contract.circuit = circuits.with_successor(contract.circuit, former, new)
    contract.parties[contract.parties.index(former)] = new
    if lost := parties_missing(contract, circuits.groups(contract), surroundings):
        raise PartyNotFitting(
            f"{organisation.name} does not fit: {lost[0].sentence}",
            errors=[FieldError(pointer="/organisation", detail=lost[0].sentence)],
        )
    rename_in_text(contract, {former.organisation: new.organisation})
    return PartyReplaced(
        **event_data(contract),
        party_id=former.id,
        signatory=former.organisation,
        new_party_id=new.id,
        new_signatory=new.organisation,
        replaced_at=at,
    )


def take_out(
    contract: Contract, party_id: UUID, *, surroundings: Surroundings, today: date, at: datetime
) -> PartyTakenOut:
    """Take a party out of a contract and out of its text. Refuse to take out one that is needed."""
    party = _party(contract, party_id, "take-out", today)
    left = circuits.groups(contract, without=party)
    for index, group in enumerate(left):
        if (group.quorum or 0) > len(group.parties):
            raise PartyNeeded(
                f"Without {party.name}, {circuits.name_of(group, index)} cannot reach its quorum {group.quorum}: "
                "replace the party."
            )
    if not any(group.is_mandatory for group in left):
        raise PartyNeeded(f"Without {party.name}, nobody must sign: replace the party.")
    if lost := parties_missing(contract, left, surroundings):
        raise PartyNeeded(f"{party.name} is needed. Without it: {lost[0].sentence} Replace the party.")
    for priority in contract.priorities:
        if priority["carriers"] == [party.organisation]:
            raise PartyNeeded(f"{party.name} alone carries the priority « {priority['title']} »: replace the party.")
    contract.circuit = circuits.without(contract.circuit, party)
    contract.parties.remove(party)
    leave_text(contract, party.organisation)
    return PartyTakenOut(**event_data(contract), party_id=party.id, signatory=party.organisation, taken_out_at=at)


def _party(contract: Contract, party_id: UUID, transition: str, today: date) -> Party:
    require_transition(contract, transition)
    party = party_by_id(contract, party_id)
    require_not_expired(contract, today)
    return party
