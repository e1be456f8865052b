"""Rules of amendments (avenants): a numbered clone of a contract's text, of which some parts may change.

Each is whole: it holds all of the text as it stands once it is signed. So the last signed amendment is the consolidated
text of its contract.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from services.contract.errors import (
    AmendedContractEnded,
    AmendmentsFull,
    AmendmentUnderWay,
    NotAmendable,
    NotAmended,
    OutsideSubjects,
)
from services.contract.models import Contract, Party
from services.contract.rules.completeness import Blocker
from services.contract.rules.content import PARTY_NOT_SIGNED
from services.contract.rules.contracts import event_data
from services.contract.rules.periods import last_day
from services.contract.rules.search import search_text
from shared.events.contract import AmendmentSubject, ContractAmended
from shared.problem import FieldError
from shared.storage.history import columns_of

AMENDABLE: Final[Mapping[AmendmentSubject, Collection[str]]] = {
    "period": ("ends_on",),
    "title": ("title",),
    "parties": ("parties",),
    "project": ("project",),
    "themes": ("themes",),
    "priorities": ("priorities",),
    "commitments": ("commitments",),
    "plan": ("plan",),
    "links": ("links",),
}
"""Subject of an amendment → the fields that it may change."""
CLONED: Final = (
    "territory",
    "phase",
    "title",
    "starts_on",
    "ends_on",
    "protocol_id",
    "replaces",
    "complements",
    "project",
    "themes",
    "priorities",
    "commitments",
    "links",
    "plan",
)
"""Columns of a contract that its amendment takes over."""
UNDER_WAY: Final = ("draft", "under_review", "approved", "signing", "signatures_expired")
HOLDING: Final = ("under_review", "approved", "signing", "signatures_expired", "signed")
"""States of a text that keeps the sheets of its plan."""
MAX_AMENDMENTS: Final = 99


def open_amendment(
    amendment_id: UUID,
    contract: Contract,
    family: Sequence[Contract],
    *,
    subjects: Collection[AmendmentSubject],
    reason: str,
    party_ids: Iterator[UUID],
    today: date,
    at: datetime,
) -> Contract:
    """Create the draft of an amendment: a clone of the consolidated text. `family` are the contract's amendments."""
    require_amendable(contract, today=today)
    for other in family:
        if other.status in UNDER_WAY:
            raise AmendmentUnderWay(
                f"Amendment {other.number} is {other.status}: sign or cancel it before you begin another one.",
                contract_id=str(other.id),
            )
    number = max((other.amendment_number or 0 for other in family), default=0) + 1
    if number > MAX_AMENDMENTS:
        raise AmendmentsFull(f"{contract.number} has {MAX_AMENDMENTS} amendments: make a contract that replaces it.")
    text = consolidated(contract, family)
    amendment = Contract(
        id=amendment_id,
        kind="amendment",
        amends=contract.id,
        amendment_number=number,
        amendment_reason=reason,
        subjects=_ordered(subjects),
        number=f"{contract.number}-{number}",
        regions=contract.regions,
        status="draft",
        origin="platform",
        **{name: getattr(text, name) for name in CLONED},
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
    amendment.search = search_text(amendment.number, amendment.title)
    _copy_parties(amendment, text, party_ids)
    return amendment


def require_amendable(contract: Contract, *, today: date) -> None:
    """Refuse to amend anything but a signed contract that is in force."""
    if contract.kind != "contract":
        raise NotAmendable(f"{contract.number} is no contract: only a contract is amended.")
    require_in_force(contract, today=today)


def require_in_force(contract: Contract, *, today: date) -> None:
    """Refuse to go on with an amendment of a contract that is not signed, or has ended."""
    if contract.status != "signed" or last_day(contract) < today:
        reason = f"its last day was {last_day(contract)}" if contract.signed_on else "it was never signed"
        raise AmendedContractEnded(
            f"Contract {contract.number} is not in force, {reason}: it can be amended no more. Cancel the amendment, "
            "or make a new contract."
        )


def consolidated(contract: Contract, family: Iterable[Contract]) -> Contract:
    """Return the text in force of a contract: its last signed amendment, or itself."""
    signed = [each for each in family if each.amends == contract.id and each.status == "signed"]
    return max(signed, key=lambda each: each.amendment_number or 0, default=contract)


def live_texts(documents: Sequence[Contract]) -> Iterator[tuple[Contract, Contract]]:
    """Yield each contract that keeps its sheets with its text in force, and with an amendment that is under way."""
    for contract in documents:
        if contract.kind == "contract" and contract.status in HOLDING:
            yield contract, consolidated(contract, documents)
            for other in documents:
                if other.amends == contract.id and other.status in HOLDING and other.status != "signed":
                    yield contract, other


def base_of(amendment: Contract, contract: Contract, family: Iterable[Contract]) -> Contract:
    """Return the text that an amendment amends: the last one that was signed before it."""
    number = amendment.amendment_number or 0
    return consolidated(contract, [each for each in family if (each.amendment_number or 0) < number])


def require_within(amendment: Contract, changes: Mapping[str, Any]) -> None:
    """Refuse to change a field that is none of the subjects of an amendment."""
    may_change = {name for subject in amendment.subjects or () for name in AMENDABLE[subject]}
    if outside := [name for name in changes if name not in may_change]:
        raise OutsideSubjects(
            f"{', '.join(f'`{name}`' for name in outside)}: this amendment is about "
            f"{', '.join(amendment.subjects or ())}. Add the subject to `subjects`, or leave the field out.",
            errors=[
                FieldError(pointer=f"/{name}", detail="outside the subjects of this amendment") for name in outside
            ],
        )


def set_subjects(
    amendment: Contract, subjects: Collection[AmendmentSubject], base: Contract, *, party_ids: Iterator[UUID]
) -> None:
    """Replace the subjects of an amendment. The fields of those that go have their former values again."""
    for subject in set(amendment.subjects or ()) - set(subjects):
        for name in AMENDABLE[subject]:
            if name == "parties":
                _copy_parties(amendment, base, party_ids)
            else:
                setattr(amendment, name, getattr(base, name))
    amendment.subjects = _ordered(subjects)


def blockers(amendment: Contract, contract: Contract, base: Contract, *, today: date) -> Iterator[Blocker]:
    """Yield what keeps an amendment from its review, beside what every contract needs."""
    if contract.status != "signed" or last_day(contract) < today:
        yield Blocker("contract-ended", f"Contract {contract.number} is not in force: it can be amended no more.")
    if not differs(amendment, base):
        yield Blocker("nothing-amended", f"The text is that of {base.number}: change something of its subjects.")
    if amendment.ends_on != base.ends_on and amendment.ends_on <= today:
        yield Blocker("end-in-the-past", "The amended period ends today or earlier: give a later day.", "/ends_on")


def differs(amendment: Contract, base: Contract) -> bool:
    """Return True if an amendment changes something of its subjects."""
    names = {name for subject in amendment.subjects or () for name in AMENDABLE[subject]}
    return any(_value(amendment, name) != _value(base, name) for name in names)


def retained_before(base: Contract | None) -> Collection[str]:
    """Return the ids of the sheets that the amended text retains already: they need no validation again."""
    return {entry["action_id"] for entry in base.plan if entry["state"] == "retained"} if base else ()


def amended(amendment: Contract, contract: Contract) -> ContractAmended:
    """Return the event of an amendment that was just signed, and give its contract the new period."""
    contract.signed_amendments = [*contract.signed_amendments, str(amendment.id)]
    if "period" in (amendment.subjects or ()):
        contract.expires_on = amendment.ends_on
        end = contract.ends_early_on
        before_end = last_day(contract) if end else amendment.ends_on
        contract.in_force_until = min(before_end, amendment.ends_on)
    return ContractAmended(
        **event_data(amendment),
        amends=contract.id,
        amended_number=contract.number,
        amendment_number=amendment.amendment_number,
        subjects=list(amendment.subjects or ()),
        effective_on=amendment.signed_on,
        signed_on=amendment.signed_on,
        content_sha256=amendment.content_sha256,
    )


def refuse_subjects(contract: Contract) -> None:
    """Refuse subjects of a document that is no amendment."""
    if contract.kind != "amendment":
        raise NotAmended(
            f"`subjects` are those of an amendment, and this is a {contract.kind}: leave them out.",
            errors=[FieldError(pointer="/subjects", detail=f"not of a {contract.kind}")],
        )


def _ordered(subjects: Collection[AmendmentSubject]) -> list[AmendmentSubject]:
    return [subject for subject in AMENDABLE if subject in subjects]


def _value(text: Contract, name: str) -> Any:
    return [_written(party) for party in text.parties] if name == "parties" else getattr(text, name)


def _written(party: Party) -> dict[str, Any]:
    return {name: value for name, value in columns_of(party).items() if name not in PARTY_NOT_SIGNED}


def _copy_parties(amendment: Contract, text: Contract, ids: Iterator[UUID]) -> None:
    """Give an amendment the parties of a text. A party that it has keeps its id."""
    before = {party.organisation: party.id for party in amendment.parties}
    present = {party.organisation: party for party in amendment.parties}
    parties = []
    for position, party in enumerate(text.parties):
        copy = present.get(party.organisation) or Party(id=before.get(party.organisation) or next(ids))
        for name in party.__table__.columns.keys():  # noqa: SIM118
            if name not in PARTY_NOT_SIGNED:
                setattr(copy, name, getattr(party, name))
        copy.position = position
        parties.append(copy)
    amendment.parties = parties
