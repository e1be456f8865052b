"""A process that serves: when it starts, when it is ready, what it measures and what it says."""

import asyncio
import json
import os
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
import pytest
from fastapi import FastAPI

from shared.problem import INSTANCE
from shared.runtime.app import serve
from shared.runtime.health import LEADERLESS
from shared.runtime.platform import PLATFORM, Platform, Service
from shared.settings import SettingRefused, Settings
from shared.storage.database import Database
from shared.storage.tables import handlings, outbox
from tests.kit.acts import database_of, deposit, open_account, rows_of, store_account, store_deposit
from tests.kit.conftest import OWNER, SERVICE, Lines, app_of, bearer, create_tables, started
from tests.kit.ledger import Deposited
from tests.support.harness import settings_in
from tests.support.waiting import PATIENCE, until

STILL_TO_DO = re.compile(r"ledger: \d+ events are still to be (published|applied)")
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_the_in_process_bus_refuses_fewer_than_all_services(on_sqlite: Settings) -> None:
    with pytest.raises(SettingRefused, match="TERRITORIES_BUS_URL"):
        serve(SERVICE, settings=on_sqlite)


async def test_the_process_is_alive_whatever_its_database_does(client: httpx.AsyncClient) -> None:
    answer = await client.get("/health/live")

    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


async def ready(client: httpx.AsyncClient) -> bool:
    return (await client.get("/health/ready")).status_code == 200


async def test_a_service_is_ready_once_what_was_published_before_is_applied(settings: Settings) -> None:
    async def prepare(platform: Platform) -> None:
        await create_tables(platform)
        (running,) = platform.running
        account_id = await store_account(running.database)
        await store_deposit(running.database, account_id, *range(1, 10))

    app = app_of(settings, prepare)
    async with started(app) as client:
        first = await client.get("/health/ready")
        await until(lambda: ready(client))
        stored = await rows_of(database_of(app), outbox)
        heard = await rows_of(database_of(app), handlings)

    assert first.status_code == 503
    assert first.headers["retry-after"] == "1"
    assert all(STILL_TO_DO.fullmatch(line) for line in first.json()["lacking"])
    assert all(row.published_at for row in stored)
    assert {row.state for row in heard} == {"applied"}
    assert len(heard) == 27


