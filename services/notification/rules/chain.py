"""The chain of hashes over the journal: each hash covers an event and the hash before it."""

from typing import Any, Final

from shared.storage.chain import next_hash
from shared.storage.history import plain

CHAINED: Final = (
    "position", "event_id", "type", "subject", "sequence", "territories", "regions", "organisations", "operators",
    "journaled_at",
)  # fmt: skip
"""Columns of the journal that the chain covers, beside the hash of the body."""


def chain_hash(previous: str, event: Any, leaf: str) -> str:
    """Return the hash of an event of the journal in the chain."""
    return next_hash(previous, {name: plain(getattr(event, name)) for name in CHAINED} | {"leaf": leaf})
