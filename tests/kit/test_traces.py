"""A trace goes from a request to all that follows; its spans go to a collector, if there is one, and keep nobody."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY

from deploy.servers import free_port
from shared.settings import Settings
from shared.storage.tables import outbox
from shared.telemetry import traces
from shared.telemetry.traces import Span, Trace, carried, given
from tests.kit.acts import database_of, deposit, open_account, rows_of, store_account, store_deposit
from tests.kit.conftest import Lines, app_of, started
from tests.support.harness import settings_in
from tests.support.waiting import until
from tests.system.traces.collector import Collector, Seen, broken_links, collecting

CALLER = Trace("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", True)


@pytest.fixture(autouse=True)
def _quick_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """By OpenTelemetry's own setting."""
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    """A collector at work."""
    async with collecting() as one:
        yield one


@asynccontextmanager
async def ledger(settings: Settings, **more: Any) -> AsyncIterator[tuple[FastAPI, httpx.AsyncClient, str]]:
    """The ledger at work with these settings, a client of it, and an account."""
    app = app_of(settings.model_copy(update=more))
    async with started(app) as client:
        yield app, client, (await open_account(client))["id"]


async def spans_of(collector: Collector, trace_id: str, count: int) -> dict[str, Seen]:
    """The spans of a trace, once so many have come."""

    async def come() -> list[Seen]:
        return collector.traces().get(trace_id, [])

    found = await until(come, lambda spans: len(spans) >= count)
    return {f"{span.name} {span.attributes.get('ti.attempt', '')}".strip(): span for span in found}


async def test_one_tree_from_the_request_through_the_events_to_their_handlers(
    settings: Settings, collector: Collector
) -> None:
    async with ledger(settings, otlp_url=collector.url) as (_, client, account):
        await deposit(client, account, 1000, traceparent=str(CALLER))
        found = await spans_of(collector, CALLER.trace_id, 9)

    request = found["POST /v1/accounts/{account_id}/deposit"]
    heard = found["handle trace 1"]
    assert broken_links(list(found.values()), CALLER.span_id) == []
    assert request.parent == CALLER.span_id
    assert {name: span.kind for name, span in found.items() if span.parent == request.span_id} == {
        "publish ledger.Deposited.v1": "producer",
        "receive ledger.Deposited.v1": "consumer",
        "handle see 1": "consumer",
        "handle add_up 1": "consumer",
        "handle trace 1": "consumer",
    }
    assert {name for name, span in found.items() if span.parent == heard.span_id} == {
        "publish ledger.Noticed.v1",
        "receive ledger.Noticed.v1",
        "handle trace_notice 1",
    }
    assert {span.service for span in found.values()} == {"ledger"}
    assert all(0 < span.started <= span.ended for span in found.values())


async def test_a_span_says_what_its_log_line_says_and_nothing_confidential(
    on_sqlite: Settings, collector: Collector, lines: Lines
) -> None:
    async with ledger(on_sqlite, otlp_url=collector.url) as (app, client, account):
        path = f"/v1/accounts/{account}/deposit"
        await client.get(f"/v1/{'x' * 5000}")
        answer = await client.post(f"{path}?q=confidential", json={"amount": 5}, headers={"X-Request-Id": "mine"})
        assert answer.status_code == 422
        answer = await deposit(client, account, 5, traceparent=str(CALLER), idempotency_key="confidential")
        found = await spans_of(collector, CALLER.trace_id, 6)
        (row,) = await rows_of(database_of(app), outbox)

    request = found["POST /v1/accounts/{account_id}/deposit"]
    said = lines.of("request")[-1]
    assert request.attributes == {
        "http.request.method": "POST",
        "http.route": "/v1/accounts/{account_id}/deposit",
        "http.response.status_code": 200,
        "url.path": path,
        "url.scheme": "http",
        "ti.operation": said["operation"],
        "ti.request_id": said["request_id"],
        "ti.client_id": said["client_id"],
    }
    assert found["handle add_up 1"].attributes == {
        "cloudevents.event_id": row.event_id,
        "cloudevents.event_type": row.type,
        "cloudevents.event_subject": row.subject,
        "ti.handler": "add_up",
        "ti.outcome": "applied",
        "ti.attempt": 1,
    }
    assert answer.headers["traceresponse"] == str(Trace(CALLER.trace_id, request.span_id, True))
    assert json.loads(row.body)["traceparent"] == answer.headers["traceresponse"]
    assert said["trace_id"] == CALLER.trace_id
    assert b"confidential" not in b"".join(collector.raw)
    assert max(len(span.attributes.get("url.path", "")) for span in collector.spans) == 1000


async def test_each_try_of_a_handler_is_a_span_of_the_same_parent(on_sqlite: Settings, collector: Collector) -> None:
    async with ledger(on_sqlite, otlp_url=collector.url) as (_, client, account):
        await deposit(client, account, 13, traceparent=str(CALLER))
        found = await spans_of(collector, CALLER.trace_id, 8)

    tries = [found[f"handle trace {number}"] for number in (1, 2, 3)]
    assert broken_links(list(found.values()), CALLER.span_id) == []
    assert len({span.parent for span in tries}) == 1
    assert [span.attributes["ti.outcome"] for span in tries] == ["failed", "failed", "parked"]
    assert {(span.failed, span.attributes["error.type"]) for span in tries} == {(True, "ValueError")}
    assert not found["handle see 1"].failed


async def test_a_refusal_is_an_outcome_and_no_failure(on_sqlite: Settings, collector: Collector) -> None:
    async with ledger(on_sqlite, otlp_url=collector.url) as (_, client, account):
        await deposit(client, account, 17, traceparent=str(CALLER))
        found = await spans_of(collector, CALLER.trace_id, 6)

    assert found["handle trace 1"].attributes["ti.outcome"] == "refused"
    assert not found["handle trace 1"].failed