async def test_a_service_is_ready_once_its_feeds_go_to_their_end(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nobody(*_: object) -> None: ...

    monkeypatch.setattr("shared.runtime.app.lead", nobody)
    app = app_of(settings)
    async with started(app) as client:
        await store_account(database_of(app))
        before = await client.get("/health/ready")
        await PLATFORM.of(app).running[0].sequencer.number()
        after = await client.get("/health/ready")

    assert before.json()["lacking"] == ["ledger: 1 lines of history are still to be numbered"]
    assert after.status_code == 200


async def test_a_service_that_was_ready_stays_so_under_load(client: httpx.AsyncClient) -> None:
    await until(lambda: ready(client))
    account = await open_account(client)

    answers = await asyncio.gather(*(deposit(client, account["id"], 1) for _ in range(10)), client.get("/health/ready"))

    assert {answer.status_code for answer in answers} == {200}


async def test_a_service_says_what_it_lacks(on_sqlite: Settings) -> None:
    async def lacks(_session: object) -> str:
        return "the reference data is not loaded"

    service = Service(SERVICE.name, SERVICE.router, SERVICE.metadata, SERVICE.migrations, SERVICE.consumer, lacks=lacks)
    app = serve(service, settings=on_sqlite, before=create_tables, complete=True)
    async with started(app) as client:
        answer = await client.get("/health/ready")

    assert answer.json()["lacking"] == ["ledger: the reference data is not loaded"]


@pytest.fixture(params=["sqlite", "postgresql"])
def without_tables(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """A database that nobody has migrated."""
    if request.param == "sqlite":
        return settings_in(tmp_path)
    return settings_in(tmp_path, database_url=request.getfixturevalue("postgres").create_database(f"new_{os.getpid()}"))


async def test_a_database_that_was_not_migrated_is_named(without_tables: Settings) -> None:
    async def prepare(_platform: Platform) -> None:
        """No tables."""

    async with started(app_of(without_tables, prepare)) as client:
        health = await client.get("/health/ready")
        answers = [await client.get("/v1/accounts"), await client.post("/v1/accounts", json={"owner": OWNER})]

    assert health.status_code == 503
    assert re.fullmatch(
        r"ledger: \d+ tables are missing: run `python -m services ledger migrate`", health.json()["lacking"][0]
    )
    assert {(each.status_code, each.json()["code"]) for each in answers} == {(503, "database-not-migrated")}


async def test_a_service_is_not_ready_without_its_database(on_sqlite: Settings) -> None:
    async def nothing(_platform: object) -> None: ...

    away = on_sqlite.model_copy(update={"database_url": "postgresql+asyncpg://nobody:none@127.0.0.1:9/none"})
    async with started(app_of(away, nothing)) as client:
        answer = await client.get("/health/ready")

    assert answer.status_code == 503
    [lacking] = answer.json()["lacking"]
    assert lacking.startswith("ledger: the database does not answer (")


@pytest.mark.parametrize(("seconds", "status"), [(LEADERLESS - 5, 200), (LEADERLESS + 1, 503)])
async def test_a_service_that_nobody_leads_for_long_is_not_ready(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, seconds: float, status: int
) -> None:
    async def nobody(*_: object) -> None: ...

    monkeypatch.setattr("shared.runtime.app.lead", nobody)
    app = app_of(settings)
    async with started(app) as client:
        (running,) = PLATFORM.of(app).running
        running.led_at = time.monotonic() - seconds
        answer = await client.get("/health/ready")

    assert answer.status_code == status
    if status == 503:
        assert answer.json()["lacking"] == ["ledger: no process leads, so nothing is published or applied"]


async def test_methods_that_are_none_are_measured_as_one(client: httpx.AsyncClient) -> None:
    for number in range(3):
        await client.request(f"METHOD{number}", "/v1/accounts")
    text = (await client.get("/metrics")).text

    assert 'method="_OTHER"' in text
    assert "METHOD" not in text


async def test_what_matters_is_measured(client: httpx.AsyncClient) -> None:
    account = await open_account(client)
    await deposit(client, account["id"], 5)
    await until(lambda: ready(client))

    text = (await client.get("/metrics")).text

    for name in (
        'ti_request_seconds_count{method="POST",operation="deposit",service="ledger",status="200"}',
        'ti_handler_seconds_count{handler="see",outcome="applied",service="ledger"}',
        'ti_event_lag_seconds_count{handler="see",service="ledger"}',
        'ti_events_published_total{service="ledger"}',
        'ti_outbox_age_seconds{service="ledger"}',
        'ti_inbox_lag_seconds{service="ledger"}',
        'ti_inbox_parked{service="ledger"}',
    ):
        assert name in text


async def test_a_request_leaves_one_line(client: httpx.AsyncClient, lines: Lines) -> None:
    account = await open_account(client)

    (line,) = lines.of("request")
    assert (
        line.items()
        >= {
            "method": "POST",
            "path": "/v1/accounts",
            "operation": "open_account",
            "status": 201,
            "client_id": f"party:{OWNER}",
            "org": OWNER,
            "level": "info",
        }.items()
    )
    assert line.keys() >= {"ms", "bytes", "request_id", "timestamp"}
    assert account["id"] not in str(line)


async def test_machines_that_ask_every_second_leave_no_line(client: httpx.AsyncClient, lines: Lines) -> None:
    await client.get("/health/live")
    await client.get("/metrics")

    assert not lines.of("request")


async def test_no_secret_is_logged(client: httpx.AsyncClient, lines: Lines, settings: Settings) -> None:
    headers = {"Authorization": "Bearer confidential-token", "Idempotency-Key": "confidential-key"}
    await client.post("/v1/accounts?q=confidential-query", json={"owner": "confidential-body"}, headers=headers)
    await client.post("/v1/accounts", json={"owner": "confidential-body"}, headers=headers)
    await client.post("/v1/accounts", content=b"{confidential", headers=bearer())

    assert len(lines.of("request")) == 3
    assert "confidential" not in lines.text
    assert settings.secret("cursors").hex() not in lines.text


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("abc-1.2:3_4", True),
        ("1:2::3", True),
        (":", True),
        ("a" * 100, True),
        (":" * 100, True),
        ("a" * 101, False),
        ("", False),
        ("a b", False),
        ('"}{', False),
    ],
)
async def test_a_plain_request_id_is_kept_and_another_replaced(
    client: httpx.AsyncClient, lines: Lines, sent: str, kept: bool
) -> None:
    answer = await client.get("/v1/none", headers={"X-Request-Id": sent})

    given = answer.headers["x-request-id"]
    assert (given == sent) is kept
    instance = answer.json()["instance"]
    assert urlsplit(instance).scheme == ("" if kept else "urn")
    # Before a colon, a URI has a scheme.
    assert ":" not in instance.removeprefix("urn:uuid:")
    assert re.fullmatch(INSTANCE, instance)
    assert unquote(instance.removeprefix("urn:uuid:")) == given == lines.of("request")[0]["request_id"]


