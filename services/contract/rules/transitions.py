"""Transitions of action sheets, contracts, protocols and reports, as tables.

A transition outside its table is refused. The refusal lists the allowed ones.
"""

from collections.abc import Mapping
from typing import Final, TypeVar

from services.contract.models import Contract
from shared.events.contract import ActionStatus, ContractKind, ContractStatus
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
    "signed": {"sign": "signed", "delegate": "signed", "revoke-delegation": "signed"},
    "ended": {},
    "cancelled": {},
}
"""State of a contract or an amendment → transition → the state that it finally leads to."""

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

BY_KIND: Final[Mapping[ContractKind, Table[ContractStatus]]] = {
    "protocol": PROTOCOL,
    "contract": CONTRACT,
    "amendment": CONTRACT,
}


def allowed(contract: Contract) -> Mapping[str, ContractStatus]:
    """Return the transitions that the state of a contract allows."""
    return BY_KIND[contract.kind][contract.status]


def next_status(contract: Contract, transition: str) -> ContractStatus:
    """Return the state that a transition of a contract leads to. Refuse one that is not allowed."""
    return target(BY_KIND[contract.kind], contract.status, transition, contract.kind)


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
    possible = table[status]
    if transition not in possible:
        raise TransitionRefused(
            f"This {what} is {status}: the transition {transition} is not allowed. {_in_words(possible)}",
            state=status,
            allowed=possible,
        )
    return possible[transition]


def _in_words(possible: Mapping[str, str]) -> str:
    return f"Allowed: {', '.join(sorted(possible))}." if possible else "No transition is allowed any more."
