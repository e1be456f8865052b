"""Signing circuit and delegations of signature, as JSON columns keep them."""

from typing import TypedDict


class SigningGroup(TypedDict):
    """Group of a signing circuit: its parties sign in any order."""

    label: str | None
    quorum: int | None
    """Number of signatures that are needed; null: those of the required parties alone."""
    parties: list[str]
    """Ids of parties."""


class Delegation(TypedDict):
    """Act by which a party lets another office sign for it."""

    organisation: str | None
    """SIREN of the organisation that may sign; null: an office of the party itself."""
    office: str
    reference: str
    date: str
