"""Rules of signatures: request, signature, refusal, withdrawal, and the conclusion of a contract."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from services.contract.errors import AlreadySigned, DayNotPlausible, DeliberationMissing, NotAParty, SignedInTheFuture
from services.contract.errors.signatures import (
    DelegationNotFitting,
    DueDayNotFitting,
    NotSigned,
    NotYourTurn,
    PartyNotFound,
    SignaturesExpired,
    SignedAfterTheEnd,
    SignedTooEarly,
)
from services.contract.models import Contract, FrozenContent, Party
from services.contract.reference import ANNOUNCED
from services.contract.rules import circuits, transitions
from services.contract.rules.contracts import event_data, require_transition
from services.contract.rules.parties import DELIBERATING
from services.contract.rules.periods import last_day
from shared.events.contract import ContractSigned, PartyDeclined, PartySigned, ProtocolSigned, SignatureRequested
from shared.events.signatures import SignatureWithdrawn
from shared.problem import FieldError
from shared.security.access import AccessScope, Caller

DUE_DAYS: Final = 90
"""Days between the request and the last day to sign, if the request names none. No text that was read sets a delay."""
DUE_DAYS_AT_MOST: Final = 365


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
    party_id: UUID | None = None


def request_signatures(
    contract: Contract, *, today: date, at: datetime, due_on: date | None = None
) -> list[SignatureRequested]:
    """Ask the parties of the first group to sign. After an expiry, ask again; signatures that were given stand."""
    status = transitions.next_status(contract, "request-signatures")
    due_on = due_on or today + timedelta(days=DUE_DAYS)
    last = today + timedelta(days=DUE_DAYS_AT_MOST)
    if not today <= due_on <= last:
        raise DueDayNotFitting(
            f"`due_on` is {due_on}: give a day from {today} to {last}.",
            errors=[FieldError(pointer="/due_on", detail=f"not from {today} to {last}")],
        )
    contract.status = status
    contract.requested_at = at
    contract.due_on = due_on
    for party in contract.parties:
        party.asked_on = party.reminded_on = party.declined_at = party.decline_reason = None
    return circuits.ask(contract, at=at, on=today, is_first=True)


def sign(
    contract: Contract,
    signature: Signature,
    *,
    by: Caller,
    access_scope: AccessScope,
    today: date,
    amended: Contract | None = None,
) -> PartySigned:
    """Record the signature of the caller's party, or of one for which it may sign. `amended`: what it amends."""
    party = party_to_sign(contract, by, access_scope, today=today, party_id=signature.party_id)
    _require_valid(signature, contract, party, today)
    _require_after(signature, amended)
    if party.organisation not in access_scope.organisations:
        _require_delegated(signature, party)
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


def party_to_sign(
    contract: Contract, by: Caller, access_scope: AccessScope, *, today: date, party_id: UUID | None = None
) -> Party:
    """Return the party for which the caller signs today. Refuse by name one that may not sign, or not now."""
    require_transition(contract, "sign")
    named = parties_of(contract, by, access_scope, party_id=party_id, with_delegated=True)
    unsigned = [party for party in named if party.signed_on is None]
    if not unsigned:
        raise AlreadySigned(f"{named[0].name} has signed on {named[0].signed_on}: a signature is given once.")
    require_not_expired(contract, today)
    turn = circuits.in_turn(contract)
    for party in unsigned:
        if party in turn:
            return party
    circuit = circuits.groups(contract)
    index = circuits.awaited_group(circuit) or 0
    group = circuits.name_of(circuit[index], index)
    raise NotYourTurn(
        f"It is not the turn of {unsigned[0].name}: {group} is awaited, which needs {circuit[index].needed} more "
        "signatures. Sign when your organisation is asked.",
        awaited_group=index + 1,
    )


def decline(
    contract: Contract,
    *,
    reason: str,
    by: Caller,
    access_scope: AccessScope,
    at: datetime,
    party_id: UUID | None = None,
) -> PartyDeclined:
    """Record that the caller's party, or one that it took over, will not sign, with the reason."""
    party = party_to_decline(contract, by, access_scope, party_id=party_id)
    party.declined_at = at
    party.decline_reason = reason
    contract.watch_from = circuits.watch_from(contract)
    return PartyDeclined(**event_data(contract), party_id=party.id, signatory=party.organisation, declined_at=at)


def party_to_decline(
    contract: Contract, by: Caller, access_scope: AccessScope, *, party_id: UUID | None = None
) -> Party:
    """Return the unsigned party for which the caller declines."""
    require_transition(contract, "decline")
    return unsigned_party(contract, by, access_scope, party_id=party_id)


def unsigned_party(contract: Contract, by: Caller, access_scope: AccessScope, *, party_id: UUID | None = None) -> Party:
    """Return the caller's party that has not signed. Refuse if there is none."""
    own = parties_of(contract, by, access_scope, party_id=party_id)
    for party in own:
        if party.signed_on is None:
            return party
    raise AlreadySigned(f"{own[0].name} has signed on {own[0].signed_on}: a signature is given once.")


def withdraw(
    contract: Contract,
    *,
    by: Caller,
    access_scope: AccessScope,
    today: date,
    at: datetime,
    party_id: UUID | None = None,
) -> SignatureWithdrawn:
    """Take back a signature that the caller entered by mistake. Signatures of later groups stand."""
    party = party_to_withdraw(contract, by, access_scope, party_id=party_id)
    signed_on = party.signed_on
    party.signed_on = party.signed_as = party.signed_by = None
    party.deliberation_reference = party.deliberation_on = None
    # It knows that it is awaited: the next reminder comes after the usual delay.
    party.asked_on, party.reminded_on = today, None
    return SignatureWithdrawn(
        **event_data(contract), party_id=party.id, signatory=party.organisation, signed_on=signed_on, withdrawn_at=at
    )


