"""Refusals of signing circuits.

Conflict 409             Unprocessable 422
├── DelegationMissing    ├── CircuitNotFitting
├── NotSigned            ├── DelegationNotFitting
├── NotYourTurn          ├── DueDayNotFitting
├── PartyNeeded          ├── SignedAfterTheEnd
├── PartyNotDeclined     └── SignedTooEarly
└── SignaturesExpired
NotFound 404
└── PartyNotFound
"""

from shared.problem import Conflict, NotFound, Unprocessable, example_members


class DelegationMissing(Conflict):
    """The party has delegated its signature to nobody: there is nothing to revoke."""


class NotSigned(Conflict):
    """Your organisation has no signature of this contract to withdraw."""


class NotYourTurn(Conflict):
    """Another group of the circuit signs first. `awaited_group` is its position: sign when you are asked."""

    shown = example_members(awaited_group=1)


class PartyNeeded(Conflict):
    """Without this party the contract could not be signed: replace it by another organisation."""


class PartyNotDeclined(Conflict):
    """The party has not declined: it is reminded until the last day to sign, and needs no new request."""


class SignaturesExpired(Conflict):
    """The last day to sign has passed: request the signatures again. Those that were given stand."""

    shown = example_members(due_on="2019-10-13")


class PartyNotFound(NotFound):
    """The contract has no party of this id: read its `parties`."""


class CircuitNotFitting(Unprocessable):
    """A circuit names each party once. A group needs as many signatures as it has parties, or fewer."""

    shown = example_members("/groups")


class DelegationNotFitting(Unprocessable):
    """A delegation is not of the future, and not later than a signature that is given by it."""

    shown = example_members("/date")


class DueDayNotFitting(Unprocessable):
    """The last day to sign is today or later, and at most a year from now."""

    shown = example_members("/due_on")


class SignedAfterTheEnd(Unprocessable):
    """A party whose signature was not needed signs until the last day of the contract, not later."""

    shown = example_members("/signed_on")


class SignedTooEarly(Unprocessable):
    """The signature is dated before the contract was approved, or before its phase was announced: correct it."""

    shown = example_members("/signed_on")
