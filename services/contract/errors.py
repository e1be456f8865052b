"""Refusals of this service, beside those of `shared/projections.py`.

Conflict 409                         Unprocessable 422
├── ActionIncomplete                 ├── AxisNotOfPhase
├── ActionNotDraft                   ├── CalendarReversed
├── ContractNotReady                 ├── DeliberationMissing
├── ContentNotFrozen                 ├── PartyNotFitting
├── DecisionNotKnown                 ├── SignedInTheFuture
├── DecisionNotFitting               ├── TerritoriesNotFitting
├── AlreadyApproved                  └── ActionNotKnown
├── AlreadySigned
└── TransitionRefused
    └── NotEditable
Forbidden 403
├── NotAParty
├── NotTheDecider
└── NotTheEditor
"""

from shared.problem import Conflict, Forbidden, TransitionRefused, Unprocessable


class ActionIncomplete(Conflict):
    """Only a complete action sheet may be submitted: `errors` lists the fields to fill in."""

    title = "Action sheet incomplete"


class ActionNotDraft(Conflict):
    """Only a draft that was never submitted may be deleted; a submitted sheet stays, with its history."""

    title = "Action sheet not a draft"


class ContractNotReady(Conflict):
    """The contract lacks something for its review: `errors` lists what, as its `readiness` does."""


class ContentNotFrozen(Conflict):
    """The content of a contract is frozen when its last required party signs, not before."""


class DecisionNotKnown(Conflict):
    """This service has not learnt of the decision yet: record it with its committee, or try again in a moment."""

    def __init__(self, detail: str) -> None:
        # The event that brings the decision takes about a second.
        super().__init__(detail, headers={"Retry-After": "1"})


class DecisionNotFitting(Conflict):
    """The decision does not approve this contract: it is of another kind, outcome, committee, Region or territory."""


class AlreadyApproved(Conflict):
    """This Region has approved the contract already; the others' approval is still missing."""


class AlreadySigned(Conflict):
    """This party has signed the contract already: a signature is given once, and not taken back."""


class NotEditable(TransitionRefused):
    """In this state the content no longer changes; `allowed_transitions` lists what may happen to it."""


class NotAParty(Forbidden):
    """Only a party signs or declines, for itself: the organisation of the token is not one of this contract's."""


class NotTheDecider(Forbidden):
    """Only a Region of the lead territory decides on an action sheet, and the State gives its opinion there."""


class NotTheEditor(Forbidden):
    """Only the lead territory and the carriers write in an action sheet."""


class AxisNotOfPhase(Unprocessable):
    """An action sheet uses the axes of its phase, one of them the main one."""


class CalendarReversed(Unprocessable):
    """An end comes before its beginning."""


class DeliberationMissing(Unprocessable):
    """A public body that deliberates signs by naming its deliberation: reference and date, not after the signature."""


class PartyNotFitting(Unprocessable):
    """A party's kind or block does not fit the organisation, or the organisation does not fit the territory."""


class SignedInTheFuture(Unprocessable):
    """A signature is recorded on its day or later, not before."""


class TerritoriesNotFitting(Unprocessable):
    """The territories of a sheet are of one phase, each named once, and its lead stays first."""


class ActionNotKnown(Unprocessable):
    """There is no such action sheet in this territory's plan."""
