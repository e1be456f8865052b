"""Transitions of action sheets and contracts, as two tables.

A transition outside its table is refused. The refusal lists the allowed ones.
"""

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
    # Signed with the last required party's signature; in signing until then. A party that declined may still sign.
    "signing": {"sign": "signed", "decline": "signing", "cancel": "cancelled"},
    "signed": {},
    "ended": {},
    "cancelled": {},
}
"""State of a contract → transition → the state that it finally leads to."""


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
