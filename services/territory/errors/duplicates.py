"""Refusals of decisions on duplicates."""

from shared.problem import Conflict, Unprocessable, example_members


class DuplicateNotFitting(Unprocessable):
    """The organisation cannot be a duplicate of the other one: name another one, or do what the refusal says first."""

    shown = example_members("/of")


class DuplicateDecided(Conflict):
    """Somebody has decided on these organisations: revoke that decision first."""

    shown = example_members(duplicate_of="000000026")


class DuplicateNotDecided(Conflict):
    """Nobody has decided on these organisations, or the decision was revoked: there is nothing to revoke."""
