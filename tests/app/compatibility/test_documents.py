"""Each change of the HTTP contract is seen, and told apart: it breaks clients, or it does not."""

from datetime import date
from typing import Any, Final

import pytest

from app.compatibility.canonical import NotUnderstood
from app.compatibility.compatibility import openapi_differences
from app.compatibility.differences import DocumentDifference
from tests.app.compatibility.document_cases import BREAKING, HARMLESS, REFUSED
from tests.app.compatibility.documents import DOCUMENT, Case, edited, ref

TODAY: Final = date(2026, 7, 1)


def changes(case: Case) -> list[DocumentDifference]:
    """Return the differences between the versions of a case."""
    return openapi_differences(*case.versions, today=TODAY)


@pytest.mark.parametrize("case", BREAKING, ids=lambda case: case.name)
def test_what_breaks_clients_is_caught(case: Case) -> None:
    breaking = [change for change in changes(case) if change.breaking]

    assert case.what in [change.what for change in breaking]
    if case.pointer:
        assert (case.what, case.pointer) in [(change.what, change.pointer) for change in breaking]


@pytest.mark.parametrize("case", HARMLESS, ids=lambda case: case.name)
def test_what_breaks_nobody_passes(case: Case) -> None:
    found = changes(case)

    assert [change for change in found if change.breaking] == []
    if case.what:
        assert case.what in [change.what for change in found]
    else:
        assert found == []


def test_there_are_enough_of_each() -> None:
    cases = [*BREAKING, *HARMLESS]

    assert len(BREAKING) >= 60
    assert len(HARMLESS) >= 20
    assert len({case.name for case in cases}) == len(cases)


@pytest.mark.parametrize("edits", REFUSED.values(), ids=REFUSED)
def test_what_is_not_understood_is_refused(edits: dict[str, Any]) -> None:
    document = edited(DOCUMENT, edits)

    with pytest.raises(NotUnderstood, match=r"teach the checker|is missing|not a document"):
        openapi_differences(document, document, today=TODAY)


def test_a_change_says_where_it_is_and_what_it_means() -> None:
    case = next(case for case in BREAKING if case.name == "a field takes fewer values")
    [change] = changes(case)

    assert change.where == "POST /v1/accounts, body"
    assert change.sentence == (
        'kind: no longer "savings": what clients send may be refused, or be taken for something else'
    )
    assert str(change).startswith("BREAKS POST /v1/accounts, body\n")


def test_a_component_is_reported_once_as_it_is_sent_and_once_as_it_is_read() -> None:
    shared = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}
    sent = "/paths/~1v1~1accounts/post/requestBody/content/application~1json/schema"
    old = edited(DOCUMENT, {"/components/schemas/AccountOut": shared, sent: ref("AccountOut")})
    new = edited(old, {"/components/schemas/AccountOut/properties/a/maxLength": 9})

    found = openapi_differences(old, new, today=TODAY)

    assert [(change.where, change.breaking) for change in found] == [
        ("GET /v1/accounts, answer 200", False),
        ("POST /v1/accounts, body", True),
    ]
