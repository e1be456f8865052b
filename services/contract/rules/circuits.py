"""Rules of signing circuits: ordered groups, parallel inside, with a quorum.

A party's turn comes when every mandatory group before its own is complete. A contract is signed if and only if every
mandatory group is complete, whatever the order in which the signatures arrive.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

from services.contract.errors import NotEditable
from services.contract.errors.signatures import CircuitNotFitting
from services.contract.models import Contract, Party, SigningGroup
from services.contract.rules import transitions
from services.contract.rules.contracts import event_data
from shared.events.contract import ContractStatus, SignatureRequested
from shared.problem import FieldError

PartyState = Literal["awaited", "asked", "signed", "declined", "expired"]

GROUPS_AT_MOST: Final = 20
EDITABLE: Final[tuple[ContractStatus, ...]] = ("draft", "under_review", "approved")
"""States in which the circuit may be changed: its signatures are not requested yet."""
OPEN: Final[tuple[ContractStatus, ...]] = ("signing", "signed")
"""States in which parties sign."""
REMINDER_DAYS: Final = 14
"""Days between two reminders of a party that was asked. No text of the programme that was read sets a delay."""


@dataclass(frozen=True)
class Group:
    """Group of a circuit with its parties."""

    label: str | None
    quorum: int | None
    parties: tuple[Party, ...]

    @property
    def is_mandatory(self) -> bool:
        """True if the contract waits for it: it has a quorum, or a required party."""
        return (self.quorum or 0) >= 1 or any(party.required for party in self.parties)

    @property
    def needed(self) -> int:
        """Minimum number of signatures that it still needs."""
        signed = sum(party.signed_on is not None for party in self.parties)
        required = sum(party.required and party.signed_on is None for party in self.parties)
        return max(required, (self.quorum or 0) - signed)

    @property
    def is_complete(self) -> bool:
        """True if each required party has signed and the quorum is reached."""
        return self.needed == 0

    @property
    def completed_on(self) -> date:
        """Day from which it was complete, whatever the order in which the signatures were recorded."""
        days = sorted(party.signed_on for party in self.parties if party.signed_on)
        required = [party.signed_on for party in self.parties if party.signed_on and party.required]
        return max([*required, *days[: self.quorum or 0]])

    def can_do_without(self, avoided: Callable[[Party], bool]) -> bool:
        """Return True if it may be complete without a signature of these parties."""
        found = [party for party in self.parties if avoided(party)]
        others = len(self.parties) - len(found)
        return not found or not (any(party.required for party in found) or others < (self.quorum or 0))


def groups(contract: Contract, *, without: Party | None = None) -> list[Group]:
    """Return the groups of a circuit in their order, as if a party were not in it. Empty ones stay."""
    if not contract.circuit:
        return [Group(None, None, tuple(party for party in contract.parties if party is not without))]
    by_id = {str(party.id): party for party in contract.parties if party is not without}
    return [
        Group(group["label"], group["quorum"], tuple(by_id[each] for each in group["parties"] if each in by_id))
        for group in contract.circuit
    ]


def is_complete(contract: Contract) -> bool:
    """Return True once every mandatory group is complete."""
    mandatory = [group for group in groups(contract) if group.is_mandatory]
    return bool(mandatory) and all(group.is_complete for group in mandatory)


def awaited_group(circuit: Sequence[Group]) -> int | None:
    """Return the index of the first mandatory group that is not complete, or None."""
    return next((index for index, group in enumerate(circuit) if group.is_mandatory and not group.is_complete), None)


def in_turn(contract: Contract) -> list[Party]:
    """Return the parties whose turn has come and that have not signed."""
    circuit = groups(contract)
    awaited = awaited_group(circuit)
    open_groups = circuit if awaited is None else circuit[: awaited + 1]
    return [party for group in open_groups for party in group.parties if party.signed_on is None]


def state_of(party: Party, contract: Contract, turn: Sequence[Party]) -> PartyState:
    """Return the state of a party in the circuit."""
    if party.signed_on:
        return "signed"
    if party.declined_at:
        return "declined"
    if contract.status == "signatures_expired":
        return "expired"
    return "asked" if contract.status in OPEN and party in turn else "awaited"


def name_of(group: Group, index: int) -> str:
    """Return a group in words."""
    return f"group {index + 1} « {group.label} »" if group.label else f"group {index + 1}"


def change(contract: Contract, named: Sequence[Mapping[str, Any]]) -> None:
    """Write the circuit of a contract. Its groups name organisations."""
    if contract.status not in EDITABLE:
        raise NotEditable(
            f"This {contract.kind} is {contract.status}: its circuit is written before its signatures are requested.",
            state=contract.status,
            allowed=transitions.allowed(contract),
        )
    ids = {party.organisation: str(party.id) for party in contract.parties}
    _require_once(named, ids, contract.kind)
    contract.circuit = [
        SigningGroup(label=group["label"], quorum=group["quorum"], parties=[ids[each] for each in group["parties"]])
        for group in named
    ]
    if not any(group.is_mandatory for group in groups(contract)):
        raise _misfit("No group is mandatory: give one a quorum, or a party that must sign.", "/groups")


def _require_once(named: Sequence[Mapping[str, Any]], ids: Mapping[str, str], kind: str) -> None:
    """Refuse groups that do not name each party once, and quorums that cannot be reached."""
    seen: set[str] = set()
    for index, group in enumerate(named):
        for position, siren in enumerate(group["parties"]):
            pointer = f"/groups/{index}/parties/{position}"
            if siren not in ids:
                raise _misfit(f"{siren} is not among the parties: name parties of this {kind}.", pointer)
            if siren in seen:
                raise _misfit(f"{siren} is in two groups: name each party once.", pointer)
            seen.add(siren)
        if (group["quorum"] or 0) > len(group["parties"]):
            raise _misfit(
                f"The quorum {group['quorum']} is greater than the number of parties, {len(group['parties'])}: lower "
                "it.",
                f"/groups/{index}/quorum",
            )
    if left := sorted(ids.keys() - seen):
        raise _misfit(f"In no group: {', '.join(left)}. Add each party to a group.", "/groups")


def ask(contract: Contract, *, at: datetime, on: date, is_first: bool = False) -> list[SignatureRequested]:
    """Ask each party whose turn has come and that was not asked. Set the day of the next reminder."""
    turn = in_turn(contract)
    asked = []
    for party in contract.parties:
        if party.signed_on is None and party not in turn:
            # A group before was complete and no longer is: the party is asked again in its turn.
            party.asked_on = party.reminded_on = None
        elif party.signed_on is None and party.asked_on is None and party.declined_at is None:
            party.asked_on, party.reminded_on = on, None
            asked.append(party)
    contract.watch_from = watch_from(contract)
    if not asked or contract.due_on is None:
        return []
    data = event_data(contract)
    return [
        SignatureRequested(
            **data,
            party_id=party.id,
            signatory=party.organisation,
            due_on=contract.due_on,
            is_first=is_first and index == 0,
            requested_at=at,
        )
        for index, party in enumerate(asked)
    ]


def unanswered(contract: Contract) -> list[tuple[Party, date]]:
    """Return the parties that were asked and have not answered, each with the day of its next reminder."""
    return [
        (party, (party.reminded_on or party.asked_on) + timedelta(days=REMINDER_DAYS))
        for party in in_turn(contract)
        if party.asked_on and party.declined_at is None
    ]


def watch_from(contract: Contract) -> date | None:
    """Return the day of the next reminder or expiry; None if there is none."""
    if contract.status != "signing" or contract.due_on is None:
        return None
    return min([contract.due_on + timedelta(days=1), *(day for _, day in unanswered(contract))])


def without(circuit: Iterable[SigningGroup], party: Party) -> list[SigningGroup]:
    """Return a stored circuit without a party. A group that it leaves empty goes."""
    left: list[SigningGroup] = [
        {**group, "parties": [each for each in group["parties"] if each != str(party.id)]} for group in circuit
    ]
    return [group for group in left if group["parties"]]


def with_successor(circuit: Iterable[SigningGroup], former: Party, new: Party) -> list[SigningGroup]:
    """Return a stored circuit with a party in the place of another one."""
    ids = {str(former.id): str(new.id)}
    return [{**group, "parties": [ids.get(each, each) for each in group["parties"]]} for group in circuit]


def _misfit(reason: str, pointer: str) -> CircuitNotFitting:
    return CircuitNotFitting(reason, errors=[FieldError(pointer=pointer, detail=reason)])
