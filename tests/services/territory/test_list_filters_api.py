"""Filters of the lists: a code that names nothing is refused, and the answer names its parameter."""

import pytest

from tests.services.territory.api import TEAM, Api

NOBODY = "00000000-0000-4000-8000-000000000000"
NOWHERE = "2018-ti-9999"


@pytest.mark.parametrize(
    ("path", "parameter", "code"),
    [
        ("/v1/territories", "member", "999999998"),
        ("/v1/territories", "departement", "96"),
        ("/v1/committees", "territory", NOWHERE),
        ("/v1/perimeter-requests", "territory", NOWHERE),
        ("/v1/decisions", "territory", NOWHERE),
        ("/v1/decisions", "committee", NOBODY),
        ("/v1/links", "territory", NOWHERE),
        ("/v1/mailboxes", "organisation", "999999998"),
        ("/v1/communes", "epci", "999999998"),
        ("/v1/figures", "source_id", NOBODY),
        ("/v1/figures", "metric", "nothing"),
    ],
)
async def test_a_code_that_names_nothing_is_no_empty_list(library: Api, path: str, parameter: str, code: str) -> None:
    problem = await library.get(f"{path}?{parameter}={code}", by=TEAM, status=422)

    expected = {"territory": ["territory-not-known"], "organisation": ["organisation-not-known"]}
    others = ["code-not-known", "source-not-registered", "request-not-valid"]
    assert problem["code"] in expected.get(parameter, others), problem
    assert [each["parameter"] for each in problem["errors"]] == [parameter], problem