def party_to_withdraw(
    contract: Contract, by: Caller, access_scope: AccessScope, *, party_id: UUID | None = None
) -> Party:
    """Return the party of which the caller may take the signature back."""
    require_transition(contract, "withdraw-signature")
    named = parties_of(contract, by, access_scope, party_id=party_id, with_delegated=True)
    for party in named:
        if party.signed_on and (party.organisation in access_scope.organisations or party.signed_by == by.org):
            return party
    raise NotSigned(f"{named[0].name} has no signature that your organisation may withdraw: nothing to do.")


def conclude(contract: Contract, content: FrozenContent) -> ContractSigned | ProtocolSigned | None:
    """Make the contract signed, on the day from which every mandatory group was complete. Return its event.

    None: an amendment, of which `rules.amendments.amended` makes the event.
    """
    contract.status = transitions.next_status(contract, "sign")
    contract.content_sha256 = content.sha256
    contract.signed_on = max(group.completed_on for group in circuits.groups(contract) if group.is_mandatory)
    contract.watch_from = None
    contract.expires_on = contract.in_force_until = contract.ends_on
    if contract.kind == "amendment":
        return None
    signed = ProtocolSigned if contract.kind == "protocol" else ContractSigned
    return signed(**event_data(contract), signed_on=contract.signed_on, content_sha256=content.sha256)


def parties_of(
    contract: Contract,
    by: Caller,
    access_scope: AccessScope,
    *,
    party_id: UUID | None = None,
    with_delegated: bool = False,
) -> Sequence[Party]:
    """Return the caller's parties: its own, those of bodies that it took over, those that delegated to it."""
    own = [party for party in contract.parties if party.organisation in access_scope.organisations]
    own.sort(key=lambda party: party.organisation != by.org)
    delegated = [
        party
        for party in contract.parties
        if party.delegation and party.delegation["organisation"] in access_scope.organisations and party not in own
    ]
    named = [
        party for party in [*own, *(delegated if with_delegated else ())] if party_id is None or party.id == party_id
    ]
    if not named:
        raise NotAParty("Your organisation is not this party of the contract: each party signs for itself.")
    return named


def party_by_id(contract: Contract, party_id: UUID) -> Party:
    """Return a party that has not signed, by its id."""
    for party in contract.parties:
        if party.id == party_id:
            if party.signed_on:
                raise AlreadySigned(
                    f"{party.name} has signed on {party.signed_on}: only a party that has not may change."
                )
            return party
    raise PartyNotFound(f"This {contract.kind} has no party {party_id}: read its `parties`.")


def require_not_expired(contract: Contract, today: date) -> None:
    """Refuse to go on signing after the last day."""
    if contract.status == "signing" and contract.due_on and today > contract.due_on:
        raise SignaturesExpired(
            f"The last day to sign was {contract.due_on}: request the signatures again, with another `due_on`.",
            due_on=contract.due_on.isoformat(),
        )


def _require_valid(signature: Signature, contract: Contract, party: Party, today: date) -> None:
    if signature.signed_on > today:
        raise SignedInTheFuture(
            f"`signed_on` is in the future, {signature.signed_on}: record the signature on its day or later.",
            errors=[FieldError(pointer="/signed_on", detail="in the future")],
        )
    announced = ANNOUNCED[contract.phase]
    first = max(announced, contract.approved_on or announced)
    if signature.signed_on < first:
        was = f"this {contract.kind} was approved" if contract.approved_on else f"phase {contract.phase} was announced"
        raise SignedTooEarly(
            f"`signed_on` is {signature.signed_on}, and {was} on {first}: give that day or a later one.",
            errors=[FieldError(pointer="/signed_on", detail=f"before {first}")],
        )
    if contract.status == "signed" and signature.signed_on > last_day(contract):
        raise SignedAfterTheEnd(
            f"`signed_on` is {signature.signed_on}, after the last day of this {contract.kind}, {last_day(contract)}: "
            "correct it.",
            errors=[FieldError(pointer="/signed_on", detail=f"after {last_day(contract)}")],
        )
    _require_deliberated(signature, party, announced)


def _require_after(signature: Signature, amended: Contract | None) -> None:
    """Refuse to sign an amendment on a day before the signature of its contract."""
    if amended and amended.signed_on and signature.signed_on < amended.signed_on:
        raise SignedTooEarly(
            f"`signed_on` is {signature.signed_on}, and contract {amended.number} was signed on {amended.signed_on}: "
            "an amendment is signed on that day or later.",
            errors=[FieldError(pointer="/signed_on", detail=f"before {amended.signed_on}")],
        )


def _require_deliberated(signature: Signature, party: Party, announced: date) -> None:
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
    if deliberation and deliberation.date < announced:
        raise DayNotPlausible(
            f"The deliberation is of {deliberation.date}, and the phase was announced on {announced}: correct it.",
            errors=[FieldError(pointer="/deliberation/date", detail=f"before {announced}")],
        )


def _require_delegated(signature: Signature, party: Party) -> None:
    """Refuse a signature by delegation that is dated before the delegation."""
    if party.delegation and signature.signed_on < (since := date.fromisoformat(party.delegation["date"])):
        raise DelegationNotFitting(
            f"`signed_on` is {signature.signed_on}, and the delegation is of {since}: a delegate signs on that day or "
            "later.",
            errors=[FieldError(pointer="/signed_on", detail=f"before {since}")],
        )
