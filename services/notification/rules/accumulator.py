"""A Merkle tree that grows leaf by leaf, in the memory of its few complete subtrees."""

from dataclasses import dataclass, field

from services.notification.rules.merkle import EMPTY, WIDTH, Nodes, node_hash


@dataclass
class Accumulator:
    """The tree over all leaves that were added."""

    size: int = 0
    subtrees: list[tuple[int, str]] = field(default_factory=list)
    """Size and root of each complete subtree, from left to right."""

    def add(self, leaf: str) -> list[tuple[Nodes, str]]:
        """Add a leaf; return the stored nodes that it completes, each with its hash."""
        self.size += 1
        width, root, completed = 1, leaf, []
        level, next_width = 0, WIDTH
        while self.subtrees and self.subtrees[-1][0] == width:
            root = node_hash(self.subtrees.pop()[1], root)
            width *= 2
            if width == next_width:
                level, next_width = level + 1, next_width * WIDTH
                number = self.size // width - 1
                completed.append((Nodes(level, number, number + 1), root))
        self.subtrees.append((width, root))
        return completed

    @property
    def root(self) -> str:
        """Root of the tree."""
        if not self.subtrees:
            return EMPTY
        *others, (_, found) = self.subtrees
        for _, left in reversed(others):
            found = node_hash(left, found)
        return found
