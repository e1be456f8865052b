"""The example of each refusal shows every member that the refusal is raised with."""

import ast
from collections.abc import Iterator

import pytest

from app.docsite.problems import refusals
from tests.architecture.sources import files_in, parsed

CLASSES = {refusal.__name__: refusal for refusal in refusals().values()}
RENAMED = {"allowed": "allowed_transitions"}


def raised() -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the name of each refusal that is made somewhere, and the members that it is given."""
    for path in files_in("app", "services", "shared"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Call) and (name := ast.unparse(node.func).rpartition(".")[2]) in CLASSES:
                members = {RENAMED.get(each.arg, each.arg) for each in node.keywords if each.arg}
                yield name, frozenset(members - {"headers"})


RAISED = sorted({(name, members) for name, members in raised() if members}, key=lambda each: (each[0], sorted(each[1])))


@pytest.mark.parametrize(("name", "members"), RAISED, ids=[name for name, _ in RAISED])
def test_an_example_shows_each_member(name: str, members: frozenset[str]) -> None:
    example = CLASSES[name].example()

    assert {member for member in members if not example.get(member)} == set()


def test_every_kind_of_member_is_found() -> None:
    assert len(RAISED) > 30
    assert {"errors", "keys", "allowed_transitions", "state", "pilot_id", "missing", "blocking", "location"} <= {
        member for _, members in RAISED for member in members
    }
