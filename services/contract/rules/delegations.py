"""Rules of delegations of signature."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from services.contract.errors.signatures import DelegationMissing, DelegationNotFitting
from services.contract.models import Contract, Delegation, Party
from services.contract.reference import ANNOUNCED
from services.contract.rules.contracts import event_data, require_transition
from services.contract.rules.signing import unsigned_party
from shared.events.signatures import SignatureDelegated
from shared.problem import FieldError
from shared.security.access import AccessScope, Caller

YEARS_BEFORE: Final = 10
"""Maximum years between a delegation and the announcement of the phase: it ends with the office of its author."""


def party_to_delegate(contract: Contract, by: Caller, access_scope: AccessScope, **named: Any) -> Party:
    """Return the unsigned party that the caller may let another office sign for."""
    require_transition(contract, "delegate")
    return unsigned_party(contract, by, access_scope, **named)


def delegate(
    contract: Contract, party: Party, act: Mapping[str, Any], *, today: date, at: datetime
) -> SignatureDelegated:
    """Let another office sign for a party. The new delegation takes the place of the former one."""
    announced = ANNOUNCED[contract.phase]
    first = announced.replace(year=announced.year - YEARS_BEFORE)
    day = act["date"]
    if not first <= day <= today:
        raise DelegationNotFitting(
            f"The delegation is of {day}: give a day from {first} to {today}.",
            errors=[FieldError(pointer="/date", detail=f"not from {first} to {today}")],
        )
    organisation = act["organisation"] if act["organisation"] != party.organisation else None
    party.delegation = Delegation(
        organisation=organisation, office=act["office"], reference=act["reference"], date=day.isoformat()
    )
    return _event(contract, party, at)


def party_to_revoke(contract: Contract, by: Caller, access_scope: AccessScope, **named: Any) -> Party:
    """Return the unsigned party of which the caller may revoke the delegation."""
    require_transition(contract, "revoke-delegation")
    party = unsigned_party(contract, by, access_scope, **named)
    if party.delegation is None:
        raise DelegationMissing(f"{party.name} has delegated its signature to nobody: there is nothing to revoke.")
    return party


def revoke(contract: Contract, party: Party, *, at: datetime) -> SignatureDelegated:
    """Let nobody else sign for a party any more."""
    party.delegation = None
    return _event(contract, party, at)


def _event(contract: Contract, party: Party, at: datetime) -> SignatureDelegated:
    return SignatureDelegated(
        **event_data(contract),
        party_id=party.id,
        signatory=party.organisation,
        delegate=party.delegation["organisation"] if party.delegation else None,
        is_revoked=party.delegation is None,
        delegated_at=at,
    )
