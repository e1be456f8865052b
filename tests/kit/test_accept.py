"""`Accept` chooses between JSON and the other forms of an answer, by its weights."""

import httpx
import pytest
from starlette.requests import Request

from shared.http.routing import wants
from tests.kit.acts import open_account
from tests.kit.conftest import OWNER
from tests.support.harness import ON_SQLITE

CSV = "text/csv"


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, False),
        ("", False),
        ("*/*", False),
        ("text/*", False),
        ("application/json", False),
        ("text/csv", True),
        ("TEXT/CSV", True),
        ("text/csv; charset=utf-8", True),
        ("application/xml, text/csv", True),
        ("text/csv;q=0", False),
        ("text/csv;q=0.000", False),
        ("application/json, text/csv;q=0", False),
        ("application/json, text/csv", True),
        ("application/json;q=0.9, text/csv", True),
        ("application/json, text/csv;q=0.9", False),
        ("text/csv;q=0.5, */*;q=0.1", True),
        ("text/csv;q=0.1, */*;q=0.5", False),
        ("text/csv;q=0.5, application/*", False),
        ("text/csv;q=0.5, application/json;q=0, */*", True),
        ("text/csv;charset=utf-8;q=0.2, application/json;q=0.1", True),
        ("text/csv ; q=0.2 , application/json ; q=0.3", False),
        ("text/csv;q=x", False),
        ("text/csv;q=2", False),
        ("text/csvx", False),
        (",,;;q=,text/csv", True),
    ],
)
def test_the_form_that_weighs_most_is_sent(accept: str | None, chosen: bool) -> None:
    headers = [] if accept is None else [(b"accept", accept.encode())]

    assert wants(Request({"type": "http", "headers": headers}), CSV) is chosen


@ON_SQLITE
@pytest.mark.parametrize(
    "accept",
    ["application/xml", "text/csv", "text/*", "application/json;q=0", "*/*;q=0", "application/json;q=0, */*", "json"],
)
async def test_what_cannot_be_sent_is_refused_before_anything_happens(client: httpx.AsyncClient, accept: str) -> None:
    headers = {"Accept": accept}

    answers = [
        await client.get("/v1/accounts", headers=headers),
        await client.post("/v1/accounts", headers=headers, json={"owner": OWNER}),
    ]

    assert {(each.status_code, each.json()["code"]) for each in answers} == {(406, "not-acceptable")}
    assert {each.json()["detail"] for each in answers} == {"Accept application/json."}
    assert (await client.get("/v1/accounts")).json()["items"] == []


@ON_SQLITE
@pytest.mark.parametrize(
    "accept", ["application/*", "text/html, */*;q=0.1", "application/problem+json, application/json", ""]
)
async def test_what_includes_json_gets_it(client: httpx.AsyncClient, accept: str) -> None:
    account = await open_account(client)

    answer = await client.get(f"/v1/accounts/{account['id']}", headers={"Accept": accept})

    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