async def test_a_trace_goes_from_the_request_through_the_event_to_its_handler(
    client: httpx.AsyncClient, app: FastAPI, lines: Lines
) -> None:
    account = await open_account(client)
    await deposit(client, account["id"], 1000, traceparent=TRACE)

    async def all_applied() -> bool:
        return len(lines.of("events")) == 4

    await until(all_applied)

    trace_id = TRACE.split("-")[1]
    assert {(line["handler"], *line["trace_ids"]) for line in lines.of("events")} == {
        (handler, trace_id) for handler in ("see", "add_up", "trace", "trace_notice")
    }


@pytest.mark.parametrize(
    ("token", "header"), [(bearer(), "true"), ({"Authorization": "Bearer forged"}, None), ({}, None)]
)
async def test_the_gateway_learns_whether_the_token_was_verified(
    client: httpx.AsyncClient, token: dict[str, str], header: str | None
) -> None:
    del client.headers["Authorization"]

    answer = await client.get("/v1/accounts", headers=token)

    assert answer.headers.get("x-token-verified") == header


NO_TRACES = ["", "00-confusion", TRACE.replace("00-", "ff-", 1), TRACE.upper(), f"00-{'0' * 32}-{'1' * 16}-01"]


@pytest.mark.parametrize("sent", NO_TRACES)
async def test_a_trace_that_is_none_is_not_carried_on_and_another_begins(
    client: httpx.AsyncClient, app: FastAPI, lines: Lines, sent: str
) -> None:
    account = await open_account(client)
    answer = await deposit(client, account["id"], 1, traceparent=sent)

    (row,) = await rows_of(database_of(app), outbox)
    trace = json.loads(row.body)["traceparent"]
    assert trace.split("-")[1] not in sent.lower()
    assert answer.headers["traceresponse"] == trace
    assert lines.of("request")[-1]["trace_id"] == trace.split("-")[1]


async def test_a_broken_stream_is_not_answered_twice(client: httpx.AsyncClient, app: FastAPI) -> None:
    from fastapi.responses import StreamingResponse  # noqa: PLC0415

    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise LookupError

    async def stream() -> StreamingResponse:
        return StreamingResponse(broken())

    app.add_api_route("/stream", stream)

    answer = await client.get("/stream")

    assert (answer.status_code, answer.content) == (200, b"half")


async def test_events_wait_while_nobody_can_take_them_and_leave_when_somebody_can(
    client: httpx.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus: Any = PLATFORM.of(app).bus
    monkeypatch.setattr(bus, "_open", False)
    account = await open_account(client)

    answer = await deposit(client, account["id"], 5)

    assert answer.status_code == 200
    assert (await client.get("/health/ready")).json()["lacking"][0] == "memory: is missing"
    monkeypatch.setattr(bus, "_open", True)
    await until(lambda: ready(client))
    (row,) = await rows_of(database_of(app), outbox)
    assert row.type == Deposited.type
    assert row.published_at


@pytest.mark.parametrize("milliseconds", [0, 10, 20])
async def test_stopping_in_the_middle_of_work_ends_it(settings: Settings, milliseconds: int) -> None:
    async with asyncio.timeout(PATIENCE), started(app_of(settings)) as client:
        account = await open_account(client)
        await asyncio.gather(*(deposit(client, account["id"], 1) for _ in range(3)))
        await asyncio.sleep(milliseconds / 1000)


async def test_a_second_start_goes_on_where_the_first_stopped(settings: Settings) -> None:
    async with started(app_of(settings)) as client:
        account = await open_account(client)
        await deposit(client, account["id"], 5)
    app = app_of(settings)
    async with started(app) as client:
        await until(lambda: ready(client))
        database: Database = database_of(app)

        assert {row.state for row in await rows_of(database, handlings)} == {"applied"}
        assert (await client.get(f"/v1/accounts/{account['id']}")).json()["balance"] == 5


async def test_a_start_that_fails_is_logged_without_the_text_of_a_library(on_sqlite: Settings) -> None:
    async def fail(_: Platform) -> None:
        raise KeyError("secret-word")

    app = serve(SERVICE, settings=on_sqlite, before=fail, complete=True)
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "lifespan.startup"}

    async def send(message: Any) -> None:
        sent.append(message)

    with pytest.raises(KeyError):
        await app({"type": "lifespan", "state": {}}, receive, send)

    [failed] = sent
    assert failed["type"] == "lifespan.startup.failed"
    assert "KeyError in shared.runtime.app" in failed["message"]
    assert "secret-word" not in failed["message"].replace('raise KeyError("secret-word")', "")
