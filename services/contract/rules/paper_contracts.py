"""Rules of contracts that were signed on paper, and are entered afterwards with their real days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.contract.errors import (
    DayNotPlausible,
    DeliberationMissing,
    EnteredSignatureNotFitting,
    SignedInTheFuture,
)
from services.contract.models import Contract, FrozenContent, Party
from services.contract.reference import ANNOUNCED
from services.contract.rules import circuits, transitions
from services.contract.rules.completeness import Blocker
from services.contract.rules.contracts import event_data
from services.contract.rules.signing import Deliberation
from shared.events.contract import ContractSigned, ProtocolSigned
from shared.problem import FieldError

NEEDED: Final = frozenset({
    "contract-overlaps", "intercommunality-missing", "company-missing", "state-missing", "region-missing",
    "action-deleted", "action-moved", "action-undecided", "action-in-other-contract", "contract-ended",
    "nothing-amended",
})  # fmt: skip
"""Blockers that a contract of before the platform is judged by: its parties, its days, its sheets."""
# Its text is what it is: the platform asks no more of it, and no pair of today.


@dataclass(frozen=True)
class EnteredSignature:
    """Signature of a party on paper. Null day: that of the contract."""

    organisation: str
    signed_on: date | None
    capacity: str | None
    deliberation: Deliberation | None


def enter_signed(
    contract: Contract,
    signatures: Sequence[EnteredSignature],
    *,
    signed_on: date,
    source: str,
    today: date,
    amended: Contract | None = None,
) -> None:
    """Record the signatures of a draft that its parties signed on paper, with their real days.

    Each party that must sign has signed: on the day of the contract, unless its own day is named. `amended` is the
    contract that it amends.
    """
    transitions.next_status(contract, "enter-signed")
    _require_day(contract, signed_on, "/signed_on", today)
    if amended and amended.signed_on and signed_on < amended.signed_on:
        raise DayNotPlausible(
            f"`signed_on` is {signed_on}, and contract {amended.number} was signed on {amended.signed_on}: it is "
            "amended on that day or later.",
            errors=[FieldError(pointer="/signed_on", detail=f"before {amended.signed_on}")],
        )
    named = {signature.organisation: (index, signature) for index, signature in enumerate(signatures)}
    parties = {party.organisation: party for party in contract.parties}
    for organisation, (index, _) in named.items():
        if organisation not in parties:
            _refuse(index, f"{organisation} is not among the parties: name a party, or add it to `parties` first.")
    for organisation, party in parties.items():
        if organisation in named:
            _sign(contract, party, named[organisation], signed_on, today)
        elif party.required:
            party.signed_on, party.signed_as = signed_on, party.capacity
    contract.origin = "paper"
    contract.entered_source = source


def require_complete(contract: Contract, *, signed_on: date) -> None:
    """Refuse a contract of which a mandatory group was not complete on its day."""
    for index, group in enumerate(circuits.groups(contract)):
        if not group.is_mandatory or (group.is_complete and group.completed_on <= signed_on):
            continue
        reason = (
            f"{circuits.name_of(group, index).capitalize()} of its circuit was not complete on {signed_on}: name in "
            "`signatures` the parties of it that had signed by then, or write the circuit anew."
        )
        raise EnteredSignatureNotFitting(reason, errors=[FieldError(pointer="/signatures", detail=reason)])


def needed(blockers: Sequence[Blocker]) -> list[Blocker]:
    """Return the blockers that also hold for a contract of before the platform."""
    return [blocker for blocker in blockers if blocker.code in NEEDED]


def conclude_entered(
    contract: Contract, content: FrozenContent, *, signed_on: date
) -> ContractSigned | ProtocolSigned | None:
    """Make an entered contract signed, on its real day. Return its event.

    None: an amendment, of which `rules.amendments.amended` makes the event.
    """
    contract.status = transitions.next_status(contract, "enter-signed")
    contract.content_sha256 = content.sha256
    contract.signed_on = signed_on
    contract.expires_on = contract.in_force_until = contract.ends_on
    if contract.kind == "amendment":
        return None
    signed = ProtocolSigned if contract.kind == "protocol" else ContractSigned
    return signed(**event_data(contract), signed_on=signed_on, content_sha256=content.sha256)


def _sign(contract: Contract, party: Party, named: tuple[int, EnteredSignature], signed_on: date, today: date) -> None:
    index, signature = named
    day = signature.signed_on or signed_on
    _require_day(contract, day, f"/signatures/{index}/signed_on", today)
    if day > signed_on and party.required:
        _refuse(index, f"{party.name} signed on {day}, after the contract ({signed_on}): correct one of the days.")
    party.signed_on, party.signed_as = day, signature.capacity or party.capacity
    if act := signature.deliberation:
        pointer, announced = f"/signatures/{index}/deliberation/date", ANNOUNCED[contract.phase]
        if act.date > day:
            raise DeliberationMissing(
                "The deliberation is later than the signature: give one of that day or before.",
                errors=[FieldError(pointer=pointer, detail="after the signature")],
            )
        if act.date < announced:
            raise DayNotPlausible(
                f"The deliberation is of {act.date}, and the phase was announced on {announced}: correct it.",
                errors=[FieldError(pointer=pointer, detail=f"before {announced}")],
            )
        party.deliberation_reference, party.deliberation_on = act.reference, act.date


def _require_day(contract: Contract, day: date, pointer: str, today: date) -> None:
    """Refuse a day in the future, before the phase was announced, or after the period."""
    first = ANNOUNCED[contract.phase]
    if day > today:
        raise SignedInTheFuture(
            f"The signature is in the future, {day}: a contract is entered once it was signed.",
            errors=[FieldError(pointer=pointer, detail="in the future")],
        )
    if not first <= day <= contract.ends_on:
        raise DayNotPlausible(
            f"The signature is of {day}: this {contract.kind} was signed from {first}, when phase {contract.phase} was "
            f"announced, to its last day, {contract.ends_on}.",
            errors=[FieldError(pointer=pointer, detail=f"not from {first} to {contract.ends_on}")],
        )


def _refuse(index: int, reason: str) -> None:
    raise EnteredSignatureNotFitting(reason, errors=[FieldError(pointer=f"/signatures/{index}", detail=reason)])
