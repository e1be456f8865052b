"""Rules of signatures.

Each party signs for itself, in any order. The contract is signed once every required party has signed.
"""

from dataclasses import dataclass
from datetime import date, datetime

from services.contract.errors import AlreadySigned, DeliberationMissing, NotAParty, SignedInTheFuture
from services.contract.models import Contract, FrozenContent, Party
from services.contract.rules import transitions
from services.contract.rules.contracts import event_data, require_transition
from services.contract.rules.parties import DELIBERATING
from shared.events.contract import ContractSigned, PartyDeclined, PartySigned, ProtocolSigned, SignatureRequested
from shared.problem import FieldError
from shared.security.access import AccessScope, Caller


@dataclass(frozen=True)
class Deliberation:
    """Act of an assembly that authorises the signature."""

    reference: str
    date: date


@dataclass(frozen=True)
class Signature:
    """Declaration of a party when it signs."""

    capacity: str
    signed_on: date
    deliberation: Deliberation | None = None


def request_signatures(contract: Contract, *, at: datetime) -> SignatureRequested:
    """Ask every party to sign, in any order."""
    contract.status = transitions.next_status(contract, "request-signatures")
    contract.requested_at = at
    requested = [party.organisation for party in contract.parties]
    return SignatureRequested(**event_data(contract), requested_at=at, requested=requested)


def sign(
    contract: Contract, signature: Signature, *, by: Caller, access_scope: AccessScope, today: date
) -> PartySigned:
    """Record the signature of the caller's party, or of one that it took over. One that declined may still sign."""
    require_transition(contract, "sign")
    party = _own_party(contract, by, access_scope)
    _require_valid(signature, party, today)
    party.signed_on = signature.signed_on
    party.signed_as = signature.capacity
    party.signed_by = None if party.organisation == by.org else by.org
    if signature.deliberation:
        party.deliberation_reference = signature.deliberation.reference
        party.deliberation_on = signature.deliberation.date
    party.declined_at = party.decline_reason = None
    return PartySigned(
        **event_data(contract), party_id=party.id, signatory=party.organisation, signed_on=signature.signed_on
    )


def decline(contract: Contract, *, reason: str, by: Caller, access_scope: AccessScope, at: datetime) -> PartyDeclined:
    """Record that the caller's party, or one that it took over, will not sign, with the reason."""
    require_transition(contract, "decline")
    party = _own_party(contract, by, access_scope)
    party.declined_at = at
    party.decline_reason = reason
    return PartyDeclined(**event_data(contract), party_id=party.id, signatory=party.organisation, declined_at=at)


def everyone_has_signed(contract: Contract) -> bool:
    """Return True once every required party has signed. The others may sign until then."""
    return all(party.signed_on for party in contract.parties if party.required)


def conclude(contract: Contract, content: FrozenContent) -> ContractSigned | ProtocolSigned:
    """Make the contract or protocol signed, on the latest day of its required signatures."""
    contract.status = transitions.next_status(contract, "sign")
    contract.content_sha256 = content.sha256
    contract.signed_on = max(party.signed_on for party in contract.parties if party.required and party.signed_on)
    signed = ProtocolSigned if contract.kind == "protocol" else ContractSigned
    return signed(**event_data(contract), signed_on=contract.signed_on, content_sha256=content.sha256)


def _own_party(contract: Contract, by: Caller, access_scope: AccessScope) -> Party:
    """Return the caller's party that has not signed: its own, then those of the bodies that it took over."""
    own = [party for party in contract.parties if party.organisation in access_scope.organisations]
    if not own:
        raise NotAParty("Your organisation is not a party of this contract: each party signs for itself.")
    own.sort(key=lambda party: party.organisation != by.org)
    for party in own:
        if not party.signed_on:
            return party
    raise AlreadySigned(f"{own[0].name} has signed on {own[0].signed_on}: a signature is given once.")


def _require_valid(signature: Signature, party: Party, today: date) -> None:
    if signature.signed_on > today:
        raise SignedInTheFuture(
            f"`signed_on` is in the future, {signature.signed_on}: record the signature on its day or later.",
            errors=[FieldError(pointer="/signed_on", detail="in the future")],
        )
    deliberation = signature.deliberation
    if deliberation is None and party.kind in DELIBERATING:
        raise DeliberationMissing(
            f"{party.name} signs by a deliberation: give its reference and date in `deliberation`.",
            errors=[FieldError(pointer="/deliberation", detail=f"required of a party of kind {party.kind}")],
        )
    if deliberation and deliberation.date > signature.signed_on:
        raise DeliberationMissing(
            "The deliberation is later than the signature: give one of the day of `signed_on` or before.",
            errors=[FieldError(pointer="/deliberation/date", detail="after `signed_on`")],
        )
