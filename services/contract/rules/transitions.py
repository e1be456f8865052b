"""Transitions of action sheets, contracts, protocols and reports, as tables.

A transition outside its table is refused. The refusal lists the allowed ones.
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Final, Protocol, TypeVar

from shared.events.contract import ActionStatus, ContractKind, ContractStatus, EndOutcome
from shared.events.reports import ReportStatus
from shared.problem import TransitionRefused

Status = TypeVar("Status", bound=str)
Table = Mapping[Status, Mapping[str, Status]]

ACTION: Final[Table[ActionStatus]] = {
    "draft": {"submit": "submitted"},
    "submitted": {"opinion": "submitted", "return": "returned", "validate": "validated", "reject": "rejected"},
    "returned": {"submit": "submitted"},
    "validated": {},
    "rejected": {},
    "in_progress": {},
    "completed": {},
    "abandoned": {},
}
"""State of an action sheet → transition → the state that it leads to."""

CONTRACT: Final[Table[ContractStatus]] = {
    # A contract that was signed on paper before it came here is entered as signed.
    "draft": {"submit": "under_review", "enter-signed": "signed", "cancel": "cancelled"},
    # Approved with the last Region's approval; under review until then.
    "under_review": {"opinion": "under_review", "approve": "approved", "return": "draft", "cancel": "cancelled"},
    "approved": {"request-signatures": "signing", "cancel": "cancelled"},
    "signing": {
        # Signed once every mandatory group is complete; in signing until then. A party that declined may still sign.
        "sign": "signed",
        "decline": "signing",
        "withdraw-signature": "signing",
        "delegate": "signing",
        "revoke-delegation": "signing",
        "ask-again": "signing",
        "replace": "signing",
        # The party may be the only one that had not signed.
        "take-out": "signed",
        "cancel": "cancelled",
    },
    # The clock moves a contract there after the last day to sign. The signatures that were given stand.
    "signatures_expired": {"request-signatures": "signing", "cancel": "cancelled"},
    # A party whose signature was not needed may still sign.
    "signed": {
        "sign": "signed",
        "delegate": "signed",
        "revoke-delegation": "signed",
        "terminate": "ended",
        "denounce": "ended",
        "revoke-end": "signed",
    },
    "ended": {},
    "cancelled": {},
}
"""State of a contract → transition → the state that it finally leads to."""

PROTOCOL: Final[Table[ContractStatus]] = {
    # Nobody approves a protocol: its parties sign it.
    "draft": {"request-signatures": "signing", "enter-signed": "signed", "cancel": "cancelled"},
    "under_review": {},
    "approved": {},
    "signing": CONTRACT["signing"],
    "signatures_expired": CONTRACT["signatures_expired"],
    "signed": CONTRACT["signed"],
    "ended": {},
    "cancelled": {},
}
"""State of a protocol → transition → the state that it finally leads to."""

# An amendment has no end of its own: it lasts as long as its contract.
ENDS: Final = ("terminate", "denounce", "revoke-end")
AMENDMENT: Final[Table[ContractStatus]] = {
    **CONTRACT,
    "signed": {name: state for name, state in CONTRACT["signed"].items() if name not in ENDS},
}
"""State of an amendment → transition → the state that it finally leads to."""

BY_KIND: Final[Mapping[ContractKind, Table[ContractStatus]]] = {
    "protocol": PROTOCOL,
    "contract": CONTRACT,
    "amendment": AMENDMENT,
}


class Ending(Protocol):
    """A contract, as far as its transitions depend on it."""

    @property
    def kind(self) -> ContractKind:
        """Protocol, contract or amendment."""

    @property
    def status(self) -> ContractStatus:
        """Its state."""

    @property
    def ends_early_on(self) -> date | None:
        """First day without it, if its end was declared."""

    @property
    def end_outcome(self) -> EndOutcome | None:
        """The kind of its end, also of one to come."""


def allowed(contract: Ending) -> Mapping[str, ContractStatus]:
    """Return the transitions that the state of a contract allows. An end to come can only be taken back."""
    possible = BY_KIND[contract.kind][contract.status]
    if contract.status != "signed":
        return possible
    if contract.ends_early_on is None:
        closed: Collection[str] = ("revoke-end",)
    elif contract.end_outcome == "replaced":
        # Another contract that was signed replaces it: nobody takes that back.
        closed = ENDS
    else:
        closed = ("terminate", "denounce")
    return {name: state for name, state in possible.items() if name not in closed}


def next_status(contract: Ending, transition: str) -> ContractStatus:
    """Return the state that a transition of a contract leads to. Refuse one that is not allowed."""
    return _target(allowed(contract), contract.status, transition, contract.kind)


REPORT: Final[Table[ReportStatus]] = {
    # Opened by the clock and still empty. The first writing makes it a draft.
    "due": {"submit": "submitted"},
    "draft": {"submit": "submitted"},
    "submitted": {"check": "checked", "reopen": "reopened"},
    "reopened": {"submit": "submitted"},
    "checked": {"reopen": "reopened"},
}
"""State of a report → transition → the state that it leads to."""


def target(table: Table[Status], status: Status, transition: str, what: str) -> Status:
    """Return the state that a transition leads to. Refuse one that is not allowed."""
    return _target(table[status], status, transition, what)


def _target(possible: Mapping[str, Status], status: Status, transition: str, what: str) -> Status:
    if transition not in possible:
        raise TransitionRefused(
            f"This {what} is {status}: the transition {transition} is not allowed. {_in_words(possible)}",
            state=status,
            allowed=possible,
        )
    return possible[transition]


def _in_words(possible: Mapping[str, str]) -> str:
    return f"Allowed: {', '.join(sorted(possible))}." if possible else "No transition is allowed any more."
