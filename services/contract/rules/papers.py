"""Rules of paper copies: scans of the signed paper of a contract, deposited by its parties."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from services.contract.errors import (
    DayNotPlausible,
    NotAParty,
    NotTheDepositor,
    PaperCopyAlreadyWithdrawn,
    PaperCopyKept,
    PaperCopyKnown,
    SignaturesNotRequested,
    TooManyPaperCopies,
)
from services.contract.models import Contract, PaperCopy, Party
from services.contract.reference import ANNOUNCED
from services.contract.rules.contracts import event_data
from shared.events.contract import PaperCopyDeposited, PaperCopyWithdrawn
from shared.problem import FieldError
from shared.security.access import AccessScope, Caller

DEPOSITABLE: Final = ("signing", "signed", "ended")
"""States of a contract in which its paper may be deposited."""
WITHDRAWABLE: Final = ("signing",)
"""States of a contract in which a paper copy may be withdrawn."""
PER_CONTRACT: Final = 200
"""Maximum copies of a contract, withdrawn ones included."""
PER_PARTY: Final = 5
"""Maximum copies of a party that are not withdrawn."""
PER_PARTY_EVER: Final = 20
"""Maximum copies of a party, withdrawn ones included."""


@dataclass(frozen=True)
class Scan:
    """A PDF that was inspected, with the depositor's declaration."""

    sha256: str
    size_bytes: int
    pages: int
    declared_on: date
    description: str | None
    signatures: list[dict[str, Any]] = field(default_factory=list)
    """Signatures in the file, as they were validated when it was deposited."""


def own_party(contract: Contract, by: Caller, access_scope: AccessScope) -> Party:
    """Return the caller's party: its own, or that of a body that it took over. Refuse others."""
    own = [party for party in contract.parties if party.organisation in access_scope.organisations]
    if not own:
        raise NotAParty("Your organisation is not a party of this contract: each party deposits its own papers.")
    return min(own, key=lambda party: party.organisation != by.org)


def deposit(
    copy_id: UUID,
    contract: Contract,
    scan: Scan,
    earlier: Sequence[PaperCopy],
    *,
    by: Caller,
    access_scope: AccessScope,
    at: datetime,
    today: date,
) -> PaperCopy:
    """Deposit a scan for the caller's party. `earlier` are all copies of the contract."""
    party = own_party(contract, by, access_scope)
    if contract.status not in DEPOSITABLE:
        raise SignaturesNotRequested(
            f"This contract is {contract.status}: its paper is deposited when signatures are requested, or later."
        )
    _require_day(scan.declared_on, contract, today)
    _require_new(scan, earlier)
    _require_room(party, earlier)
    return PaperCopy(
        id=copy_id,
        contract=contract,
        contract_id=contract.id,
        party=party.organisation,
        deposited_by=by.org or party.organisation,
        deposited_at=at,
        withdrawn_at=None,
        **vars(scan),
    )


def deposited(copy: PaperCopy) -> PaperCopyDeposited:
    """Return the event of a deposit."""
    return PaperCopyDeposited(
        **event_data(copy.contract),
        paper_copy_id=copy.id,
        sha256=copy.sha256,
        declared_on=copy.declared_on,
        depositor=copy.deposited_by,
        deposited_at=copy.deposited_at,
    )


def withdraw(copy: PaperCopy, *, access_scope: AccessScope, by: Caller, at: datetime) -> PaperCopyWithdrawn:
    """Withdraw a copy of the caller's party, as long as the contract is not signed."""
    if copy.party not in access_scope.organisations:
        raise NotTheDepositor("Another party has deposited this paper copy: only that party may withdraw it.")
    require_present(copy)
    if copy.contract.status not in WITHDRAWABLE:
        raise PaperCopyKept(f"This contract is {copy.contract.status}: its paper copies stay.")
    copy.withdrawn_at = at
    return PaperCopyWithdrawn(
        **event_data(copy.contract),
        paper_copy_id=copy.id,
        sha256=copy.sha256,
        withdrawn_by=by.org or copy.party,
        withdrawn_at=at,
    )


def require_present(copy: PaperCopy) -> None:
    """Refuse a copy that was withdrawn."""
    if copy.withdrawn_at:
        raise PaperCopyAlreadyWithdrawn(
            f"This paper copy was withdrawn on {copy.withdrawn_at.date()}: its bytes were deleted, its hash stays."
        )


def _require_day(declared_on: date, contract: Contract, today: date) -> None:
    """Refuse a paper of the future, or one that was signed before the approval or the announcement of the phase."""
    announced = ANNOUNCED[contract.phase]
    first = max(announced, contract.approved_on or announced)
    if not first <= declared_on <= today:
        raise DayNotPlausible(
            f"`declared_on` is {declared_on}: the paper of this {contract.kind} was signed from {first} to {today}, "
            "correct the day.",
            errors=[FieldError(parameter="declared_on", detail=f"not from {first} to {today}")],
        )


def _require_new(scan: Scan, earlier: Sequence[PaperCopy]) -> None:
    for copy in earlier:
        if copy.sha256 == scan.sha256 and not copy.withdrawn_at:
            raise PaperCopyKnown(
                f"These bytes were deposited by {copy.deposited_by} on {copy.deposited_at.date()}: read the copy "
                f"{copy.id}.",
                paper_copy_id=str(copy.id),
            )


def _require_room(party: Party, earlier: Sequence[PaperCopy]) -> None:
    if len(earlier) >= PER_CONTRACT:
        raise TooManyPaperCopies(f"This contract has {PER_CONTRACT} paper copies: no more are taken.")
    own = [copy for copy in earlier if copy.party == party.organisation]
    if len(own) >= PER_PARTY_EVER:
        raise TooManyPaperCopies(
            f"{party.name} has deposited {PER_PARTY_EVER} paper copies, with the withdrawn ones: no more are taken."
        )
    if len([copy for copy in own if not copy.withdrawn_at]) >= PER_PARTY:
        raise TooManyPaperCopies(
            f"{party.name} has deposited {PER_PARTY} paper copies: withdraw one, or put several papers into one PDF."
        )
