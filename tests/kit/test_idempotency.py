"""A POST that is sent again under its key has one effect and one answer."""

import asyncio
import json
from collections import Counter
from datetime import timedelta
from typing import Any

import httpx
import pytest
import time_machine
from fastapi import FastAPI
from sqlalchemy import event

from shared.clock import now
from shared.http import idempotency
from shared.settings import Settings
from shared.storage.tables import history, outbox
from shared.storage.tables import idempotency as answers
from tests.kit.acts import count_of, database_of, deposit, open_account, rows_of
from tests.kit.conftest import OTHER, OWNER, bearer

KEY = {"Idempotency-Key": "0198-once"}


async def test_the_same_request_again_has_one_effect_and_the_same_answer(
    client: httpx.AsyncClient, app: FastAPI
) -> None:
    account = await open_account(client)

    first = await deposit(client, account["id"], 5, **KEY)
    again = await deposit(client, account["id"], 5, **KEY)

    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert (again.status_code, again.content) == (first.status_code, first.content) == (200, first.content)
    assert {name: again.headers[name] for name in ("etag", "content-type", "content-length")} == {
        name: first.headers[name] for name in ("etag", "content-type", "content-length")
    }
    assert await count_of(database_of(app), outbox) == 1
    assert await count_of(database_of(app), history) == 2


async def test_a_creation_is_replayed_with_its_status(client: httpx.AsyncClient) -> None:
    first, again = [await client.post("/v1/accounts", json={"owner": OWNER}, headers=KEY) for _ in range(2)]

    assert (again.status_code, again.content) == (first.status_code, first.content) == (201, first.content)


async def test_an_answer_without_a_body_is_replayed_without_one(client: httpx.AsyncClient) -> None:
    account = await open_account(client)

    first, again = [await client.post(f"/v1/accounts/{account['id']}/close", headers=KEY) for _ in range(2)]

    assert (first.status_code, again.status_code, again.content) == (204, 204, b"")
    assert again.headers["idempotent-replayed"] == "true"


async def test_another_body_under_the_same_key_is_refused(client: httpx.AsyncClient) -> None:
    account = await open_account(client)
    await deposit(client, account["id"], 5, **KEY)

    other = await deposit(client, account["id"], 6, **KEY)

    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


async def test_a_key_belongs_to_its_client_and_its_path(client: httpx.AsyncClient) -> None:
    one, two = await open_account(client), await open_account(client)
    await deposit(client, one["id"], 5, **KEY)

    elsewhere = await deposit(client, two["id"], 5, **KEY)
    by_another = await deposit(client, one["id"], 5, **KEY, **bearer(role="national"))

    assert "idempotent-replayed" not in elsewhere.headers
    assert "idempotent-replayed" not in by_another.headers
    assert by_another.json()["balance"] == 10


async def test_another_client_does_not_read_the_answer(client: httpx.AsyncClient) -> None:
    account = await open_account(client)
    await deposit(client, account["id"], 5, **KEY)

    answer = await deposit(client, account["id"], 5, **KEY, **bearer(OTHER))

    assert answer.status_code == 404


async def test_a_refusal_is_not_kept(client: httpx.AsyncClient, app: FastAPI) -> None:
    account = await open_account(client)
    refused = await deposit(client, account["id"], -5, **KEY)
    await deposit(client, account["id"], 5)

    granted = await deposit(client, account["id"], -5, **KEY)

    assert (refused.status_code, granted.status_code) == (409, 200)
    assert await count_of(database_of(app), answers) == 1


async def test_a_key_is_free_again_after_a_day(client: httpx.AsyncClient, app: FastAPI) -> None:
    account = await open_account(client)
    await deposit(client, account["id"], 5, **KEY)

    with time_machine.travel(now() + timedelta(hours=24, seconds=1)):
        answer = await deposit(client, account["id"], 6, **KEY)

    assert answer.json()["balance"] == 11
    assert await count_of(database_of(app), answers) == 1


async def test_old_answers_are_swept_away(client: httpx.AsyncClient, app: FastAPI) -> None:
    account = await open_account(client)
    await deposit(client, account["id"], 5, **KEY)

    for later, left in ((timedelta(hours=23), 1), (timedelta(hours=25), 0)):
        with time_machine.travel(now() + later):
            assert await idempotency.sweep(database_of(app)) == 1 - left

        assert await count_of(database_of(app), answers) == left


async def test_old_answers_are_swept_away_in_short_transactions(
    client: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answers that are still valid stay."""
    monkeypatch.setattr(idempotency, "BATCH", 3)
    account, database, deletions = await open_account(client), database_of(app), list[str]()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("DELETE FROM idempotency"):
            deletions.append(statement)

    for number in range(8):
        await deposit(client, account["id"], 5, **{"Idempotency-Key": f"old-{number}"})
    with time_machine.travel(now() + timedelta(hours=25)):
        await deposit(client, account["id"], 5, **{"Idempotency-Key": "young"})
        event.listen(database.engine.sync_engine, "after_cursor_execute", note)
        swept = await idempotency.sweep(database)

    assert (swept, len(deletions)) == (8, 3)
    assert [row.key for row in await rows_of(database, answers)] == ["young"]


@pytest.mark.parametrize("key", ["", "a" * 256, "tab\there", "clé"])
async def test_a_key_that_is_none_is_refused(client: httpx.AsyncClient, key: str) -> None:
    header = {b"Idempotency-Key": key.encode()}
    answer = await client.post("/v1/accounts", json={"owner": OWNER}, headers=header)

    assert answer.status_code == 400


async def test_a_failed_commit_leaves_no_answer(client: httpx.AsyncClient, app: FastAPI) -> None:
    account = await open_account(client)

    for _ in range(2):
        answer = await deposit(client, account["id"], 65_536, **KEY)

        assert answer.status_code == 500
    assert not await count_of(database_of(app), answers)


async def test_of_many_equal_requests_at_once_one_has_an_effect(
    client: httpx.AsyncClient, app: FastAPI, settings: Settings
) -> None:
    account = await open_account(client)

    answers = await asyncio.gather(*(deposit(client, account["id"], 5, **KEY) for _ in range(50)))

    done = [answer for answer in answers if answer.status_code == 200]
    in_flight = [answer for answer in answers if answer.status_code == 409]
    assert len(done) + len(in_flight) == 50
    assert len({answer.content for answer in done}) == 1
    assert Counter("idempotent-replayed" in answer.headers for answer in done)[False] == 1
    for answer in in_flight:
        assert answer.json()["code"] == "idempotency-key-in-flight"
        assert answer.headers["retry-after"] == "1"
    if "sqlite" in settings.database_url:
        assert not in_flight
    assert await count_of(database_of(app), outbox) == 1
    assert (await client.get(f"/v1/accounts/{account['id']}")).json()["balance"] == 5


async def test_the_stored_answer_is_the_one_that_was_sent(client: httpx.AsyncClient) -> None:
    account = await open_account(client)
    first = await deposit(client, account["id"], 5, **KEY)
    await deposit(client, account["id"], 1)

    again = await deposit(client, account["id"], 5, **KEY)

    assert json.loads(again.content)["balance"] == 5
    assert again.content == first.content
