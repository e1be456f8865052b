"""The Merkle tree of RFC 6962, against its definition written out, and against the script that checks proofs."""

import hashlib
import json
import subprocess
import sys
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.docsite.build import HERE
from services.notification.rules import merkle
from services.notification.rules.accumulator import Accumulator
from services.notification.rules.merkle import WIDTH, Nodes, Range

SCRIPT: Final = HERE / "files" / "check_proof.py"


def mth(leaves: list[bytes]) -> bytes:
    """Merkle tree hash, as section 2.1 of RFC 6962 defines it."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def bodies(size: int) -> list[bytes]:
    """Some leaves."""
    return [f"event {number}".encode() for number in range(size)]


class Stored:
    """Nodes as the database stores them."""

    def __init__(self, size: int) -> None:
        self.tree = Accumulator()
        self.nodes: dict[tuple[int, int], str] = {}
        for number, body in enumerate(bodies(size)):
            leaf = merkle.leaf_hash(body)
            self.nodes[0, number] = leaf
            for nodes, root in self.tree.add(leaf):
                self.nodes[nodes.level, nodes.start] = root

    def hashes_of(self, nodes: Nodes) -> list[str]:
        """Return the hashes of stored nodes."""
        return [self.nodes[nodes.level, number] for number in range(nodes.start, nodes.end)]

    def hash_of(self, leaves: Range) -> str:
        """Return the hash of a range."""
        return merkle.hash_of_range(leaves, self.hashes_of)


LARGE: Final = Stored(WIDTH * 3 + 17)


def check(proof: dict[str, Any]) -> str:
    """Run the script on a proof; return what it prints."""
    command = [sys.executable, "-I", str(SCRIPT)]
    done = subprocess.run(command, input=json.dumps(proof), capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == done.stdout.startswith("RIGHT")
    return done.stdout or done.stderr


def inclusion(stored: Stored, index: int, size: int) -> dict[str, Any]:
    """A proof of inclusion, as the API answers it."""
    within = Range(0, size)
    return {
        "position": index + 1,
        "event": bodies(index + 1)[-1].decode(),
        "head": {"day": "2026-03-04", "size": size, "root": stored.hash_of(within)},
        "path": [stored.hash_of(each) for each in merkle.inclusion(index, within)],
    }


def consistency(stored: Stored, first: int, size: int) -> dict[str, Any]:
    """A proof of consistency, as the API answers it."""
    within = Range(0, size)
    return {
        "earlier": {"day": "2026-03-03", "size": first, "root": stored.hash_of(Range(0, first))},
        "head": {"day": "2026-03-04", "size": size, "root": stored.hash_of(within)},
        "path": [stored.hash_of(each) for each in merkle.consistency(first, within)],
    }


@pytest.mark.parametrize("size", [*range(20), WIDTH - 1, WIDTH, WIDTH + 1, WIDTH * 3 + 17])
def test_a_root_is_the_one_of_the_rfc(size: int) -> None:
    expected = mth(bodies(size)).hex()

    assert LARGE.hash_of(Range(0, size)) == expected
    assert Stored(size).tree.root == expected


def test_stored_nodes_are_roots_of_complete_subtrees() -> None:
    stored = Stored(WIDTH**2 + 1)

    assert len([key for key in stored.nodes if key[0] == 1]) == WIDTH
    assert stored.nodes[2, 0] == merkle.root([stored.nodes[1, number] for number in range(WIDTH)])
    assert merkle.nodes_of(Range(0, WIDTH**2)) == Nodes(2, 0, 1)
    assert merkle.nodes_of(Range(WIDTH, WIDTH * 3 // 2)) == Nodes(0, WIDTH, WIDTH * 3 // 2)


def test_the_script_has_thirty_lines_of_code() -> None:
    lines = [line.strip() for line in SCRIPT.read_text().splitlines()]

    assert len([line for line in lines if line and not line.startswith(("#", '"'))]) == 30


def test_every_proof_of_small_trees_is_accepted() -> None:
    stored = Stored(9)

    for size in range(1, 10):
        for index in range(size):
            assert check(inclusion(stored, index, size)).startswith("RIGHT"), (index, size)
            assert check(consistency(stored, index + 1, size)).startswith("RIGHT"), (index + 1, size)


@pytest.mark.parametrize(("first", "size"), [(1, 785), (256, 785), (300, 512), (511, 512), (784, 785)])
def test_proofs_of_a_large_tree_are_accepted(first: int, size: int) -> None:
    assert check(inclusion(LARGE, first - 1, size)).startswith("RIGHT")
    assert check(consistency(LARGE, first, size)).startswith("RIGHT")


@pytest.mark.parametrize("size", [6, 8])
def test_a_changed_proof_is_refused(size: int) -> None:
    stored = Stored(size)
    other = merkle.leaf_hash(b"another event")
    for proof in (inclusion(stored, 4, size), consistency(stored, 5, size)):
        for index in range(len(proof["path"])):
            path = [*proof["path"][:index], other, *proof["path"][index + 1 :]]
            assert check(proof | {"path": path}).startswith("WRONG")
        assert check(proof | {"path": [*proof["path"], other]}).startswith("WRONG")
        assert check(proof | {"path": proof["path"][:-1]}).startswith("WRONG")
        assert check(proof | {"head": proof["head"] | {"root": other}}).startswith("WRONG")
    proof = inclusion(stored, 4, size)
    assert check(proof | {"event": "event 3"}).startswith("WRONG")
    assert check(proof | {"position": 4}).startswith("WRONG")
    proof = consistency(stored, 5, size)
    assert check(proof | {"earlier": proof["earlier"] | {"root": other}}).startswith("WRONG")
    same = consistency(stored, size, size)
    assert check(same | {"earlier": same["earlier"] | {"root": other}}).startswith("WRONG")


@given(st.integers(1, LARGE.tree.size), st.data())
def test_a_proof_is_short(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))

    assert len(merkle.inclusion(index, Range(0, size))) <= (size - 1).bit_length()
    assert len(merkle.consistency(index + 1, Range(0, size))) <= (size - 1).bit_length() + 1
