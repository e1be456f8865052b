"""The platform traced, in both forms: what its databases say was told, applied and delivered stands in whole trees."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from app.demo.checks import ok
from app.demo.journey import SUBSCRIBERS, Journey
from app.demo.receiver import WebhookReceiver
from app.embedded import SERVICES
from shared.events import routing_key
from shared.events.contract import ActionSubmitted
from shared.events.territory import OrganisationRegistered
from shared.telemetry.traces import Trace, carried, given
from tests.services.notification.receiver import Receiver, receiver, status
from tests.support import platforms
from tests.support.platforms import Templates
from tests.support.processes import Client, Form
from tests.support.waiting import until
from tests.system.crashes import audit, subscribers
from tests.system.crashes.audit import Books
from tests.system.traces.collector import Collector, Seen, broken_links, collecting

CALLS = 100
FAILURES = 30
"""Number of deliveries whose first answer is 500."""
ATTEMPTS = """
    SELECT deliveries.event_id, deliveries.subscription_id, attempts.number, attempts.status
    FROM attempts JOIN deliveries ON deliveries.id = attempts.delivery_id
"""


@dataclass
class Scene:
    """A platform at work, and the collector that it tells."""

    form: Form
    collector: Collector
    callers: dict[str, str] = field(default_factory=dict)
    """Traces that began outside, and the span there that called: it is told to nobody here."""

    async def holes(self) -> list[str]:
        """Everything that was told, received, applied or delivered, and has no span; and every broken link."""
        books = await audit.books(self.form)
        attempts = await audit.query(self.form, "notification", ATTEMPTS)
        found = {_key(span) for span in self.collector.spans}
        holes = [str(each) for each in expected(books, attempts) if each not in found]
        for trace_id, spans in self.collector.traces().items():
            holes += broken_links(spans, self.callers.get(trace_id, ""))
        return holes


def expected(books: Books, attempts: Sequence[dict[str, Any]]) -> Iterator[tuple[Any, ...]]:
    """The spans that must be there, of events that were told in a trace that is recorded."""
    traces = {row["event_id"]: trace for row in books.outbox if (trace := carried(row["body"])) and trace.is_sampled}
    listeners = {service.name: service.consumer.types for service in SERVICES if service.consumer}
    for row in (row for row in books.outbox if row["event_id"] in traces):
        key, name = (traces[row["event_id"]].trace_id, row["event_id"]), routing_key(row["type"])
        yield (row["service"], f"publish {name}", *key)
        yield from ((service, f"receive {name}", *key) for service, types in listeners.items() if row["type"] in types)
    for row in (row for row in books.inbox if row["event_id"] in traces):
        yield (row["service"], f"handle {row['handler']}", traces[row["event_id"]].trace_id, row["event_id"])
    for row in (row for row in attempts if row["event_id"] in traces):
        what = (UUID(str(row["subscription_id"])), row["number"], row["status"])
        yield ("notification", "deliver", traces[row["event_id"]].trace_id, row["event_id"], *what)


def _key(span: Seen) -> tuple[Any, ...]:
    """Return the key of a span."""
    said = span.attributes
    name, key = span.name, (span.trace_id, said.get("cloudevents.event_id"))
    if not name.startswith("deliver "):
        return (span.service, name, *key)
    what = (UUID(said["ti.subscription_id"]), said["ti.attempt"], said.get("http.response.status_code"))
    return (span.service, "deliver", *key, *what)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["embedded", "distributed"])
async def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """The platform at work, told where to tell its spans."""
    folder = tmp_path_factory.mktemp("traces")
    async with collecting() as collector:
        environment = {
            **subscribers.DELIVERING,
            "TERRITORIES_OTLP_URL": collector.url,
            "OTEL_BSP_SCHEDULE_DELAY": "100",
            "TERRITORIES_LOAD_REFERENCE_DATA": "false",
        }
        if request.param == "embedded":
            await asyncio.to_thread(request.getfixturevalue("loaded"), folder)
            async with platforms.embedded(folder, **environment) as form:
                yield Scene(form, collector)
        else:
            templates: Templates = request.getfixturevalue("templates")
            async with platforms.distributed(templates, folder, **environment) as form:
                yield Scene(form, collector)


def organisation(number: int) -> dict[str, Any]:
    """A synthetic company, whose SIREN has its check digit."""
    first = f"{number:08d}"
    doubled = (sum(divmod(int(digit) * (2 if place % 2 else 1), 10)) for place, digit in enumerate(first))
    return {
        "siren": f"{first}{-sum(doubled) % 10}",
        "name": f"Entreprise {number} (synthétique)",
        "kind": "company",
        "synthetic": True,
    }


@pytest.mark.asyncio(loop_scope="module")
async def test_each_call_is_one_whole_tree_to_the_subscriber_whatever_it_answered_at_first(scene: Scene) -> None:
    callers = [Trace(secrets.token_hex(16), secrets.token_hex(8), True) for _ in range(CALLS)]
    scene.callers.update((caller.trace_id, caller.span_id) for caller in callers)
    async with (
        scene.form.client("delegation") as client,
        receiver(answers=[status(500)] * FAILURES) as subscriber,
        subscribed(client, subscriber),
    ):

        async def call(number: int, caller: Trace) -> Trace | None:
            headers = {"traceparent": str(caller)}
            answer = await client.post("/v1/organisations", json=organisation(1000 + number), headers=headers)
            assert answer.status_code == 201, answer.text
            return given(answer.headers["traceresponse"])

        answered = await asyncio.gather(*(call(*each) for each in enumerate(callers)))
        await subscriber.has(CALLS + FAILURES)
        await audit.settled(scene.form)
        assert await until(scene.holes, lambda holes: not holes) == []

    of_each = [scene.collector.traces()[caller.trace_id] for caller in callers]
    delivered = [span for spans in of_each for span in spans if span.name.startswith("deliver ")]
    door = "territory" if scene.form.name == "distributed" else "platform"
    for caller, trace, spans in zip(callers, answered, of_each, strict=True):
        (request,) = [span for span in spans if span.parent == caller.span_id]
        assert (request.service, request.name) == (door, "POST /v1/organisations")
        assert trace == Trace(caller.trace_id, request.span_id, True)
        assert {span.service for span in spans} == {door, "territory", "contract", "catalog", "notification"}
        assert {span.parent for span in spans if span is not request} == {request.span_id}
    assert len(delivered) == CALLS + FAILURES
    assert len([span for span in delivered if span.failed]) == FAILURES
    # The receiver's own part goes on under the attempt that brought it.
    assert {one.headers["traceparent"] for one in subscriber.received} == {
        str(Trace(span.trace_id, span.span_id, True)) for span in delivered
    }
    assert subscriber.url.encode() not in b"".join(scene.collector.raw)


@asynccontextmanager
async def subscribed(client: Client, subscriber: Receiver) -> AsyncIterator[None]:
    """A subscription to one type of events, whose receiver has agreed."""
    asked = {"url": subscriber.url, "types": [OrganisationRegistered.type]}
    made = ok(await client.post("/v1/subscriptions", json=asked))
    subscriber.secrets.append(made["secret"])
    path = f"/v1/subscriptions/{made['id']}"

    async def found() -> Any:
        return ok(await client.get(path))

    current = await until(found, lambda each: each["status"] == "active")
    yield
    ok(await client.delete(path, headers={"If-Match": f'"{current["version"]}"'}))


@pytest.mark.asyncio(loop_scope="module")
async def test_the_whole_journey_leaves_whole_trees(scene: Scene) -> None:
    async with (
        WebhookReceiver(SUBSCRIBERS).listening() as mailboxes,
        Journey(scene.form.client, mailboxes) as story,
    ):
        await story.walk(10)
        books = await audit.settled(scene.form)
        assert await until(scene.holes, lambda holes: not holes) == []

    matched = next(row for row in books.outbox if ".ServicesMatched." in row["type"])
    (submitted,) = [row for row in books.outbox if row["type"] == ActionSubmitted.type]
    trace, cause = carried(matched["body"]), carried(submitted["body"])
    assert trace
    assert cause
    spans = {span.span_id: span for span in scene.collector.traces()[trace.trace_id]}
    # The event of a handler goes on in the trace of the event that it heard.
    assert spans[trace.span_id].name.startswith("handle ")
    assert spans[trace.span_id].service == "catalog"
    assert spans[trace.span_id].parent == cause.span_id
    assert spans[cause.span_id].name == "POST /v1/actions/{action_id}/submit"
    assert [row["type"] for row in books.outbox if carried(row["body"]) is None] == []
