"""Addresses of the objects that events are about."""

from typing import Final

SINGULAR: Final = frozenset(["calendar"])
"""Collections that are named in the singular."""


def collection(kind: str) -> str:
    """The collection of a kind of object: a `territory` is in `/v1/territories`."""
    if kind in SINGULAR:
        return f"/v1/{kind}"
    return f"/v1/{kind[:-1]}ies" if kind.endswith("y") else f"/v1/{kind}s"


def address(subject: str) -> str:
    """The address of an event's object: `contract/0198…` stands at `/v1/contracts/0198…`."""
    kind, _, key = subject.partition("/")
    return f"{collection(kind)}/{key}"
