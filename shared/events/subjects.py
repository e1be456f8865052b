"""Paths of the objects that events are about."""

from typing import Final

ADDRESSES: Final = {
    "territory": "/v1/territories",
    "organisation": "/v1/organisations",
    "committee": "/v1/committees",
    "decision": "/v1/decisions",
    "figure": "/v1/figures",
    "action": "/v1/actions",
    "contract": "/v1/contracts",
    "service": "/v1/services",
    "referent": "/v1/referents",
    "matching": "/v1/matchings",
    "request": "/v1/requests",
    "subscription": "/v1/subscriptions",
}
"""The first word of a subject, and the collection that the object is in."""


def address(subject: str) -> str:
    """The address of an event's object: `contract/0198…` is read at `/v1/contracts/0198…`."""
    kind, _, key = subject.partition("/")
    return f"{ADDRESSES[kind]}/{key}"