async def test_what_nobody_asked_for_begins_a_trace_of_its_own(on_sqlite: Settings, collector: Collector) -> None:
    async with ledger(on_sqlite, otlp_url=collector.url) as (app, _, account):
        del account
        await store_deposit(database_of(app), await store_account(database_of(app)), 5, 6)
        first, second = [carried(row.body) for row in await rows_of(database_of(app), outbox)]
        assert first
        assert first == second
        found = await spans_of(collector, first.trace_id, 10)

    (root,) = [span for span in found.values() if not span.parent]
    assert (root.name, root.span_id, root.kind) == ("work keeper", first.span_id, "internal")


@pytest.mark.parametrize(("sampled", "share"), [(False, 1.0), (None, 0.0)])
async def test_what_is_not_sampled_is_carried_on_and_not_exported(
    on_sqlite: Settings, collector: Collector, sampled: bool | None, share: float
) -> None:
    sent = {} if sampled is None else {"traceparent": str(Trace(CALLER.trace_id, CALLER.span_id, sampled))}
    async with ledger(on_sqlite, otlp_url=collector.url, trace_sample=share) as (app, client, account):
        answer = await deposit(client, account, 1, **sent)
        (row,) = await rows_of(database_of(app), outbox)
        # What is told after it has come: it would have come before.
        await deposit(client, account, 1, traceparent=str(Trace("1" * 32, "2" * 16, True)))
        await spans_of(collector, "1" * 32, 6)

    trace = given(answer.headers["traceresponse"])
    assert trace
    assert not trace.is_sampled
    assert str(trace) == json.loads(row.body)["traceparent"] == sent.get("traceparent", str(trace))
    assert trace.trace_id not in collector.traces()


async def test_without_a_collector_a_trace_is_handed_on_as_it_came(client: httpx.AsyncClient, app: FastAPI) -> None:
    account = await open_account(client)
    answer = await deposit(client, account["id"], 1, traceparent=str(CALLER))

    (row,) = await rows_of(database_of(app), outbox)
    assert answer.headers["traceresponse"] == str(CALLER) == json.loads(row.body)["traceparent"]


def test_without_a_collector_each_request_begins_a_trace_that_nobody_records() -> None:
    first, second = Span().trace, Span().trace

    assert first.trace_id != second.trace_id
    assert given(str(first)) == first
    assert not first.is_sampled


def test_of_an_event_its_own_trace_is_read_and_none_that_a_text_names() -> None:
    text = f'"traceparent":"{CALLER}"'
    event = {"subject": text, "data": {"title": text}}

    assert carried(json.dumps(event)) is None
    assert carried(json.dumps({**event, "traceparent": str(CALLER)})) == CALLER
    assert carried(json.dumps({**event, "traceparent": "x"}).encode()) is None


async def test_a_collector_that_is_away_is_said_once_and_holds_nothing_up(
    on_sqlite: Settings, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.telemetry.otlp.TIMEOUT", 0.1)
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "8")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4")
    port = free_port()

    async def said(what: str) -> bool:
        return bool(lines.of(what))

    def counted(state: str) -> float:
        return REGISTRY.get_sample_value("ti_spans_total", {"state": state}) or 0

    before = counted("exported") - counted("accepted")
    async with ledger(on_sqlite, otlp_url=f"http://127.0.0.1:{port}") as (_, client, account):
        answers = [await deposit(client, account, 1) for _ in range(50)]
        await until(lambda: said("collector away"))
        answers += [await deposit(client, account, 1) for _ in range(10)]
        away = lines.of("collector away")
        async with collecting(port) as collector:

            async def back() -> bool:
                answers.append(await deposit(client, account, 1))
                return await said("collector back")

            await until(back)
            assert collector.spans
        total = (await client.get(f"/v1/accounts/{account}")).json()["balance"]
        lost = counted("exported") - counted("accepted") - before

    assert {answer.status_code for answer in answers} == {200}
    assert total == len(answers)
    assert [line["host"] for line in away] == ["127.0.0.1"]
    assert "opentelemetry" not in lines.text
    assert "Queue full" not in lines.text
    assert lost > 0


async def test_a_collector_that_never_answers_does_not_keep_the_process_from_ending(
    on_sqlite: Settings, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.telemetry.otlp.TIMEOUT", 0.2)
    held: set[asyncio.StreamWriter] = set()

    async def hold(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.add(writer)

    async with await asyncio.start_server(hold, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with ledger(on_sqlite, otlp_url=f"http://127.0.0.1:{port}") as (_, client, account):
            answer = await deposit(client, account, 1)
        for writer in held:
            writer.close()

    assert answer.status_code == 200
    assert held
    assert len(lines.of("collector away")) == 1


def test_an_address_that_is_none_is_refused_at_the_start(on_sqlite: Settings) -> None:
    with pytest.raises(ValueError, match="otlp_url"):
        settings_in(on_sqlite.data_dir, otlp_url="collector:4318")


async def test_a_span_that_cannot_be_recorded_is_counted_and_stops_nothing() -> None:
    class Broken:
        share = 1.0

        def record(self, *_: object) -> None:
            raise RuntimeError

        def close(self) -> None:
            """Nothing is left."""

    def lost() -> float:
        return REGISTRY.get_sample_value("ti_spans_total", {"state": "lost"}) or 0

    before = lost()
    async with traces.recorded(Broken()):
        Span().end("ledger", "work", "internal", {})

    assert lost() == before + 1
