"""Rules of organisations that were renamed or taken over, or are duplicates, in documents that are still being written.

A draft names the organisations of today. A document that was submitted or signed keeps what it says, and the successor
acts for its predecessor.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from services.contract.models import Action, Carrier, Contract, Facilitator, Partner

ROLE_AT_MOST = 300
"""Characters of a partner's role."""


class KnownBody(Protocol):
    """Organisation as far as it is known."""

    @property
    def siren(self) -> str:
        """Its SIREN."""

    @property
    def name(self) -> str:
        """Its present name."""

    @property
    def replaced_by(self) -> str | None:
        """SIREN of the organisation to name in place of it: its successor, or its original."""


def heir(siren: str, bodies: Mapping[str, KnownBody]) -> KnownBody | None:
    """Return the organisation that acts today: itself, or the last one that stands in for it. None: not known."""
    found = bodies.get(siren)
    passed = {siren}
    while found and (other := found.replaced_by) and other in bodies and other not in passed:
        passed.add(other)
        found = bodies[other]
    return found


def follow_in_sheet(action: Action, bodies: Mapping[str, KnownBody]) -> bool:
    """Name the present organisations in a sheet. Return True if it has changed."""
    before = action.carriers, action.partners
    action.carriers = _carriers(action.carriers, bodies)
    action.partners = _partners(action.partners, bodies)
    return before != (action.carriers, action.partners)


def _carriers(carriers: Sequence[Carrier], bodies: Mapping[str, KnownBody]) -> list[Carrier]:
    found: dict[str, Carrier] = {}
    for carrier in carriers:
        body = heir(carrier["siren"], bodies)
        present = Carrier(siren=body.siren, name=body.name) if body else carrier
        # Two that merged are one carrier.
        found.setdefault(present["siren"], present)
    return list(found.values())


def _partners(partners: Sequence[Partner], bodies: Mapping[str, KnownBody]) -> list[Partner]:
    found: dict[str, Partner] = {}
    for partner in partners:
        body = heir(partner["siren"], bodies)
        siren, name = (body.siren, body.name) if body else (partner["siren"], partner["name"])
        role = partner["role"]
        if siren in found and role not in (said := found[siren]["role"]):
            role = f"{said} ; {role}"[:ROLE_AT_MOST]
        elif siren in found:
            role = said
        found[siren] = Partner(siren=siren, name=name, role=role)
    return list(found.values())


def follow_in_contract(contract: Contract, bodies: Mapping[str, KnownBody]) -> bool:
    """Name the present organisations in a contract. Return True if it has changed."""
    is_changed = _follow_in_parties(contract, bodies)
    present = {siren: body.siren for siren in named_in_text(contract) if (body := heir(siren, bodies))}
    if all(siren == heir_siren for siren, heir_siren in present.items()):
        return is_changed
    rename_in_text(contract, present)
    return True


def rename_in_text(contract: Contract, present: Mapping[str, str]) -> None:
    """Name other organisations in the text of a contract."""
    contract.priorities = [
        {**priority, "carriers": list(dict.fromkeys(present.get(siren, siren) for siren in priority["carriers"]))}
        for priority in contract.priorities
    ]
    contract.commitments = [
        {**commitment, "organisation": present.get(commitment["organisation"], commitment["organisation"])}
        for commitment in contract.commitments
    ]
    animation = contract.themes["animation"]
    if (facilitator := animation["facilitator"]) and (siren := facilitator["organisation"]):
        named: Facilitator = {**facilitator, "organisation": present.get(siren, siren)}
        contract.themes = {**contract.themes, "animation": {**animation, "facilitator": named}}


def leave_text(contract: Contract, siren: str) -> None:
    """Take the commitments of an organisation out of a text, and the organisation out of the carriers."""
    contract.priorities = [
        {**priority, "carriers": [each for each in priority["carriers"] if each != siren]}
        for priority in contract.priorities
    ]
    contract.commitments = [each for each in contract.commitments if each["organisation"] != siren]
    animation = contract.themes["animation"]
    if (facilitator := animation["facilitator"]) and facilitator["organisation"] == siren:
        unnamed: Facilitator = {**facilitator, "organisation": None}
        contract.themes = {**contract.themes, "animation": {**animation, "facilitator": unnamed}}


def named_in_text(contract: Contract) -> list[str]:
    """Return the organisations that the text of a contract names, beside its parties."""
    facilitator = contract.themes["animation"]["facilitator"]
    return [
        *(siren for priority in contract.priorities for siren in priority["carriers"]),
        *(commitment["organisation"] for commitment in contract.commitments),
        *([facilitator["organisation"]] if facilitator and facilitator["organisation"] else []),
    ]


def _follow_in_parties(contract: Contract, bodies: Mapping[str, KnownBody]) -> bool:
    is_changed = False
    for party in list(contract.parties):
        body = heir(party.organisation, bodies)
        if body is None or (body.siren, body.name) == (party.organisation, party.name):
            continue
        is_changed = True
        same = next((each for each in contract.parties if each.organisation == body.siren and each is not party), None)
        if same is None:
            party.organisation, party.name = body.siren, body.name
            continue
        # Two that merged are one party: it stands where the first stood, and signs if one of them had to.
        same.name = body.name
        same.position = min(same.position, party.position)
        same.required = same.required or party.required
        same.role = "carrier" if "carrier" in (same.role, party.role) else same.role
        contract.parties.remove(party)
    contract.parties.sort(key=lambda party: party.position)
    return is_changed
