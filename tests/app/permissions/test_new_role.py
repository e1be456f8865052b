"""A new role is one row: it is added to a copy of the sources, and nothing else there is changed."""

import json
from typing import Any, Final

import pytest

from tests.app.permissions import new_role
from tests.support.sources import copied, insert, python

ROW: Final = """    INSPECTOR = RoleDefinition(
        "inspector",
        ScopedBy.REGION,
        own=(*EVERYBODY, "read_actions", "advise_on_actions"),
        kinds=("state",),
    )
"""


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The answers of a platform with one more role."""
    folder = copied(tmp_path_factory.mktemp("role"))
    insert(folder / "shared" / "security" / "roles.py", ROW, before="    PARTNER = RoleDefinition(")
    observed: dict[str, Any] = json.loads(python(folder, new_role.__file__, str(folder / "data")).splitlines()[-1])
    return observed


def test_its_demo_client_may_ask_for_the_scopes_of_its_permissions(platform: dict[str, Any]) -> None:
    assert {"actions:read", "actions:decide", "subscriptions:write", "territories:read"} <= set(platform["scopes"])
    assert not {"actions:write", "requests:read", "machine:read"} & set(platform["scopes"])


def test_its_token_opens_what_it_is_granted_and_nothing_else(platform: dict[str, Any]) -> None:
    status, detail = platform["drafted"]

    assert platform["listed"] == 200
    assert (status, "actions:write" in detail) == (403, True)


def test_it_owns_the_objects_of_its_region(platform: dict[str, Any]) -> None:
    assert platform["owns"] == {"75": True, "76": False}


def test_the_tables_and_the_document_show_it(platform: dict[str, Any]) -> None:
    permissions, events = (line_of(text) for text in platform["tables"].values())

    assert permissions["give_opinion"]["inspector"] == "own"
    assert permissions["draft_action"]["inspector"] == "–"
    assert permissions["list_phases"]["inspector"] == "public"
    assert events["contract.ActionSubmitted.v1"]["inspector"] == "own"
    assert "`inspector` (its own)" in platform["documented"]


def line_of(table: str) -> dict[str, dict[str, str]]:
    """The lines of the tables of a page, by the name in their first cell."""
    rows = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in table.splitlines() if "|" in line]
    head = next(row for row in rows if "national" in row)
    return {row[0]: dict(zip(head, row, strict=True)) for row in rows if len(row) == len(head)}
