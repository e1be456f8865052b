"""The steps of the demo that every release must walk, in both platforms, with receivers that verify."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import nullcontext
from typing import Final

import httpx
import pytest
import pytest_asyncio

from app.demo.checks import ok
from app.demo.journey import SUBSCRIBERS
from app.demo.life import ContractLife
from app.demo.receiver import WebhookReceiver
from tests.support import platforms
from tests.support.cloudevents import refused_by_javascript, refused_by_python
from tests.support.platforms import Templates
from tests.support.processes import Form

STAGES: Final = len(ContractLife(lambda _: nullcontext()).stages)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["embedded", "cluster"])
async def form(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Form]:
    """The platform at work, allowed to deliver to this machine."""
    folder = tmp_path_factory.mktemp("journey")
    if request.param == "embedded":
        await asyncio.to_thread(request.getfixturevalue("loaded"), folder)
        async with platforms.embedded(folder, TERRITORIES_DANGEROUS_LOOPBACK_WEBHOOKS="true") as form:
            yield form
    else:
        templates: Templates = request.getfixturevalue("templates")
        async with platforms.cluster(
            templates,
            folder,
            TERRITORIES_DANGEROUS_LOOPBACK_WEBHOOKS="true",
            TERRITORIES_DANGEROUS_LOCAL_SEAL="true",
        ) as form:
            yield form


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def story(form: Form) -> AsyncIterator[ContractLife]:
    """One run of the demo, step by step."""
    async with (
        WebhookReceiver(SUBSCRIBERS).listening() as receiver,
        ContractLife(form.client, receiver) as story,
    ):
        yield story


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("step", range(1, STAGES + 1))
async def test_a_step_of_the_journey(story: ContractLife, step: int) -> None:
    await story.walk(step)

    assert story.walked >= step


@pytest.mark.asyncio(loop_scope="module")
async def test_a_contract_is_signed_counted_and_ended(form: Form, story: ContractLife) -> None:
    await story.walk(STAGES)
    contract = await story.get(None, f"/v1/contracts/{story.contract}")
    content = await story.clients["company"].get(f"/v1/contracts/{story.contract}/content")

    assert (contract["status"], contract["signed_on"]) == ("ended", story.day)
    assert contract["amendments"] == [story.amendment]
    assert all(party["signed_on"] == story.day for party in contract["parties"])
    assert hashlib.sha256(content.content).hexdigest() == contract["content_sha256"]
    async with form.client() as anybody:
        for _ in range(100):
            total = ok(await anybody.get("/v1/progress", params={"phase": "2018"}))["total"]
            # The figures follow the events.
            if total["contracts"]["ended"] == 1:
                break
            await asyncio.sleep(0.1)
    counts = {kind: total[kind]["signed"] for kind in ("protocols", "contracts", "amendments")}
    assert counts == {"protocols": 1, "contracts": 1, "amendments": 1}
    assert total["contracts"]["ended"] == 1


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("phase", ["2018", "2023"])
async def test_the_map_counts_what_progress_counts(form: Form, story: ContractLife, phase: str) -> None:
    await story.walk(STAGES)
    # The second day has territories that were perhaps not designated yet.
    days = {"2018": [story.day, "2019-09-24"], "2023": [story.day]}[phase]
    async with form.client() as anybody:
        for as_of in days:
            for region in (None, "75", "11"):
                asked = {"phase": phase, "as_of": as_of} | ({"region": region} if region else {})
                progress = ok(await anybody.get("/v1/progress", params=asked))["total"]["territories"]
                expected = {**progress["by_stage"], "undated": progress["undated"]}
                shown: dict[str, int] = {}
                # Two services count for themselves: the events reach them one after the other.
                for _ in range(100):
                    facts = ok(await anybody.get("/v1/territories/map", params=asked))
                    shown = {each["category"]: each["count"] for each in facts["categories"]}
                    if shown == expected:
                        break
                    await asyncio.sleep(0.1)

                assert shown == expected, asked


@pytest.mark.asyncio(loop_scope="module")
async def test_every_delivered_event_is_valid_for_the_official_sdks(form: Form, story: ContractLife) -> None:
    await story.walk(STAGES)
    assert story.receiver is not None
    delivered = [event for mailbox in story.receiver.mailboxes.values() for event in mailbox.deliveries]
    bodies = [json.dumps(event) for event in delivered]

    assert len(bodies) > 20
    assert refused_by_python(bodies) == []
    assert refused_by_javascript(bodies) == []
    async with httpx.AsyncClient() as anybody:
        for uri in {event[name] for event in delivered for name in ("source", "dataschema")}:
            assert uri.startswith(form.url_of("/schemas"))
            # The processes of a test cluster serve no documentation.
            assert form.cluster or (await anybody.get(uri)).is_success, uri
