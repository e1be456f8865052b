"""`Accept` chooses between JSON and the other forms of an answer, by its weights."""

import httpx
import pytest
from starlette.requests import Request

from shared.http.accept import JSON, chosen
from tests.kit.acts import open_account
from tests.kit.conftest import OWNER
from tests.support.harness import ON_SQLITE

CSV = "text/csv"
GEOJSON = "application/geo+json"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("text/*", CSV),
        ("application/json", JSON),
        ("text/csv", CSV),
        ("TEXT/CSV", CSV),
        ("text/csv; charset=utf-8", CSV),
        ("application/xml, text/csv", CSV),
        ("text/csv;q=0", JSON),
        ("text/csv;q=0.000", JSON),
        ("application/json, text/csv;q=0", JSON),
        ("application/json, text/csv", CSV),
        ("application/json;q=0.9, text/csv", CSV),
        ("application/json, text/csv;q=0.9", JSON),
        ("text/csv;q=0.5, */*;q=0.1", CSV),
        ("text/csv;q=0.1, */*;q=0.5", JSON),
        ("text/csv;q=0.5, application/*", JSON),
        ("text/csv;q=0.5, application/json;q=0, */*", GEOJSON),
        ("text/csv;charset=utf-8;q=0.2, application/json;q=0.1", CSV),
        ("text/csv ; q=0.2 , application/json ; q=0.3", JSON),
        ("text/csv;q=x", JSON),
        ("text/csv;q=2", JSON),
        ("text/csv;q=1.5", JSON),
        ("text/csv;q=1.000", CSV),
        ("text/csvx", JSON),
        (",,;;q=,text/csv", CSV),
        ("application/geo+json, text/csv;q=0.9", GEOJSON),
        ("application/geo+json;q=0.5, text/csv", CSV),
        ("application/geo+json;q=0.5, text/*", CSV),
        ("application/geo+json, text/csv", GEOJSON),
        ("application/geo+json;q=0, application/*", JSON),
    ],
)
def test_the_form_that_weighs_most_is_sent(accept: str | None, media_type: str) -> None:
    headers = [] if accept is None else [(b"accept", accept.encode())]

    assert chosen(Request({"type": "http", "headers": headers}), GEOJSON, CSV) == media_type


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
