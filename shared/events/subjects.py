"""Addresses of the objects that events are about."""


def collection(kind: str) -> str:
    """The collection of a kind of object: a `territory` is in `/v1/territories`."""
    return f"/v1/{kind[:-1]}ies" if kind.endswith("y") else f"/v1/{kind}s"


def address(subject: str) -> str:
    """The address of an event's object: `contract/0198…` stands at `/v1/contracts/0198…`."""
    kind, _, key = subject.partition("/")
    return f"{collection(kind)}/{key}"
