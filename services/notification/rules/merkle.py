"""Merkle trees over the events of the journal, as RFC 6962 (Certificate Transparency) defines them.

A leaf is the exact bytes of an event; leaf number 0 is position 1. Hashes are hexadecimal. A proof is a list of ranges:
the hash of each range is the hash of the tree over its leaves.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

EMPTY: Final = hashlib.sha256().hexdigest()
"""Root of the empty tree."""
WIDTH: Final = 256
"""Leaves, or nodes of the level below, of a stored subtree."""


@dataclass(frozen=True, slots=True)
class Range:
    """Leaves from `start` on, up to and without `end`."""

    start: int
    end: int

    @property
    def size(self) -> int:
        """Number of leaves."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Nodes:
    """Stored nodes of a level, from `start` on, up to and without `end`. Level 0 are the leaves."""

    level: int
    start: int
    end: int


def leaf_hash(body: bytes) -> str:
    """Return the hash of a leaf (RFC 6962, section 2.1)."""
    return hashlib.sha256(b"\x00" + body).hexdigest()


def node_hash(left: str, right: str) -> str:
    """Return the hash of an inner node (RFC 6962, section 2.1)."""
    return hashlib.sha256(b"\x01" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()


def split(size: int) -> int:
    """Return the largest power of two below a size of at least 2: the leaves of the left subtree."""
    return 1 << (size - 1).bit_length() - 1


def root(hashes: Sequence[str]) -> str:
    """Return the root over hashes of leaves, or over roots of equal, complete subtrees."""
    if len(hashes) < 2:
        return hashes[0] if hashes else EMPTY
    left = split(len(hashes))
    return node_hash(root(hashes[:left]), root(hashes[left:]))


def inclusion(index: int, within: Range) -> list[Range]:
    """Return the ranges whose hashes prove that a leaf is in the tree (RFC 6962, section 2.1.1)."""
    if within.size == 1:
        return []
    middle = within.start + split(within.size)
    left, right = Range(within.start, middle), Range(middle, within.end)
    if index < middle:
        return [*inclusion(index, left), right]
    return [*inclusion(index, right), left]


def consistency(first: int, within: Range, *, is_known: bool = True) -> list[Range]:
    """Return the ranges whose hashes prove that a tree begins with the `first` leaves (RFC 6962, section 2.1.2).

    `is_known`: the verifier has the root of the smaller tree.
    """
    if first == within.end:
        return [] if is_known else [within]
    middle = within.start + split(within.size)
    left, right = Range(within.start, middle), Range(middle, within.end)
    if first <= middle:
        return [*consistency(first, left, is_known=is_known), right]
    return [*consistency(first, right, is_known=False), left]


def complete_subtrees(leaves: Range) -> list[Range]:
    """Return the complete subtrees that a range of a proof consists of, from left to right."""
    found, start = [], leaves.start
    while start < leaves.end:
        size = 1 << (leaves.end - start).bit_length() - 1
        found.append(Range(start, start + size))
        start += size
    return found


def nodes_of(subtree: Range) -> Nodes:
    """Return the stored nodes that a complete subtree consists of: fewer than 256."""
    level, width = 0, 1
    while width * WIDTH <= subtree.size:
        level, width = level + 1, width * WIDTH
    return Nodes(level, subtree.start // width, subtree.end // width)


def hash_of_range(leaves: Range, hashes_of: Callable[[Nodes], Sequence[str]]) -> str:
    """Return the hash of a range of a proof, from stored nodes."""
    if not leaves.size:
        return EMPTY
    *others, found = [root(hashes_of(nodes_of(each))) for each in complete_subtrees(leaves)]
    for left in reversed(others):
        found = node_hash(left, found)
    return found
