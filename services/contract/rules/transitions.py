"""The two state machines, as data. What is not in a table is refused, and the refusal names what is."""

from collections.abc import Mapping
from typing import Final, TypeVar

from shared.events.contract import ActionStatus, ContractStatus
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
    "draft": {"submit": "under_review", "cancel": "cancelled"},
    # Approved with the last Region's approval; under review until then.
    "under_review": {"approve": "approved", "return": "draft", "cancel": "cancelled"},
    "approved": {"request-signatures": "signing", "cancel": "cancelled"},
    # Signed with the last required party's signature; in signing until then. Who declined may still sign.
    "signing": {"sign": "signed", "decline": "signing", "cancel": "cancelled"},
    "signed": {},
    "ended": {},
    "cancelled": {},
}
"""State of a contract → transition → the state that it leads to, at last."""


def target(table: Table[Status], status: Status, transition: str, what: str) -> Status:
    """The state that a transition leads to; refused, naming those that are allowed, if it is not one of them."""
    possible = table[status]
    if transition not in possible:
        raise TransitionRefused(
            f"A {what} that is {status} has no transition {transition}: {_in_words(possible)}.",
            state=status,
            allowed=possible,
        )
    return possible[transition]


def _in_words(possible: Mapping[str, str]) -> str:
    return f"it may {' or '.join(sorted(possible))}" if possible else "none is left to it"
